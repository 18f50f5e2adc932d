"""The threshold above which a given share of the entries between two spots lies."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from spacon.connectivity.forms import BLOCK_ENTRIES, Connectivity, Factored, row_blocks
from spacon.errors import InputError
from spacon.graphs.connection import stays_factored
from spacon.graphs.connection_rules import entries_above
from spacon.graphs.threads import in_threads
from spacon.parameters import ConnectionRule

# Numbers above 0 are in the order of their 64 bits, which are looked at so many at a time.
DIGIT, BITS = 16, 64
Numbers = tuple[np.ndarray, np.ndarray | None]
Part = Callable[[int, int], Numbers]
Blocks = list[tuple[int, int]]


def with_threshold(
    connectivity: Connectivity, coordinates: np.ndarray, rule: ConnectionRule, *, threads: int = 1
) -> tuple[ConnectionRule, list[str]]:
    """Return a rule with the threshold that `connection_density` means, and a note on it; without one, the same rule.

    Of n (n - 1) entries between two spots, weighted where the rule says so, at most this share lies above the
    threshold, and of entries above 0 no more could: it is the next largest entry. Entries that equal it are not kept,
    all of them alike. Without so many entries above 0, it is 0. Exact, by counting 16 bits of the entries at a time:
    four passes, a block of rows in memory.

    Raises:
        InputError: nothing lies above the threshold.
    """
    if rule.connection_density is None:
        return rule, []
    n, plain = connectivity.n, replace(rule, connection_density=None)
    wanted = int(rule.connection_density * n * (n - 1) + 1e-9)
    if stays_factored(connectivity, rule):
        part, blocks = _between_regions(connectivity)
    else:
        part, blocks = _between_spots(connectivity, coordinates, plain)
    threshold, kept, equal = next_largest(lambda: in_threads(part, blocks, threads), wanted)
    if not kept:
        raise InputError(
            f"connection_density is {rule.connection_density:g}, which is {wanted:,} of {n * (n - 1):,} entries, but "
            f"the {equal:,} largest are all {threshold:.4g}: raise it, or choose by --connectivity_threshold"
        )
    also = f", and {equal:,} that equal it do not" if equal and kept < wanted else ""
    note = (
        f"--connection_density {rule.connection_density:g} set the threshold to {threshold:.6g}: "
        f"{kept / (n * (n - 1)):.2%} of the entries between two spots lie above it{also}"
    )
    return replace(plain, connectivity_threshold=threshold), [note]


def next_largest(parts: Callable[[], Iterator[Numbers]], rank: int) -> tuple[float, int, int]:
    """Return the number that `rank` others, or fewer where some equal it, are larger than; how many are, and equal it.

    Args:
        parts: gives all numbers anew, above 0 and of double precision, in parts, with how often each counts.
        rank: how many.

    Returns:
        0, all and 0 where there are no more than `rank` numbers.
    """
    prefix, larger = 0, 0
    for known in range(0, BITS, DIGIT):
        count = np.zeros(2**DIGIT, dtype=np.int64)
        for numbers, times in parts():
            bits = numbers.view(np.uint64)
            inside = bits >> np.uint64(BITS - known) == prefix if known else np.ones(len(bits), dtype=bool)
            digit = bits[inside] >> np.uint64(BITS - known - DIGIT) & np.uint64(2**DIGIT - 1)
            weight = None if times is None else times[inside]
            count += np.bincount(digit.astype(np.int64), weight, minlength=2**DIGIT).astype(np.int64)
        falling = larger + np.cumsum(count[::-1])
        if falling[-1] <= rank:  # before any digit is known: later, there are more
            return 0.0, int(falling[-1]), 0
        place = int(np.searchsorted(falling, rank, side="right"))
        larger = int(falling[place - 1]) if place else larger
        digit_of = 2**DIGIT - 1 - place
        prefix = prefix << DIGIT | digit_of
    return float(np.array(prefix, dtype=np.uint64).view(np.float64)), larger, int(count[digit_of])


def _between_spots(connectivity: Connectivity, coordinates: np.ndarray, rule: ConnectionRule) -> tuple[Part, Blocks]:
    """Return what gives the weighted entries above 0 of a block of rows, each once, and the blocks."""
    bound, entries_of = entries_above(connectivity, coordinates, rule)

    def part(start: int, stop: int) -> Numbers:
        row, column, value = entries_of(start, stop)
        return value[row + start != column].astype(np.float64), None

    return part, connectivity.blocks(bound.min())


def _between_regions(connectivity: Factored) -> tuple[Part, Blocks]:
    """Return what gives the entries above 0 of a block of regions and of how many pairs of spots each is."""
    spots = np.bincount(connectivity.index, minlength=len(connectivity.values))

    def part(start: int, stop: int) -> Numbers:
        pairs = np.outer(spots[start:stop], spots)
        pairs[np.arange(stop - start), np.arange(start, stop)] -= spots[start:stop]
        value = connectivity.values[start:stop]
        chosen = (value > 0) & (pairs > 0)
        return value[chosen].astype(np.float64), pairs[chosen]

    return part, row_blocks(len(spots), BLOCK_ENTRIES)
