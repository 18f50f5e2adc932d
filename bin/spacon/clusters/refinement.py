"""Refinement of labels by the majority among a spot's nearest others."""

import numpy as np
from scipy.spatial import KDTree

from spacon.errors import about, check_neighbors
from spacon.nearest import nearest_others

BLOCK = 20_000


def refine(
    labels: np.ndarray, coordinates: np.ndarray, neighbors: int, sections: np.ndarray | None = None
) -> np.ndarray:
    """Give each spot the commonest label of its nearest other spots; of equally common ones, that met first outwards.

    Args:
        labels: shape (n,).
        coordinates: shape (n, 2) or (n, 3).
        neighbors: how many other spots vote.
        sections: section of each spot, shape (n,): only spots of its own section vote. None: there is one.

    Returns:
        Labels, shape (n,). Memory grows with n; the votes are counted a block of spots at a time.

    Raises:
        InputError: fewer than `neighbors` + 1 spots, in all or in a section.
    """
    if sections is None:
        return _refine(labels, coordinates, neighbors)
    refined = labels.copy()
    for section in np.unique(sections):
        inside = np.flatnonzero(sections == section)
        with about(f"section '{section}'"):
            refined[inside] = _refine(labels[inside], coordinates[inside], neighbors)
    return refined


def _refine(labels: np.ndarray, coordinates: np.ndarray, neighbors: int) -> np.ndarray:
    n = len(labels)
    check_neighbors("refine_neighbors", neighbors, n)
    names, code = np.unique(labels, return_inverse=True)
    tree = KDTree(coordinates)
    refined = np.empty(n, dtype=np.int64)
    for start in range(0, n, BLOCK):
        spots = np.arange(start, min(n, start + BLOCK))
        refined[spots] = _majority(code[nearest_others(tree, spots, neighbors)[0]], len(names))
    return names[refined]


def _majority(votes: np.ndarray, labels: int) -> np.ndarray:
    """Return the commonest value of each row of votes (m, k), ties going to the value that stands first in the row."""
    rows = np.repeat(np.arange(len(votes)), votes.shape[1]).reshape(votes.shape)
    counts = np.bincount((rows * labels + votes).ravel(), minlength=len(votes) * labels).reshape(len(votes), labels)
    share = np.take_along_axis(counts, votes, axis=1)
    return np.take_along_axis(votes, share.argmax(axis=1)[:, None], axis=1)[:, 0]
