"""Colours of clusters."""

import re

import pytest

from spacon.palette import palette


@pytest.mark.parametrize("size", [0, 1, 2, 16, 17, 59, 120])
def test_size_form_and_distinctness(size):
    colours = palette(size)
    assert len(colours) == len(set(colours)) == size
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


def test_more_clusters_keep_the_first_colours():
    assert palette(120)[:20] == palette(20)
