"""Connection graph: which spots are wired to which, as a directed binary matrix (row i projects to column j)."""

from collections.abc import Iterable

import numpy as np
import scipy.sparse as sp
from scipy.spatial.distance import cdist

from spacon.checks import InputError
from spacon.connectivity import Connectivity
from spacon.graphs import Graph
from spacon.region_graph import region_graph


def distance_weights(
    block: np.ndarray, coordinates: np.ndarray, decay: float, near_percentile: float | None
) -> np.ndarray:
    r"""Return the weights w of a block of rows that favour (decay > 0) long connections.

    .. math:: w_{ij} = \exp(\mathrm{decay} \cdot \lVert P_i - P_j \rVert), \quad
        w_{ij} = 1 \text{ where the distance lies below the row's percentile of distances}

    Args:
        block: positions of the block's spots, shape (b, 2 or 3).
        coordinates: positions of all spots, shape (n, 2 or 3).
        decay: per unit of distance.
        near_percentile: 0 to 100, or None for no such rule.

    Returns:
        Weights, shape (b, n).
    """
    distances = cdist(block, coordinates)
    weights = np.exp(decay * distances)
    if near_percentile is not None:
        weights[distances < np.percentile(distances, near_percentile, axis=1, keepdims=True)] = 1.0
    return weights


def retained(block: np.ndarray, threshold: float, most: int) -> np.ndarray:
    """Return which entries of a block (b, n) are above `threshold` and among the `most` largest of their row.

    Of equal entries at the limit, those in lower columns are kept.
    """
    above = block > threshold
    crowded = np.flatnonzero(above.sum(axis=1) > most)
    if not crowded.size:
        return above
    rows = block[crowded]
    limit = -np.partition(-rows, most - 1, axis=1)[:, most - 1 : most] if most else np.full((len(rows), 1), np.inf)
    larger, equal = rows > limit, rows == limit
    room = most - larger.sum(axis=1, keepdims=True)
    above[crowded] = larger | (equal & (np.cumsum(equal, axis=1) <= room))
    return above


def connection_graph(
    connectivity: Connectivity,
    coordinates: np.ndarray,
    *,
    threshold: float,
    retained_fraction: float,
    decay: float | None,
    near_percentile: float | None,
    blocks: Iterable[tuple[int, np.ndarray]],
) -> tuple[Graph, float]:
    """Build the connection graph, a block of rows at a time; the caller's matrix is only read.

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
        blocks: the connectivity's blocks of rows, from top to bottom.

    Returns:
        Binary CSR matrix (n, n), float32, sorted columns, or a region graph; and the fraction of n * n entries kept
        before the diagonal was set. Memory: two blocks and the edges, or the pairs of connected regions.

    Raises:
        InputError: nothing is above the threshold.
    """
    n, most = connectivity.n, int(np.floor(retained_fraction * connectivity.n))
    limits = f"connectivity_threshold is {threshold} and retained_fraction {retained_fraction}"
    if is_kept_factored(connectivity, decay):
        values, index = connectivity.regions
        regions, edges = region_graph(values, index, threshold, most)
        if not edges:
            present = np.unique(index)
            raise _empty(limits, float(values[np.ix_(present, present)].max()), most, n)
        return regions, edges / n**2
    columns: list[np.ndarray] = []
    counts = np.zeros(n, dtype=np.int64)
    largest = -np.inf
    for start, raw in blocks:
        block = raw
        if decay is not None:
            block = raw * distance_weights(coordinates[start : start + len(raw)], coordinates, decay, near_percentile)
        kept = retained(block, threshold, most)
        largest = max(largest, float(block.max()))
        counts[start : start + len(raw)] = kept.sum(axis=1)
        columns.append(np.nonzero(kept)[1].astype(np.int32))
    edges = int(counts.sum())
    if not edges:
        raise _empty(limits, largest, most, n)
    graph = sp.csr_matrix(
        (np.ones(edges, dtype=np.float32), np.concatenate(columns), np.concatenate([[0], np.cumsum(counts)])),
        shape=(n, n),
    )
    return _with_diagonal(graph), edges / n**2


def is_kept_factored(connectivity: Connectivity, decay: float | None) -> bool:
    """Return whether the graph of this connectivity is built without its edges."""
    return connectivity.regions is not None and decay is None


def _empty(limits: str, largest: float, most: int, n: int) -> InputError:
    return InputError(
        f"the connection graph is empty: {limits}; the largest entry is {largest:.4g}, "
        f"and {most} of each row's {n} may be kept"
    )


def _with_diagonal(graph: sp.csr_matrix) -> sp.csr_matrix:
    graph = (graph + sp.eye(graph.shape[0], dtype=np.float32, format="csr")).tocsr()
    graph.data[:] = 1.0
    graph.sort_indices()
    return graph
