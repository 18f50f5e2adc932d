"""Connection graph: which spot projects to which, as a directed binary matrix (row i projects to column j)."""

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeGuard

import numpy as np
import scipy.sparse as sp

from spacon.connectivity.forms import Connectivity, Factored
from spacon.errors import InputError
from spacon.graphs.connection_rules import block_rule, max_of_row
from spacon.graphs.graph import Graph, edge_count
from spacon.graphs.region_graph import region_graph, tied_regions
from spacon.graphs.threads import in_threads
from spacon.parameters import ConnectionRule


def connection_graph(
    connectivity: Connectivity,
    coordinates: np.ndarray,
    rule: ConnectionRule,
    *,
    threads: int = 1,
    track: Callable[[Iterable[Any], int], Iterable[Any]] = lambda blocks, _: blocks,
) -> tuple[Graph, float]:
    """Build the connection graph by blocks of rows; the caller's matrix is only read.

    Distance weighting (optional), then of each row the entries above the threshold, at most
    floor(retained_fraction * n), the largest; binarised; diagonal set to 1. As published, the diagonal's own entry
    counts among a row's largest, and the floor is of a product of binary fractions: 0.29 of 100 entries are 28.

    For factored connectivity, the graph stays factored: its edges are never made. Distance weighting alone, which
    depends on each pair of spots, makes them all the same.

    Args:
        connectivity: entry (i, j) from spot i to spot j, n x n; on the diagonal anything, NaN too.
        coordinates: shape (n, 2) or (n, 3), used by the weighting alone.
        rule: threshold of the (weighted) entries, how many of a row are kept, and the weighting, per unit of distance.
        threads: as many blocks are worked on at once; the graph is the same whatever their number.
        track: given what comes of the blocks, one by one, and how many blocks there are, yields it, for progress.

    Returns:
        Binary CSR matrix (n, n), float32, sorted columns, or a region graph; and the fraction of n * n entries kept
        before the diagonal was set. Memory: a block a thread and the edges, or the pairs of connected regions.

    Raises:
        InputError: no two spots are connected, or the weights leave the range of numbers.
    """
    n = connectivity.n
    if stays_factored(connectivity, rule):
        graph, kept = region_graph(*_region_arguments(connectivity, rule))
    else:
        bound, kept_of = block_rule(connectivity, coordinates, rule)

        def rows_of(start: int, stop: int) -> tuple[np.ndarray, np.ndarray, int]:
            row, column, _ = kept_of(start, stop)
            return *with_diagonal(row, column, start, stop, n), len(row)

        blocks = connectivity.blocks(bound.min())
        graph, kept = joined(track(in_threads(rows_of, blocks, threads), len(blocks)), n)
    if not edge_count(graph) > n:
        raise InputError(nothing_kept(connectivity, rule))
    return graph, kept / n**2


def count_connections(
    connectivity: Connectivity, coordinates: np.ndarray, rule: ConnectionRule, *, threads: int = 1
) -> tuple[int, int]:
    """Return how many entries the connection graph will store, self-loops counted, without making them.

    The arguments are those of `connection_graph`.

    Returns:
        Its edges or, where it stays factored, its pairs of regions; and in how many rows (or regions) retention left
        out some of equal entries, by their order alone.

    Raises:
        InputError: as `connection_graph`.
    """
    n = connectivity.n
    if stays_factored(connectivity, rule):
        graph, _ = region_graph(*_region_arguments(connectivity, rule))
        between, stored = edge_count(graph) - n, graph.senders.nnz
        cut = tied_regions(*_region_arguments(connectivity, rule))
    else:
        bound, kept_of = block_rule(connectivity, coordinates, rule)

        def count(start: int, stop: int) -> tuple[int, int]:
            row, column, cut = kept_of(start, stop)
            return int((row + start != column).sum()), cut

        counted = list(in_threads(count, connectivity.blocks(bound.min()), threads))
        between, cut = (sum(numbers) for numbers in zip(*counted, strict=True))
        stored = n + between
    if not between:
        raise InputError(nothing_kept(connectivity, rule))
    return stored, cut


def stays_factored(connectivity: Connectivity, rule: ConnectionRule) -> TypeGuard[Factored]:
    """Return whether the graph is built between regions, without its edges."""
    return isinstance(connectivity, Factored) and rule.distance_decay is None


def _region_arguments(connectivity: Factored, rule: ConnectionRule) -> tuple[np.ndarray, np.ndarray, float, int]:
    most = max_of_row(rule.retained_fraction, connectivity.n)
    return connectivity.values, connectivity.index, rule.connectivity_threshold, most


def nothing_kept(connectivity: Connectivity, rule: ConnectionRule) -> str:
    """Return why no two spots are connected, and what to change."""
    threshold, retained_fraction, decay = rule.connectivity_threshold, rule.retained_fraction, rule.distance_decay
    n, most = connectivity.n, max_of_row(retained_fraction, connectivity.n)
    if not most:
        return (
            f"retained_fraction is {retained_fraction:g}: of the {n} entries of a row none is kept (their share is "
            f"rounded down); write --retained_fraction {math.ceil(1000 / n) / 1000:g} or more"
        )
    largest, weighted = connectivity.largest(), "" if decay is None else ", before it is weighted,"
    why = f"the largest entry between two spots{weighted} is {largest:.4g}: lower --connectivity_threshold"
    if decay is None and largest > threshold:
        why = f"of each row only the {most} largest may be kept, and that is the diagonal: raise --retained_fraction"
    return (
        f"the connection graph has no edge between two spots: connectivity_threshold is {threshold:g} and "
        f"retained_fraction {retained_fraction:g}; {why}"
    )


def joined(blocks: Iterable[tuple[np.ndarray, np.ndarray, int]], n: int) -> tuple[sp.csr_matrix, int]:
    """Join blocks of rows (columns, how many a row has, how many were kept); returns the graph and all that were."""
    columns, counts, kept = zip(*blocks, strict=True)
    pointer = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    targets = np.concatenate(columns)
    del columns
    return sp.csr_matrix((np.ones(len(targets), dtype=np.float32), targets, pointer), shape=(n, n)), sum(kept)


def with_diagonal(row: np.ndarray, column: np.ndarray, start: int, stop: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Add the diagonal's entries to those of the rows from start to stop; returns columns and how many a row has.

    For four spots, rows 1 and 2 with one entry each, in columns 3 and 2: of the diagonal, [1, 1] is missing and comes
    before column 3, [2, 2] is there. Columns 1, 3, 2; two entries in row 1, one in row 2.
    """
    place = row.astype(np.int64) * n + column
    diagonal = np.arange(stop - start, dtype=np.int64) * (n + 1) + start
    at = np.searchsorted(place, diagonal)
    missing = np.append(place, -1)[at] != diagonal
    columns = np.insert(column, at[missing], np.arange(start, stop)[missing])
    return columns.astype(np.int32), np.bincount(row, minlength=stop - start) + missing
