"""Nearest other spots, exact."""

import numpy as np
from scipy.spatial import KDTree


def nearest_others(tree: KDTree, spots: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the `k` nearest others of each spot, nearest first.

    Args:
        tree: of all n points.
        spots: numbers of the spots asked for, shape (m,).
        k: below n; a spot itself is not counted.

    Returns:
        Numbers of spots and the distances to them, each of shape (m, k).
    """
    distances, found = tree.query(tree.data[spots], k=k + 1)
    return without_itself(spots, found, distances)


def without_itself(spots: np.ndarray, found: np.ndarray, distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what was found for each spot (m,), and its distance, (m, k + 1), without the spot itself: (m, k) each.

    Among spots at one place, a search may leave the spot itself out: then the farthest of the k + 1 goes.
    """
    others = found != spots[:, None]
    others[others.all(axis=1), -1] = False
    shape = len(spots), found.shape[1] - 1
    return found[others].reshape(shape), distances[others].reshape(shape)
