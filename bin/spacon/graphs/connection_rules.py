"""Which entries of connectivity become connections: weighted by distance, above a threshold, the largest per row."""

import math
from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist

from spacon.connectivity.forms import Connectivity
from spacon.errors import InputError
from spacon.parameters import ConnectionRule

# Products with entries of up to 1e40 stay below the largest number of double precision, e^709.
LARGEST_EXPONENT = 600.0


Block = Callable[[int, int], tuple[np.ndarray, np.ndarray, np.ndarray]]


def check_rule(rule: ConnectionRule) -> None:
    """Raise InputError where parameters contradict each other, or one is set without the one it belongs to."""
    density = rule.connection_density
    if density is not None and not 0 < density < 1:
        raise InputError(f"connection_density is {density:g}; a share between 0 and 1 is needed")
    if density is not None and rule.connectivity_threshold != 0:
        raise InputError(
            f"connection_density is {density:g} and connectivity_threshold {rule.connectivity_threshold:g}, but the "
            "one sets the other: leave one out"
        )
    if rule.near_percentile is not None and rule.distance_decay is None:
        raise InputError("near_percentile is set, but --distance_decay, which it belongs to, is not")


def distance_weights(
    row: np.ndarray, column: np.ndarray, block: np.ndarray, coordinates: np.ndarray, decay: float, near: float | None
) -> np.ndarray:
    r"""Return the weights w of some entries of a block of rows, which favour (decay > 0) long connections.

    .. math:: w_{ij} = \exp(\mathrm{decay} \cdot \lVert P_i - P_j \rVert), \quad
        w_{ij} = 1 \text{ where the distance lies below the row's percentile of distances}

    Args:
        row, column: of the entries, rows counted from the block's first, shape (e,).
        block: positions of the block's spots, shape (b, 2 or 3).
        coordinates: positions of all spots, shape (n, 2 or 3).
        decay: per unit of distance.
        near: the percentile, 0 to 100, or None for no such rule, which looks at all distances.

    Returns:
        Weights, shape (e,).
    """
    distances = np.zeros(len(row))
    for of_block, of_all in zip(block.T, coordinates.T, strict=True):
        apart = of_block.take(row)
        apart -= of_all.take(column)
        apart *= apart
        distances += apart
    np.sqrt(distances, out=distances)
    weights = decay * distances
    np.exp(weights, out=weights)
    if near is not None:
        weights[distances < np.percentile(cdist(block, coordinates), near, axis=1)[row]] = 1.0
    return weights


def retained(row: np.ndarray, value: np.ndarray, rows: int, most: int) -> tuple[np.ndarray, int]:
    """Return which entries are among the `most` largest of their row; of equal ones, those met first are kept.

    Args:
        row, value: of the entries, rows rising, shape (e,).
        rows: how many rows there are.
        most: at most so many of a row.

    Returns:
        Mask, shape (e,), and in how many rows some of equal entries were left out. Memory: the rows that have more,
        padded to the longest.
    """
    count = np.bincount(row, minlength=rows)
    crowded = count > most
    kept = np.full(len(row), most > 0)
    if not most or not crowded.any():
        return kept, 0
    inside = crowded[row]
    filled = np.arange(count.max()) < count[crowded, None]
    padded = np.full(filled.shape, -np.inf)
    padded[filled] = value[inside]
    limit = -np.partition(-padded, most - 1, axis=1)[:, most - 1 : most]
    largest = padded >= limit
    over = np.flatnonzero(np.count_nonzero(largest, axis=1) > most)  # rows in which some are as large as the last kept
    equal = padded[over] == limit[over]
    room = most - np.count_nonzero(padded[over] > limit[over], axis=1)
    largest[over] &= ~equal | (np.cumsum(equal, axis=1) <= room[:, None])
    kept[inside] = largest[filled]
    return kept, len(over)


def block_rule(
    connectivity: Connectivity, coordinates: np.ndarray, rule: ConnectionRule
) -> tuple[np.ndarray, Callable[[int, int], tuple[np.ndarray, np.ndarray, int]]]:
    """Return how the entries of a block of rows are kept, as `connection_graph` says.

    Returns:
        A number per row, (n,), which each entry that could be kept is above; and a function from the first row and the
        one behind the last to the kept entries (rows, counted from the first, and columns) and to the number of rows in
        which some of equal entries were left out.
    """
    bound, entries_of = entries_above(connectivity, coordinates, rule)
    most = max_of_row(rule.retained_fraction, connectivity.n)

    def kept_of(start: int, stop: int) -> tuple[np.ndarray, np.ndarray, int]:
        row, column, value = entries_of(start, stop)
        kept, cut = retained(row, value, stop - start, most)
        return row[kept], column[kept], cut

    return bound, kept_of


def entries_above(
    connectivity: Connectivity, coordinates: np.ndarray, rule: ConnectionRule
) -> tuple[np.ndarray, Block]:
    """Return how the entries above the threshold are found, weighted by distance where the rule says so.

    Returns:
        A number per row, (n,), which each such entry is above before it is weighted; and a function from the first row
        of a block and the one behind its last to rows, counted from the first, columns and weighted values.
    """
    threshold, decay, near_percentile = rule.connectivity_threshold, rule.distance_decay, rule.near_percentile
    check_weights(coordinates, decay)
    bound = least_entries(threshold, decay, coordinates)

    def entries_of(start: int, stop: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        row, column, value = connectivity.above(start, stop, bound[start:stop])
        if decay is None:
            return row, column, value
        weights = distance_weights(row, column, coordinates[start:stop], coordinates, decay, near_percentile)
        value = value * weights
        strong = np.flatnonzero(value > threshold)
        return row.take(strong), column.take(strong), value.take(strong)

    return bound, entries_of


def max_of_row(retained_fraction: float, n: int) -> int:
    """Return how many entries of a row of n may be kept: the published floor(retained_fraction * n)."""
    return int(np.floor(retained_fraction * n))


def check_weights(coordinates: np.ndarray, decay: float | None) -> None:
    """Raise InputError where exp(decay * distance) leaves the range of numbers: strengths would become ties."""
    if decay is None:
        return
    farthest = float(np.linalg.norm(np.ptp(coordinates, axis=0)))
    exponent = abs(decay) * farthest
    if exponent > LARGEST_EXPONENT:
        gentle = math.copysign(float(f"{5 / farthest:.0e}"), decay)
        raise InputError(
            f"distance_decay is {decay:g} and the spots span {farthest:.4g}, so that exp(distance_decay * distance) "
            f"reaches e^{exponent:,.0f}, beyond what numbers hold; it is per unit of your coordinates: write "
            f"--distance_decay {gentle:g} to weigh the farthest pairs by about e^{math.copysign(5, decay):.0f}"
        )


def least_entries(threshold: float, decay: float | None, coordinates: np.ndarray) -> np.ndarray:
    """Return, for every row, a number below each entry that could be above the threshold once it is weighted; (n,).

    The weight of a spot's farthest pair is bounded by the farthest corner of the box around all spots.
    """
    bound = np.full(len(coordinates), threshold)
    if decay is not None:
        middle = (coordinates.max(axis=0) + coordinates.min(axis=0)) / 2
        farthest = np.linalg.norm(np.abs(coordinates - middle) + np.ptp(coordinates, axis=0) / 2, axis=1)
        bound *= np.exp(-np.maximum(decay * farthest, 0) if threshold > 0 else -np.minimum(decay * farthest, 0))
        bound -= 1e-6 * np.abs(bound)  # entries may be compared in single precision
    return bound
