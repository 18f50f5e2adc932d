"""Sections that lie over each other are drawn apart, and each as it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from spacon.report.layout import boxes, boxes_meet, layout_of

# Two spots each: a 2 x 1 box, the same place again, and one more spot in the middle.
PLACE = np.array([[0.0, 0.0], [2.0, 1.0], [0.0, 0.0], [2.0, 1.0], [1.0, 0.5]])
SECTION = np.array(["a", "a", "b", "b", "c"])


def test_three_sections_stand_in_a_grid_in_their_order():
    # The largest section is 2 x 1, so that cells are 2 + 0.2 wide and 1 + 0.5 high. Of 3 sections, round(sqrt(3 * 1.3 *
    # 1.5 / 2.2)) = 2 stand beside each other, the third in the row below.
    layout = layout_of(PLACE, SECTION, ["b", "a", "c"])
    expected = [[2.2, 0.0], [4.2, 1.0], [0.0, 0.0], [2.0, 1.0], [0.0, -1.5]]
    np.testing.assert_allclose(layout.place, expected)
    assert layout.names == ("b", "a", "c")
    np.testing.assert_allclose(layout.corners, [[0, 1], [2.2, 1], [0, -1.5]])
    assert layout.pitch == pytest.approx(2.2)


@pytest.mark.parametrize(("count", "columns"), [(2, 2), (4, 2), (5, 3), (6, 3), (7, 3), (12, 4)])
def test_rows_of_the_grid_are_about_equally_long(count, columns):
    corners = np.array([[0.0, 0.0], [1.0, 1.0]])
    names = [str(number) for number in range(count)]
    layout = layout_of(np.tile(corners, (count, 1)), np.repeat(names, 2), names)
    assert len(np.unique(layout.corners[:, 0])) == columns


def test_sections_that_do_not_meet_stay_where_they_are():
    place = np.array([[0.0, 0.0], [2.0, 1.0], [2.1, 0.0], [3.0, 1.0], [0.0, 1.1]])
    layout = layout_of(place, SECTION, ["a", "b", "c"])
    np.testing.assert_array_equal(layout.place, place)
    assert layout.names == ()


def test_without_sections_spots_stay_where_they_are():
    np.testing.assert_array_equal(layout_of(PLACE).place, PLACE)


@pytest.mark.parametrize("corner", [(2.0, 0.0), (2.0, 1.0), (0.5, 0.5), (-1.0, -1.0)])
def test_boxes_that_touch_meet(corner):
    least, greatest = np.array([[0.0, 0.0], corner]), np.array([[2.0, 1.0], np.add(corner, 1)])
    assert boxes_meet(least, greatest)


@pytest.mark.parametrize("corner", [(2.1, 0.0), (0.0, 1.1), (-1.1, 0.0), (0.0, -1.1), (5.0, 5.0)])
def test_boxes_that_lie_beside_each_other_do_not(corner):
    least, greatest = np.array([[0.0, 0.0], corner]), np.array([[2.0, 1.0], np.add(corner, 1)])
    assert not boxes_meet(least, greatest)


@given(
    st.integers(1, 129),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1e-9, 1.0, 1e6]),
    st.sampled_from([(1, 1), (0, 1), (1, 0), (0, 0), (20, 1), (1, 20)]),
)
def test_any_sections_end_apart_and_keep_their_shape(count, most, seed, unit, shape):
    random = np.random.default_rng(seed)
    code = np.repeat(np.arange(count), random.integers(1, most + 1, count))
    place = random.normal(size=(len(code), 2)) * unit * shape
    names = [f"section {number}" for number in range(count)]
    moved = layout_of(place, np.array(names)[code], names).place
    assert not boxes_meet(*boxes(moved, code, count))
    for number in range(count):
        of_section = code == number
        np.testing.assert_allclose(pdist(moved[of_section]), pdist(place[of_section]), atol=1e-11 * unit)
