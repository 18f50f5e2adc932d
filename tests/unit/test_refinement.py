"""Refinement by majority: by hand, and against brute force."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacon.clusters import refinement
from spacon.clusters.refinement import refine
from spacon.errors import InputError

LINE = np.array([[0.0, 0], [1, 0], [2.1, 0], [3.3, 0], [4.6, 0]])


def test_ties_go_to_the_label_met_first_and_the_own_does_not_vote():
    # Nearest two: 0: 1, 2. 1: 0, 2. 2: 1, 3. 3: 2, 4. 4: 3, 2. Each pair differs, so the nearer one decides.
    assert refine(np.array(["a", "b", "c", "d", "e"]), LINE, 2).tolist() == ["b", "a", "b", "c", "d"]


def test_majority_beats_the_nearest():
    assert refine(np.array([9, 5, 7, 7, 9]), LINE, 3).tolist() == [7, 7, 5, 7, 7]


def expected_labels(labels, points, neighbors):
    found = []
    for spot, point in enumerate(points):
        far = np.linalg.norm(points - point, axis=1)
        nearest = [other for other in np.argsort(far, kind="stable") if other != spot][:neighbors]
        votes = Counter(labels[nearest].tolist())
        most = max(votes.values())
        found.append(next(label for label in labels[nearest].tolist() if votes[label] == most))
    return found


@given(st.integers(3, 40), st.integers(1, 12), st.sampled_from([2, 3]), st.integers(0, 10**6))
def test_equals_a_count_by_hand(n, neighbors, dimensions, seed):
    generator = np.random.default_rng(seed)
    points, labels = generator.random((n, dimensions)), generator.integers(0, 4, n)
    neighbors = min(neighbors, n - 1)
    assert refine(labels, points, neighbors).tolist() == expected_labels(labels, points, neighbors)


def test_blocks_do_not_matter(monkeypatch):
    generator = np.random.default_rng(0)
    points, labels = generator.random((50, 2)), generator.integers(0, 4, 50)
    whole = refine(labels, points, 5)
    monkeypatch.setattr(refinement, "BLOCK", 7)
    np.testing.assert_array_equal(refine(labels, points, 5), whole)


def test_spots_at_one_place_do_not_vote_on_themselves():
    points = np.zeros((6, 2))
    points[5] = 1
    labels = np.array(["a", "b", "b", "b", "b", "b"])
    assert refine(labels, points, 2).tolist()[0] == "b"
    assert refine(labels, points, 5).tolist() == ["b"] * 6


def test_too_few_spots():
    with pytest.raises(InputError, match=r"^refine_neighbors is 5, but there are 5 spots: at most 4 is possible"):
        refine(np.arange(5), LINE, 5)


@given(st.integers(3, 40), st.integers(1, 4), st.integers(1, 5), st.integers(0, 10**6))
def test_only_spots_of_the_same_section_vote(n, count, neighbors, seed):
    """Each section alone gives the same labels, wherever the others lie."""
    random = np.random.default_rng(seed)
    place, labels, section = random.random((n, 2)), random.integers(0, 3, n), random.integers(0, count, n).astype(str)
    sizes = np.unique(section, return_counts=True)[1]
    if sizes.min() <= neighbors:
        with pytest.raises(InputError, match=r"^section '\d': refine_neighbors is"):
            refine(labels, place, neighbors, section)
        return
    found = refine(labels, place, neighbors, section)
    for each in np.unique(section):
        inside = section == each
        np.testing.assert_array_equal(found[inside], refine(labels[inside], place[inside], neighbors))
