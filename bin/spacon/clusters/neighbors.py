"""Each spot's nearest neighbours in a mix of the embeddings, weighted as UMAP weights them."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import scipy.sparse as sp
from scipy.spatial import KDTree

from spacon.nearest import nearest_others, without_itself

SPOTS_PER_BLOCK = 5_000
# Up to so many spots, the tree takes seconds whatever the mix. Of more, a sample of so many tells with which share of
# all spots it compares one; above the largest share, comparing all pairs is faster.
FEW_SPOTS, SAMPLE, MAX_COMPARED = 10_000, 256, 0.1

Search = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray]]
# UMAP's: how exact the bisection is, and the least bandwidth as a share of a spot's mean distance.
TOLERANCE, BISECTIONS, LEAST_BANDWIDTH = 1e-5, 64, 1e-3


def nearest_neighbors(
    mix: np.ndarray,
    neighbors: int,
    track: Callable[[Sequence[int], int], Iterable[int]] = lambda blocks, _: blocks,
) -> tuple[np.ndarray, np.ndarray]:
    """Find each spot's nearest neighbours, exactly.

    By a k-d tree, whose time grows as n log n where the mix fills few dimensions, as that of a trained model mostly
    does; where it fills so many that the tree would compare most spots, all pairs are compared, which is then several
    times as fast (docs/benchmarks). Memory grows with n times neighbors.

    Args:
        mix: Z, shape (n, d).
        neighbors: of each spot, itself counted, as UMAP counts.
        track: given the blocks and how many there are, yields them, for progress.

    Returns:
        Numbers of spots, int32, and the distances to them, float32, each of shape (n, neighbors): the spot itself, then
        the others outwards.
    """
    n = len(mix)
    tree_is_faster = n <= FEW_SPOTS or compared_share(mix, neighbors) < MAX_COMPARED
    search = by_tree(mix) if tree_is_faster else by_comparison(mix)
    found = np.empty((n, neighbors), dtype=np.int32)
    distances = np.zeros((n, neighbors), dtype=np.float32)
    found[:, 0] = np.arange(n)
    starts = range(0, n, SPOTS_PER_BLOCK)
    for start in track(starts, len(starts)):
        block = np.arange(start, min(n, start + SPOTS_PER_BLOCK))
        found[block, 1:], distances[block, 1:] = search(block, neighbors - 1)
    return found, distances


def compared_share(mix: np.ndarray, neighbors: int) -> float:
    """Return with which share of all spots a k-d tree compares one to find its neighbours, from a sample."""
    from sklearn.neighbors import KDTree as CountingTree  # here, as its import takes longer than few spots do

    tree = CountingTree(mix)
    sample = mix[np.linspace(0, len(mix) - 1, SAMPLE).astype(int)]
    tree.reset_n_calls()
    tree.query(sample, k=neighbors)
    return float(tree.get_n_calls() / (len(sample) * len(mix)))


def by_tree(mix: np.ndarray) -> Search:
    """Return the search for the nearest others of a block of spots by a k-d tree."""
    tree = KDTree(mix)
    return lambda spots, k: nearest_others(tree, spots, k)


def by_comparison(mix: np.ndarray) -> Search:
    """Return the search for the nearest others of a block of spots among all spots."""
    from sklearn.neighbors import NearestNeighbors

    pairs = NearestNeighbors(algorithm="brute").fit(mix)

    def search(spots: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        distances, found = pairs.kneighbors(mix[spots], k + 1)
        others, _ = without_itself(spots, found, distances)
        # Distances come from a product of matrices, in which near spots cancel: they are computed anew.
        distances = np.stack([np.linalg.norm(mix[column] - mix[spots], axis=1) for column in others.T], axis=1)
        order = np.argsort(distances, axis=1, kind="stable")
        return np.take_along_axis(others, order, axis=1), np.take_along_axis(distances, order, axis=1)

    return search


def neighbor_weights(found: np.ndarray, distances: np.ndarray) -> sp.csr_matrix:
    r"""Weight neighbours as UMAP does (McInnes, Healy and Melville 2018, arXiv 1802.03426, section 3.1).

    .. math:: v_{ij} = e^{-\max(0, d_{ij} - \rho_i) / \sigma_i},\quad w_{ij} = v_{ij} + v_{ji} - v_{ij} v_{ji}

    rho is the distance to the nearest spot that lies elsewhere; sigma is such that the v of a spot sum to log2 of its
    number of neighbours. Computed here because importing UMAP takes 15 times as long as this on a small sample.

    Args:
        found, distances: as `nearest_neighbors` returns them, shape (n, neighbors).

    Returns:
        Symmetric weights w, CSR (n, n), float32, from 0 to 1, none on the diagonal.
    """
    n, neighbors = found.shape
    mean_distance = float(distances.mean())
    directed = np.empty((n, neighbors - 1), dtype=np.float32)
    for start in range(0, n, SPOTS_PER_BLOCK):
        block = slice(start, start + SPOTS_PER_BLOCK)
        directed[block] = _directed_weights(distances[block].astype(np.float64), mean_distance)
    pointers = np.arange(0, n * (neighbors - 1) + 1, neighbors - 1)
    weights = sp.csr_matrix((directed.ravel(), found[:, 1:].ravel(), pointers), shape=(n, n))
    return sp.csr_matrix(weights + weights.T - weights.multiply(weights.T))


def _directed_weights(distances: np.ndarray, mean_distance: float) -> np.ndarray:
    """Return v (m, neighbors - 1), from distances (m, neighbors) and the mean distance in all of the mix."""
    distinct = np.where(distances > 0, distances, np.inf).min(axis=1)
    nearest = np.where(np.isfinite(distinct), distinct, 0.0)  # rho
    beyond = np.maximum(distances[:, 1:] - nearest[:, None], 0.0)
    typical = np.where(nearest > 0, distances.mean(axis=1), mean_distance)
    bandwidth = np.maximum(_bandwidths(beyond, np.log2(distances.shape[1])), LEAST_BANDWIDTH * typical)
    return np.exp(-beyond / np.where(bandwidth > 0, bandwidth, 1.0)[:, None])


def _bandwidths(beyond: np.ndarray, wanted: float) -> np.ndarray:
    """Return sigma (m,) at which exp(-beyond / sigma) sums to what is wanted, by bisection; near 0 if it never does."""
    low, high, sigma = np.zeros(len(beyond)), np.full(len(beyond), np.inf), np.ones(len(beyond))
    for _ in range(BISECTIONS):
        total = np.exp(-beyond / sigma[:, None]).sum(axis=1)
        if (np.abs(total - wanted) < TOLERANCE).all():
            break
        low, high = np.where(total > wanted, low, sigma), np.where(total > wanted, sigma, high)
        sigma = np.where(np.isfinite(high), (low + high) / 2, 2 * sigma)
    return sigma
