"""Spatial graph: by hand on four spots, and against brute force on random ones."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacon.data.columns import section_order
from spacon.errors import InputError
from spacon.graphs.spatial import Knn, Radius, section_edges, spatial_graph

LINE = np.array([[0.0, 0], [1, 0], [3, 0], [7, 0]])


def pairs(edges):
    return sorted(zip(*(side.tolist() for side in edges), strict=True))


@st.composite
def random_points(draw):
    n, dimensions = draw(st.integers(4, 40)), draw(st.sampled_from([2, 3]))
    return np.random.default_rng(draw(st.integers(0, 10**6))).random((n, dimensions))


def distances(points):
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def test_nearest_one_on_a_line():
    assert pairs(Knn(1).edges(LINE)) == [(0, 1), (1, 0), (2, 1), (3, 2)]


def test_radius_includes_its_border():
    assert pairs(Radius(2).edges(LINE)) == [(0, 1), (1, 0), (1, 2), (2, 1)]


def test_matrix_points_from_row_to_column():
    graph = spatial_graph(LINE, Knn(1), self_loops=False)
    expected = [[0, 1, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    np.testing.assert_array_equal(graph.toarray(), expected)
    assert graph.dtype == np.float32
    assert graph.has_sorted_indices
    looped = spatial_graph(LINE, Knn(1), self_loops=True)
    np.testing.assert_array_equal(looped.toarray(), expected + np.eye(4))


@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_spots_at_one_place_still_have_k_others(k):
    points = np.array([[0.0, 0]] * 5 + [[1, 1], [2, 2], [3, 3]])
    source, target = Knn(k).edges(points)
    assert (source != target).all()
    assert all(len(set(target[source == spot])) == k for spot in range(8))
    if k <= 4:
        assert (target[source < 5] < 5).all()


def test_too_many_neighbours():
    with pytest.raises(InputError, match=r"^spatial_neighbors is 4, but there are 4 spots: at most 3 is possible"):
        Knn(4).edges(LINE)


@given(random_points(), st.integers(1, 6))
def test_nearest_equals_a_sort_of_all_distances(points, k):
    k = min(k, len(points) - 1)
    source, target = Knn(k).edges(points)
    far = distances(points)
    np.fill_diagonal(far, np.inf)
    expected = np.argsort(far, axis=1)[:, :k]
    np.testing.assert_array_equal(source, np.repeat(np.arange(len(points)), k))
    np.testing.assert_array_equal(np.sort(target.reshape(-1, k), axis=1), np.sort(expected, axis=1))


@given(random_points(), st.floats(0.01, 1.0))
def test_radius_equals_all_pairs_within(points, radius):
    expected = distances(points) <= radius
    np.fill_diagonal(expected, False)
    build = partial(spatial_graph, points, Radius(radius), self_loops=False)
    if not expected.any():
        with pytest.raises(
            InputError, match=r"no edge between two spots: .* away in the median; raise --spatial_radius"
        ):
            build()
        return
    found = build().toarray()
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(found, found.T)


@given(random_points(), st.permutations(["a", "b", "c", "d"]), st.sampled_from(["knn", "radius"]))
def test_sections_join_only_their_neighbours_in_the_order(points, order, kind):
    sections = np.array(["a", "b", "c", "d"])[np.arange(len(points)) % 4]
    if kind == "knn" and len(points) < 8:
        return
    rule = Knn(1) if kind == "knn" else Radius(0.5)
    source, target = section_edges(points, sections, order, rule, rule)
    place = {name: number for number, name in enumerate(order)}
    step = np.array([abs(place[sections[i]] - place[sections[j]]) for i, j in zip(source, target, strict=True)])
    assert (step <= 1).all()
    within = {(i, j) for i, j in zip(source, target, strict=True) if sections[i] == sections[j]}
    alone = {
        (members[i], members[j])
        for members in (np.flatnonzero(sections == name) for name in order)
        for i, j in zip(*rule.edges(points[members]), strict=True)
    }
    assert within == alone


def test_rule_between_sections_is_the_other_one():
    """Spots 1 and 2, in one section, are near enough for the rule between sections only: no edge."""
    points = np.array([[0.0, 0], [1, 0], [2.5, 0], [0, 2]])
    sections = np.array(["top", "top", "top", "low"])
    graph = spatial_graph(
        points,
        Radius(1),
        self_loops=False,
        sections=sections,
        order=["top", "low"],
        across=Radius(2),
    )
    np.testing.assert_array_equal(graph.toarray(), [[0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]])


def test_sections_without_an_order_are_sorted_numbers_first_as_numbers():
    assert section_order(np.array(["10", "9", "b", "a", "-1"]), None) == ["-1", "9", "10", "a", "b"]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (["front", "midle", "back"], ["'midle'", "did you mean 'middle'?", "'back', 'front', 'middle'"]),
        (["front", "middle", "back", "front"], ["section_order", "'front'", "twice"]),
        (["front", "back"], ["leaves out", "'middle'"]),
    ],
)
def test_bad_order(order, words):
    with pytest.raises(InputError) as error:
        section_order(np.array(["front", "middle", "back"]), order)
    assert all(word in str(error.value) for word in words), error.value


def test_section_with_too_few_spots_is_named():
    sections = np.array(["big", "big", "big", "tiny"])
    rule = Knn(1)
    with pytest.raises(InputError, match="tiny"):
        spatial_graph(LINE, rule, self_loops=True, sections=sections, order=["big", "tiny"], across=rule)
