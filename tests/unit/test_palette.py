"""Colours of clusters."""

import re

import numpy as np
import pytest

from spacon.clusters.palette import matched, palette


@pytest.mark.parametrize("size", [0, 1, 2, 16, 17, 59, 120])
def test_size_form_and_distinctness(size):
    colours = palette(size)
    assert len(colours) == len(set(colours)) == size
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


def test_more_clusters_keep_the_first_colours():
    assert palette(120)[:20] == palette(20)


def test_clusters_that_overlap_most_look_alike():
    anchor = np.array([0, 0, 0, 1, 1, 2])
    first, second, third = palette(3)
    assert matched(anchor, anchor) == [first, second, third]
    assert matched(np.array([1, 1, 1, 2, 2, 0]), anchor) == [third, first, second]
    assert matched(np.zeros(6, dtype=int), anchor) == [first]
    assert matched(np.array([0, 1, 2, 3, 3, 4]), anchor)[3:] == [second, third]
    assert len(set(matched(np.arange(6), anchor))) == 6


def test_colours_are_those_that_the_other_map_has():
    """The other map may itself be matched to a third, and have clusters that no labelled spot lies in."""
    anchor, colours = np.array([0, 0, 1, 1]), [*reversed(palette(5))]
    assert matched(np.array([1, 1, 0, 0]), anchor, colours) == [colours[1], colours[0]]
    more = matched(np.array([0, 1, 2, 3]), anchor, colours)
    assert len(set(more)) == 4
    assert len(set(more) & set(colours)) == 2


def test_clusters_beyond_count_are_not_compared():
    many = np.arange(200_000)
    assert matched(many, many) == palette(200_000)
