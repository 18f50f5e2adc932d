"""Connection graph: which spots are wired to which, as a directed binary matrix (row i projects to column j)."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.spatial.distance import cdist

from spacon.checks import InputError
from spacon.connectivity import Connectivity
from spacon.graphs import Graph
from spacon.region_graph import region_graph


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


def retained(row: np.ndarray, value: np.ndarray, rows: int, most: int) -> np.ndarray:
    """Return which entries are among the `most` largest of their row; of equal ones, those met first are kept.

    Args:
        row, value: of the entries, rows rising, shape (e,).
        rows: how many rows there are.
        most: at most so many of a row.

    Returns:
        Mask, shape (e,). Memory: the rows that have more, padded to the longest.
    """
    count = np.bincount(row, minlength=rows)
    crowded = count > most
    kept = np.full(len(row), most > 0)
    if not most or not crowded.any():
        return kept
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
    return kept


def connection_graph(
    connectivity: Connectivity,
    coordinates: np.ndarray,
    *,
    threshold: float,
    retained_fraction: float,
    decay: float | None,
    near_percentile: float | None,
    threads: int = 1,
    track: Callable[[Iterable[Any], int], Iterable[Any]] = lambda blocks, _: blocks,
) -> tuple[Graph, float]:
    """Build the connection graph by blocks of rows; the caller's matrix is only read.

    Distance weighting (optional), then of each row the entries above `threshold`, at most
    floor(retained_fraction * n), the largest; binarised; diagonal set to 1.

    Of factored connectivity, the graph stays factored: its edges are never made. Distance weighting alone, which
    depends on each pair of spots, makes them all the same.

    Args:
        connectivity: entry (i, j) from spot i to spot j, n x n.
        coordinates: shape (n, 2) or (n, 3), used by the weighting alone.
        threshold: on the (weighted) connectivity.
        retained_fraction: of the n entries of a row, in (0, 1].
        decay: per unit of distance; None for no weighting.
        near_percentile: see `distance_weights`.
        threads: as many blocks are worked on at once; the graph is the same whatever their number.
        track: given what comes of the blocks, one by one, and how many blocks there are, yields it, for progress.

    Returns:
        Binary CSR matrix (n, n), float32, sorted columns, or a region graph; and the fraction of n * n entries kept
        before the diagonal was set. Memory: a block a thread and the edges, or the pairs of connected regions.

    Raises:
        InputError: nothing is above the threshold.
    """
    n, most = connectivity.n, int(np.floor(retained_fraction * connectivity.n))
    if is_kept_factored(connectivity, decay):
        graph, edges = region_graph(*connectivity.regions, threshold, most)
    else:
        bound = least_entries(threshold, decay, coordinates)

        def kept_of(start: int, stop: int) -> tuple[np.ndarray, np.ndarray, int]:
            row, column, value = connectivity.above(start, stop, bound[start:stop])
            if decay is not None:
                place = coordinates[start:stop]
                value = value * distance_weights(row, column, place, coordinates, decay, near_percentile)
                strong = np.flatnonzero(value > threshold)
                row, column, value = row.take(strong), column.take(strong), value.take(strong)
            kept = retained(row, value, stop - start, most)
            return *with_diagonal(row[kept], column[kept], start, stop, n), int(kept.sum())

        blocks = connectivity.blocks(bound.min())
        graph, edges = joined(track(in_threads(kept_of, blocks, threads), len(blocks)), n)
    if not edges:
        raise InputError(
            f"the connection graph is empty: connectivity_threshold is {threshold} and retained_fraction "
            f"{retained_fraction}; the largest entry{'' if decay is None else ', before it is weighted,'} is "
            f"{largest_entry(connectivity):.4g}, and {most} of each row's {n} may be kept"
        )
    return graph, edges / n**2


def in_threads(function: Callable[[int, int], Any], blocks: list[tuple[int, int]], threads: int) -> Iterator[Any]:
    """Yield what a function returns of each block of rows, in their order; NumPy lets threads work side by side."""
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(function, *zip(*blocks, strict=True))


def joined(blocks: Iterable[tuple[np.ndarray, np.ndarray, int]], n: int) -> tuple[sp.csr_matrix, int]:
    """Join blocks of rows (columns, how many a row has, how many were kept); returns the graph and all that were."""
    columns, counts, kept = zip(*blocks, strict=True)
    pointer = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    targets = np.concatenate(columns)
    del columns
    return sp.csr_matrix((np.ones(len(targets), dtype=np.float32), targets, pointer), shape=(n, n)), sum(kept)


def most_connections(
    connectivity: Connectivity,
    coordinates: np.ndarray,
    *,
    threshold: float,
    retained_fraction: float,
    decay: float | None,
    threads: int = 1,
) -> int:
    """Return how many edges the connection graph has at most, or pairs of regions where it stays factored.

    The arguments are those of `connection_graph`. Weighted entries are counted by their bound.
    """
    n, most = connectivity.n, int(np.floor(retained_fraction * connectivity.n))
    if is_kept_factored(connectivity, decay):
        return int((connectivity.regions[0] > threshold).sum())
    bound = least_entries(threshold, decay, coordinates)

    def count(start: int, stop: int) -> int:
        return int(np.minimum(np.bincount(connectivity.above(start, stop, bound[start:stop])[0]), most).sum())

    return n + sum(in_threads(count, connectivity.blocks(bound.min()), threads))


def is_kept_factored(connectivity: Connectivity, decay: float | None) -> bool:
    """Return whether the graph of this connectivity is built without its edges."""
    return connectivity.regions is not None and decay is None


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


def largest_entry(connectivity: Connectivity) -> float:
    """Return the largest entry, unweighted."""
    if connectivity.regions is not None:
        values, index = connectivity.regions
        present = np.unique(index)
        return float(values[np.ix_(present, present)].max())
    return max(float(connectivity.rows(start, stop).max()) for start, stop in connectivity.blocks())


def with_diagonal(row: np.ndarray, column: np.ndarray, start: int, stop: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Add the diagonal's entries to those of the rows from start to stop; returns columns and how many a row has."""
    place = row.astype(np.int64) * n + column
    diagonal = np.arange(stop - start, dtype=np.int64) * (n + 1) + start
    at = np.searchsorted(place, diagonal)
    missing = np.append(place, -1)[at] != diagonal
    columns = np.insert(column, at[missing], np.arange(start, stop)[missing])
    return columns.astype(np.int32), np.bincount(row, minlength=stop - start) + missing
