"""Columns of the table of spots."""

import anndata
import numpy as np
import pandas as pd
import pytest

from spacon.cli.options import list_of
from spacon.data.columns import sections
from spacon.data.spots import Coordinates, map_coordinates, oriented
from spacon.errors import InputError


def test_a_spot_without_a_section_is_named():
    obs = pd.DataFrame({"slice": ["1", None, "2"]}, index=["a", "b", "c"])
    spots = anndata.AnnData(np.ones((3, 2), dtype=np.float32), obs=obs)
    with pytest.raises(InputError, match=r"^x\.h5ad: spot 'b' has no section in obs\['slice'\]$"):
        sections(spots, "slice", "x.h5ad")


def test_sections_are_text_whatever_their_type():
    obs = pd.DataFrame({"slice": [10, 9, 10]}, index=["a", "b", "c"])
    spots = anndata.AnnData(np.ones((3, 2), dtype=np.float32), obs=obs)
    assert sections(spots, "slice", "x.h5ad").tolist() == ["10", "9", "10"]


def test_a_list_may_have_spaces_after_its_commas():
    assert list_of(str)(None, None, "b, a ,c") == ["b", "a", "c"]
    assert list_of(int)(None, None, "256, 128,32") == [256, 128, 32]


@pytest.mark.parametrize("across", [0, 1, 2])
def test_maps_show_the_plane_in_which_sections_extend(across):
    """Sections tilt a little, and lie far apart, so that over all spots the axis across them varies most."""
    random = np.random.default_rng(across)
    section = np.repeat(["one", "two", "three"], 20)
    positions = random.random((60, 3))
    positions[:, across] = np.repeat([0, 50, 100], 20) + 0.1 * positions[:, (across + 1) % 3]
    spots = anndata.AnnData(obs=pd.DataFrame(index=map(str, range(60))))
    found = map_coordinates(spots, Coordinates(positions, "xyz"), section)
    np.testing.assert_array_equal(found, np.delete(positions, across, axis=1))
    np.testing.assert_array_equal(map_coordinates(spots, Coordinates(positions, "xyz"), None), positions[:, :2])


@pytest.mark.parametrize(
    ("flip", "swap", "place"),
    [
        ("none", False, [1, 2]),
        ("x", False, [-1, 2]),
        ("y", False, [1, -2]),
        ("both", False, [-1, -2]),
        ("none", True, [2, 1]),
        ("x", True, [-2, 1]),
        ("y", True, [2, -1]),
    ],
)
def test_axes_of_maps_are_exchanged_before_they_are_turned(flip, swap, place):
    np.testing.assert_array_equal(oriented(np.array([[1.0, 2.0]]), flip, swap), [place])
