"""Nearest other spots, by a k-d tree: exact, whatever the number of threads."""

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
    others = found != spots[:, None]
    # Among spots at one place, the tree may leave the spot itself out: then the farthest of the k + 1 goes.
    others[others.all(axis=1), -1] = False
    return found[others].reshape(len(spots), k), distances[others].reshape(len(spots), k)
