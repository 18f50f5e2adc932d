"""Nearest other spots, by a k-d tree."""

import numpy as np
from scipy.spatial import KDTree


def nearest_others(tree: KDTree, spots: np.ndarray, k: int) -> np.ndarray:
    """Return the `k` nearest others of each spot, nearest first.

    Args:
        tree: of all n positions.
        spots: numbers of the spots asked for, shape (m,).
        k: below n; a spot itself is not counted.

    Returns:
        Numbers of spots, shape (m, k).
    """
    found = tree.query(tree.data[spots], k=k + 1, workers=-1)[1]
    itself = found == spots[:, None]
    # Among spots at one place, the tree may leave the spot itself out: then the farthest of the k + 1 goes.
    itself[~itself.any(axis=1), -1] = True
    return found[~itself].reshape(len(spots), k)
