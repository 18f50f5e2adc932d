"""Spatial graph: which spots lie near which, as a directed binary matrix (row i points at column j)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from scipy.spatial import KDTree

from spacon.data.columns import section_order
from spacon.errors import InputError, about, check_neighbors
from spacon.nearest import nearest_others
from spacon.parameters import SpatialRule

Edges = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Knn:
    """Every spot points at its `k` nearest others."""

    k: int

    def edges(self, coordinates: np.ndarray) -> Edges:
        """Return the sources and targets, each of shape (n * k,), among spots at (n, 2 or 3).

        Raises:
            InputError: fewer than k + 1 spots.
        """
        n = len(coordinates)
        check_neighbors("spatial_neighbors", self.k, n)
        return np.repeat(np.arange(n), self.k), nearest_others(KDTree(coordinates), np.arange(n), self.k)[0].ravel()

    def max_edges(self, tree: KDTree) -> int:
        """Return how many edges there are among spots, each one's to itself counted."""
        return tree.n * (1 + self.k)

    def max_crossing(self, one: KDTree, other: KDTree) -> int:
        """Return how many edges at most cross from either of two sections to the other."""
        return self.k * (one.n + other.n)


@dataclass(frozen=True)
class Radius:
    """Every spot points at all others within `radius`, in the unit of the coordinates."""

    radius: float

    def edges(self, coordinates: np.ndarray) -> Edges:
        """Return the sources and targets among spots at (n, 2 or 3)."""
        pairs = KDTree(coordinates).query_pairs(self.radius, output_type="ndarray")
        return np.concatenate([pairs[:, 0], pairs[:, 1]]), np.concatenate([pairs[:, 1], pairs[:, 0]])

    def max_edges(self, tree: KDTree) -> int:
        """Return how many edges there are among spots, each one's to itself counted."""
        return int(tree.count_neighbors(tree, self.radius))

    def max_crossing(self, one: KDTree, other: KDTree) -> int:
        """Return how many edges cross from either of two sections to the other."""
        return 2 * int(one.count_neighbors(other, self.radius))


Rule = Knn | Radius


def rules_of(wanted: SpatialRule) -> tuple[Rule, Rule]:
    """Return the rule inside a section (or for all spots, where there are no sections), and that between two sections.

    Raises:
        InputError: a radius is missing.
    """
    if wanted.spatial_rule == "knn":
        return Knn(wanted.spatial_neighbors), Knn(wanted.spatial_neighbors)
    if wanted.spatial_radius is None:
        raise InputError("spatial_rule is 'radius', but --spatial_radius is not set")
    if wanted.section_key is not None and wanted.section_radius is None:
        raise InputError("spatial_rule is 'radius' and there are sections, but --section_radius is not set")
    return Radius(wanted.spatial_radius), Radius(wanted.section_radius or 0.0)


def max_edges(
    coordinates: np.ndarray, within: Rule, across: Rule, sections: np.ndarray | None, order: Sequence[str] | None
) -> int:
    """Return how many edges the spatial graph has at most, self-loops counted; arguments as in `spatial_graph`."""
    if sections is None:
        return within.max_edges(KDTree(coordinates))
    trees = [KDTree(coordinates[sections == name]) for name in section_order(sections, order)]
    crossing = sum(across.max_crossing(one, other) for one, other in pairwise(trees))
    return sum(within.max_edges(tree) for tree in trees) + crossing


def section_edges(
    coordinates: np.ndarray, sections: np.ndarray, order: Sequence[str], within: Rule, across: Rule
) -> Edges:
    """Return edges inside each section by one rule and between adjacent sections by another.

    For a pair of adjacent sections, `across` is applied to the two pooled and only the edges that cross are kept.

    Args:
        coordinates: shape (n, 2) or (n, 3).
        sections: section name of each spot, shape (n,).
        order: every section name once, neighbours in the tissue next to each other.
        within, across: rules inside a section and between two.
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
    source, target = rule.edges(coordinates[spots])
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
        source, target = within.edges(coordinates)
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
