"""Spatial graph: which spots lie near which, as a directed binary matrix (row i points at column j)."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from scipy.spatial import KDTree

from spacon.data.columns import natural_order
from spacon.errors import InputError, about, check_neighbors, suggestion
from spacon.nearest import nearest_others

Edges = tuple[np.ndarray, np.ndarray]
Rule = Callable[[np.ndarray], Edges]


def nearest_edges(coordinates: np.ndarray, k: int) -> Edges:
    """Return the edges from every spot to its `k` nearest others.

    Args:
        coordinates: positions, shape (n, 2) or (n, 3).
        k: number of neighbours of a spot, itself not counted.

    Returns:
        Sources and targets, each of shape (n * k,).

    Raises:
        InputError: fewer than k + 1 spots.
    """
    n = len(coordinates)
    check_neighbors("spatial_neighbors", k, n)
    return np.repeat(np.arange(n), k), nearest_others(KDTree(coordinates), np.arange(n), k).ravel()


def radius_edges(coordinates: np.ndarray, radius: float) -> Edges:
    """Return the edges from every spot to all others within `radius`, in the unit of `coordinates` (n, 2 or 3)."""
    pairs = KDTree(coordinates).query_pairs(radius, output_type="ndarray")
    return np.concatenate([pairs[:, 0], pairs[:, 1]]), np.concatenate([pairs[:, 1], pairs[:, 0]])


def reach_of(
    rule: str, neighbors: int, radius: float | None, section_radius: float | None
) -> int | tuple[float, float]:
    """Return how far a rule reaches: neighbours of a spot, or the radius within a section (or all spots) and across."""
    return neighbors if rule == "knn" else (radius, section_radius or 0.0)


def most_edges(
    coordinates: np.ndarray, reach: int | tuple[float, float], sections: np.ndarray | None, order: Sequence[str] | None
) -> int:
    """Return how many edges the spatial graph has at most, self-loops counted.

    Args:
        coordinates: shape (n, 2) or (n, 3).
        reach: see `reach_of`.
        sections, order: as in `spatial_graph`.
    """
    n = len(coordinates)
    names = [None] if sections is None else section_order(sections, order)
    if isinstance(reach, int):
        return n * (1 + reach * (1 if sections is None else 3))
    trees = [KDTree(coordinates if name is None else coordinates[sections == name]) for name in names]
    within = sum(int(tree.count_neighbors(tree, reach[0])) for tree in trees)
    return within + sum(2 * int(one.count_neighbors(other, reach[1])) for one, other in pairwise(trees))


def section_order(sections: np.ndarray, order: Sequence[str] | None) -> list[str]:
    """Return the order in which sections lie on each other: the given one, checked, else the natural one.

    Raises:
        InputError: the order names a section that is not in the data, names one twice or leaves one out.
    """
    present = set(sections.tolist())
    if order is None:
        return natural_order(present)
    for name in order:
        if name not in present:
            raise InputError(f"section_order names section '{name}', which no spot has; {suggestion(name, present)}")
        if order.count(name) > 1:
            raise InputError(f"section_order names section '{name}' twice")
    missing = natural_order(present - set(order))
    if missing:
        known = ", ".join(natural_order(present))
        raise InputError(f"section_order leaves out section '{missing[0]}'; the spots' sections are {known}")
    return list(order)


def section_edges(
    coordinates: np.ndarray, sections: np.ndarray, order: Sequence[str], within: Rule, across: Rule
) -> Edges:
    """Return edges inside each section by one rule and between adjacent sections by another.

    For a pair of adjacent sections, `across` is applied to the two pooled and only the edges that cross are kept.

    Args:
        coordinates: shape (n, 2) or (n, 3).
        sections: section name of each spot, shape (n,).
        order: every section name once, neighbours in the tissue next to each other.
        within, across: rules from coordinates to edges.
    """
    members = {name: np.flatnonzero(sections == name) for name in order}
    parts = []
    for name in order:
        with about(f"section '{name}'"):
            parts.append(_edges_among(coordinates, members[name], within))
    for first, second in pairwise(order):
        pooled = np.concatenate([members[first], members[second]])
        source, target = _edges_among(coordinates, pooled, across)
        crossing = sections[source] != sections[target]
        parts.append((source[crossing], target[crossing]))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _edges_among(coordinates: np.ndarray, spots: np.ndarray, rule: Rule) -> Edges:
    source, target = rule(coordinates[spots])
    return spots[source], spots[target]


def spatial_graph(
    coordinates: np.ndarray,
    within: Rule,
    *,
    self_loops: bool,
    sections: np.ndarray | None = None,
    order: Sequence[str] | None = None,
    across: Rule | None = None,
) -> sp.csr_matrix:
    """Build the spatial graph, A[i, j] = 1 where spot i points at spot j.

    Args:
        coordinates: shape (n, 2) or (n, 3).
        within: rule inside a section (or for all spots, where there are no sections).
        self_loops: whether every spot also points at itself.
        sections: section name of each spot, shape (n,).
        order: see `section_order`.
        across: rule between adjacent sections.

    Returns:
        Binary CSR matrix, shape (n, n), float32, sorted columns. Memory grows with the edges.

    Raises:
        InputError: no two spots are neighbours.
    """
    n = len(coordinates)
    if sections is None or across is None:
        source, target = within(coordinates)
    else:
        source, target = section_edges(coordinates, sections, section_order(sections, order), within, across)
    if self_loops:
        source, target = np.concatenate([source, np.arange(n)]), np.concatenate([target, np.arange(n)])
    graph = sp.csr_matrix((np.ones(len(source), dtype=np.float32), (source, target)), shape=(n, n))
    graph.sum_duplicates()
    graph.data[:] = 1.0
    if graph.nnz == (n if self_loops else 0):
        raise InputError(nothing_near(coordinates, sections))
    return graph


def nothing_near(coordinates: np.ndarray, sections: np.ndarray | None) -> str:
    """Return why no spot has a neighbour within the radius, and what to change."""
    groups = [coordinates] if sections is None else [coordinates[sections == name] for name in np.unique(sections)]
    apart = [KDTree(group).query(group, k=2)[0][:, 1] for group in groups if len(group) > 1]
    middle = "no section has two spots"
    if apart:
        middle = f"the nearest other spot lies {np.median(np.concatenate(apart)):.4g} away in the median"
    return f"the spatial graph has no edge between two spots: {middle}; raise --spatial_radius"
