"""Columns of the table of spots."""

from dataclasses import replace

import anndata
import numpy as np
import pandas as pd
import pytest

from spacon.cli.options import list_of
from spacon.data.columns import sections
from spacon.data.spots import Coordinates, find_positions, map_coordinates, oriented
from spacon.errors import InputError
from spacon.parameters import Stacking


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


STACKING = Stacking("slice", None, 0.5)


def in_sections(**obsm: object) -> anndata.AnnData:
    """Four spots in three sections, whose natural order is s2, s9, s10."""
    obs = pd.DataFrame({"slice": ["s10", "s2", "s9", "s2"], "x": [4.0, 3, 2, 1], "y": [0.0, 0, 0, 1]}, list("abcd"))
    return anndata.AnnData(obs=obs, obsm=obsm)


def test_sections_so_far_apart_tell_the_third_coordinate():
    found = find_positions(in_sections(), None, STACKING, "x.h5ad")
    np.testing.assert_array_equal(found.positions, [[4, 0, 1], [3, 0, 0], [2, 0, 0.5], [1, 1, 0]])
    assert (found.source, found.is_stacked) == ("x,y", True)
    turned = replace(STACKING, section_order=["s10", "s9", "s2"])
    np.testing.assert_array_equal(find_positions(in_sections(), None, turned, "x.h5ad").positions[:, 2], [0, 1, 0.5, 1])
    flat = find_positions(in_sections(), None, replace(STACKING, section_spacing=None), "x.h5ad")
    np.testing.assert_array_equal(flat.positions, found.positions[:, :2])
    assert not flat.is_stacked


def test_maps_stay_in_the_plane_of_stacked_sections():
    """Not in that of other coordinates, which were not asked for."""
    spots = in_sections(spatial=np.arange(8.0).reshape(4, 2))
    found = find_positions(spots, "x,y", STACKING, "x.h5ad")
    np.testing.assert_array_equal(map_coordinates(spots, found, None), [[4, 0], [3, 0], [2, 0], [1, 1]])


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"section_spacing": 0.0}, "section_spacing is 0: a number above 0 and --section_key are needed"),
        ({"section_spacing": -2.0}, "section_spacing is -2: a number above 0 and --section_key are needed"),
        ({"section_spacing": float("nan")}, "section_spacing is nan: a number above 0 and --section_key are needed"),
        ({"section_spacing": float("inf")}, "coordinates 'x,y' of spot 0 are not finite"),
        ({"section_key": None}, "section_spacing is 0.5: a number above 0 and --section_key are needed"),
        ({"section_key": "slcie"}, "no column 'slcie' in obs; did you mean 'slice'?"),
        (
            {"section_order": ["s2", "s9"]},
            "section_order leaves out section 's10'; the spots' sections are s2, s9, s10",
        ),
    ],
)
def test_a_spacing_that_cannot_be_is_refused(change, line):
    with pytest.raises(InputError) as refused:
        find_positions(in_sections(), "x,y", replace(STACKING, **change), "x.h5ad")
    assert str(refused.value).startswith(f"x.h5ad: {line}")


def test_a_spacing_of_what_has_three_coordinates_is_refused():
    spots = in_sections(spatial_3d=np.arange(12.0).reshape(4, 3))
    with pytest.raises(InputError) as refused:
        find_positions(spots, None, STACKING, "x.h5ad")
    assert str(refused.value) == (
        "x.h5ad: coordinates 'spatial_3d' are three already: leave out --section_spacing, or choose two of them with "
        "--coordinates"
    )
    assert find_positions(spots, "x,y", STACKING, "x.h5ad").positions.shape == (4, 3)
