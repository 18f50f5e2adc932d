"""Communities of spots in the graph of their weighted neighbours: Louvain or Leiden at a resolution."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal

import igraph
import numpy as np
import scipy.sparse as sp

Method = Literal["leiden", "louvain"]
SEARCH_RANGE = (0.01, 20.0)
SEARCH_STEPS = 24


def to_igraph(connectivities: sp.csr_matrix) -> igraph.Graph:
    """Turn a symmetric weighted matrix (n, n) into an undirected graph."""
    upper = sp.triu(connectivities, k=1).tocoo()
    edges = np.column_stack([upper.row, upper.col]).astype(np.int64)
    graph = igraph.Graph(n=connectivities.shape[0])
    graph.add_edges(edges)  # which reads the array as it is; igraph.Graph would make Python's objects of it
    graph.es["weight"] = upper.data.tolist()
    return graph


def communities(graph: igraph.Graph, method: Method, resolution: float, seed: int) -> np.ndarray:
    """Cluster a weighted graph by modularity at a resolution.

    Args:
        graph: n nodes, edge attribute `weight`.
        method: 'leiden' (run until nothing improves) or 'louvain', both igraph's.
        resolution: higher gives more clusters.
        seed: of the algorithm's randomness.

    Returns:
        Whole numbers, shape (n,), 0 being the largest cluster.
    """
    igraph.set_random_number_generator(random.Random(seed))
    options = {"weights": "weight", "resolution": resolution}
    if method == "leiden":
        found = graph.community_leiden(objective_function="modularity", n_iterations=-1, **options)
    else:
        found = graph.community_multilevel(**options)
    return by_size(np.asarray(found.membership))


def by_size(membership: np.ndarray) -> np.ndarray:
    """Number clusters from 0 by falling size; of equal sizes, the one whose first spot comes first."""
    values, first, code, size = np.unique(membership, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(values), dtype=np.int64)
    rank[np.lexsort((first, -size))] = np.arange(len(values))
    return rank[code]


def at_each(
    resolutions: Sequence[float], wanted: int | None, graph: igraph.Graph, method: Method, seed: int
) -> Iterator[tuple[float, np.ndarray]]:
    """Yield each resolution and its labels (n,), or the one whose number of clusters is nearest the wanted one.

    Arguments as those of `communities` and `nearest_resolution`.
    """
    cluster = partial(communities, graph, method, seed=seed)
    if wanted is not None:
        yield nearest_resolution(cluster, wanted)
    for resolution in resolutions:
        yield resolution, cluster(resolution)


def nearest_resolution(cluster: Callable[[float], np.ndarray], wanted: int) -> tuple[float, np.ndarray]:
    """Find the resolution whose number of clusters is nearest the wanted one, by bisection on a logarithmic scale.

    Args:
        cluster: from a resolution to labels.
        wanted: number of clusters.

    Returns:
        The resolution, rounded to four digits, and its labels. Ties go to the one tried first.
    """
    low, high = SEARCH_RANGE
    best: tuple[int, float, np.ndarray] | None = None
    for _ in range(SEARCH_STEPS):
        resolution = float(f"{(low * high) ** 0.5:.4g}")
        labels = cluster(resolution)
        count = int(labels.max()) + 1
        if best is None or abs(count - wanted) < best[0]:
            best = abs(count - wanted), resolution, labels
        if count == wanted or not low < resolution < high:
            break
        low, high = (resolution, high) if count < wanted else (low, resolution)
    assert best is not None
    return best[1], best[2]
