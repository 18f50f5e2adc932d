"""Spots of a sample, of cells as they are or of the places in which they lie: three cells, two places."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from tests.corpus.surfaces import KEYS, POSITIONS, write_dlabel, write_geometry

from spacon.assembly.spots import Brought, assembled
from spacon.data.spots import find_positions
from spacon.data.spots_file import read_spots, write_spots
from spacon.errors import InputError
from spacon.parameters import Alignment, Assembly, Stacking
from spacon.preflight.assembly import check_places, first_of_all
from spacon.sources.cells import Cells

WANTED = Assembly("X", "auto", None, None, None, None, Stacking(None, None, None))
ALIGNMENT = Alignment("none", None, False, None, "sum", 1)
COUNTS = np.array([[1, 2], [3, 0], [0, 5]], dtype=np.float32)


def cells(counts: np.ndarray = COUNTS, **uns: object) -> Cells:
    def chunks() -> Iterator[sp.csr_matrix]:
        yield sp.csr_matrix(counts[:1])
        yield sp.csr_matrix(counts[1:])

    obs = pd.DataFrame({"area": ["left", "left", "right"], "sample": "mouse"}, index=["a", "b", "c"])
    place = np.array([[0.0, 0.0], [0.0, 2.0], [9.0, 1.0]])
    return Cells(obs, ("g1", "g2"), {"spatial": place, "atlas": place + 1}, uns, chunks, ("counted",), 100)


@pytest.fixture
def places(tmp_path):
    path = tmp_path / "places.csv"
    path.write_text("x,y\n9,1\n0,1\n")
    return path


def test_cells_stay_as_they_are(tmp_path):
    made = assembled(cells(log1p={"base": 2}), Brought(), WANTED, ALIGNMENT, "one", "e.h5")
    np.testing.assert_array_equal(made.spots.X.toarray(), COUNTS)
    assert list(made.spots.obs_names) == ["a", "b", "c"]
    assert set(made.spots.obs) == {"area", "original_sample"}
    assert made.spots.uns == {"log1p": {"base": 2}, "spacon_assembled": "X"}
    assert made.notes == ["counted", "the column obs['sample'] is kept as 'original_sample'"]
    assert made.unmatched is None


def test_cells_become_places_that_hold_their_sum(places):
    made = assembled(cells(), Brought(places), WANTED, replace(ALIGNMENT, align="places"), "one", "e.h5")
    np.testing.assert_array_equal(made.spots.X.toarray(), [[0, 5], [4, 2]])
    assert list(made.spots.obs["place"]) == ["0", "1"]
    assert list(made.spots.obs["cells"]) == [1, 2]
    np.testing.assert_array_equal(made.spots.obsm["spatial"], [[9, 1], [0, 1]])
    assert made.unmatched is not None
    assert made.unmatched.empty
    assert made.notes[0] == "counted"
    assert made.places == {"file": "places.csv", "rows": 2}


def test_a_sum_has_no_mark_of_logarithms_and_a_mean_keeps_it(places):
    logs = cells(np.log1p(COUNTS), log1p={"base": 2})
    align = replace(ALIGNMENT, align="places")
    declared = replace(WANTED, expression_values="counts")
    assert "log1p" not in assembled(logs, Brought(places), declared, align, "one", "e.h5").spots.uns
    mean = assembled(logs, Brought(places), WANTED, replace(align, place_expression="mean"), "one", "e.h5")
    assert mean.spots.uns["log1p"] == {"base": 2}
    with pytest.raises(InputError, match=r"^e\.h5: expression is log-normalised, and sums of logarithms mean nothing"):
        assembled(logs, Brought(places), WANTED, align, "one", "e.h5")


def test_positions_stand_where_later_stages_are_told_to_look():
    wanted = replace(WANTED, coordinates="atlas", region_key="area")
    spots = assembled(cells(), Brought(), wanted, replace(ALIGNMENT, align="regions"), "one", "e.h5").spots
    np.testing.assert_array_equal(spots.obsm["atlas"], [[1, 2], [10, 2]])
    assert list(spots.obs["area"]) == list(spots.obs["place"]) == ["left", "right"]


def test_cells_of_stacked_sections_go_to_places_with_three_coordinates(tmp_path):
    """Cells a and b are in the first section, c in the second."""
    places = tmp_path / "deep.csv"
    places.write_text("x,y,z\n9,1,9\n0,1,0\n0,5,0.5\n")
    by_area = replace(WANTED, section_key="area", coordinates="x,y", stacking=Stacking("area", None, 20.0))
    columns = cells()
    columns.obs["x"], columns.obs["y"] = columns.obsm["spatial"].T
    made = assembled(columns, Brought(places), by_area, replace(ALIGNMENT, align="places"), "one", "e.h5")
    np.testing.assert_array_equal(made.spots.obsm["spatial_3d"], [[9, 1, 20], [0, 1, 0]])
    np.testing.assert_array_equal(made.spots.X.toarray(), [[0, 5], [4, 2]])
    assert made.spots.uns["spacon_section_spacing"] == 20
    write_spots(made.spots, tmp_path / "spots.h5ad")
    later = find_positions(read_spots(tmp_path / "spots.h5ad"), "x,y", by_area.stacking, "spots.h5ad")
    np.testing.assert_array_equal(later.positions, [[9, 1, 20], [0, 1, 0]])
    assert later.is_stacked


def test_the_choice_among_several_coordinates_is_noted(places):
    two = cells()
    two.obsm["X_spatial"] = two.obsm["spatial"] + 3
    align = replace(ALIGNMENT, align="places")
    note = "coordinates were taken from 'spatial'; there are also 'X_spatial': choose with --coordinates"
    assert note in assembled(two, Brought(places), WANTED, align, "one", "e.h5").notes
    assert (
        note not in assembled(two, Brought(places), replace(WANTED, coordinates="spatial"), align, "one", "e.h5").notes
    )


@pytest.mark.parametrize(
    ("align", "has_places", "line"),
    [
        ("places", False, "e.h5: align is 'places', which needs a table of the places in the column places"),
        ("top_view", False, "e.h5: align is 'top_view', which needs a file of streamlines in the column places"),
        ("none", True, "places.csv: align is 'none', which takes no places: set --align places"),
        ("grid", True, "places.csv: align is 'grid', which takes no places"),
        ("regions", False, "e.h5: align is 'regions', which needs the column of the regions: set --region_key"),
    ],
)
def test_what_a_rule_lacks_or_does_not_take_is_said(places, align, has_places, line):
    with pytest.raises(InputError) as refused:
        given = Brought(places if has_places else None)
        assembled(cells(), given, WANTED, replace(ALIGNMENT, align=align, grid_spacing=1.0), "one", "e.h5")
    assert str(refused.value).startswith(line)


@pytest.fixture
def surface(tmp_path):
    """Parcels of both hemispheres and their geometry: V1, V2 and MT on the left, A1, A2 and M1 on the right."""
    geometry = [write_geometry(tmp_path / f"g.{side}.surf.gii", POSITIONS[side], side) for side in "LR"]
    return [write_dlabel(tmp_path / "p.dlabel.nii"), *geometry]


ON_SURFACE = replace(ALIGNMENT, align="surface")


def on_surface(labels: list[str], surface, region_key: str | None = "parcel", **changed: object):
    found = cells(**changed)
    found = replace(found, obs=found.obs.assign(parcel=labels), obsm={})  # that have no coordinates
    wanted = replace(WANTED, region_key=region_key)
    return assembled(found, Brought(surfaces=surface), wanted, ON_SURFACE, "one", "e.h5")


def test_cells_become_parcels_that_lie_where_their_vertices_do(surface):
    made = on_surface(["M1", "M1", "V2"], surface)
    assert list(made.spots.obs_names) == list(made.spots.obs["place"]) == list(made.spots.obs["parcel"]) == ["M1", "V2"]
    np.testing.assert_array_equal(made.spots.X.toarray(), [[4, 2], [0, 5]])
    middle = [POSITIONS[side][KEYS[side] == key].mean(axis=0) for side, key in (("R", 6), ("L", 2))]
    np.testing.assert_allclose(made.spots.obsm["spatial_3d"], middle, rtol=1e-6)
    assert made.places is None


def test_spots_that_are_parcels_already_keep_the_mark_of_logarithms(surface):
    assert on_surface(["M1", "A1", "V2"], surface, log1p={"base": 2}).spots.uns["log1p"] == {"base": 2}


@pytest.mark.parametrize("region_key", [None, "place"])
def test_without_a_column_the_names_of_cells_are_the_parcels(surface, region_key):
    """`place` stands for no column: alignment has yet to write it."""
    found = cells()
    found = replace(found, obs=found.obs.set_axis(["M1", "V2", "gone"]))
    brought, wanted = Brought(surfaces=surface), replace(WANTED, region_key=region_key)
    made = assembled(found, brought, wanted, ON_SURFACE, "one", "e.h5")
    assert list(made.spots.obs_names) == ["M1", "V2"]
    assert made.unmatched is not None
    assert made.unmatched.to_dict("list")["id"] == ["gone"]
    told = replace(found, obs=found.obs.assign(place=["A1", "A2", "A1"]))
    made = assembled(told, brought, wanted, ON_SURFACE, "one", "e.h5")
    assert list(made.spots.obs_names) == (["M1", "V2"] if region_key is None else ["A1", "A2"])


def test_a_surface_without_geometry_or_none_is_refused(surface):
    for files, line in (
        ([], "e.h5: align is 'surface', which needs parcels and their geometry in the column surfaces of the sheet"),
        (surface[:1], "p.dlabel.nii: align is 'surface', which needs the geometry too: add its .surf.gii"),
    ):
        with pytest.raises(InputError) as refused:
            on_surface(["M1", "A1", "V2"], files)
        assert str(refused.value) == line


def test_rows_found_by_number_need_a_place_each():
    """Else all places after one that is missing would take the row of the next."""
    summary = {"connectivity_matched_by": "index of places", "connectivity_rows": 60}
    check_places({"file": "places.csv", "rows": 60}, summary, "c.npy")
    check_places({"file": "places.csv", "rows": 59}, summary | {"connectivity_matched_by": "names of regions"}, "c.npy")
    check_places(None, summary, "c.npy")
    line = r"^places\.csv has 59 places, but c\.npy has 60 rows without names: a place is needed for each row, in their"
    with pytest.raises(InputError, match=line):
        check_places({"file": "places.csv", "rows": 59}, summary, "c.npy")


def test_images_must_have_the_grid_of_the_view():
    """Turned images have as many pixels as the view, and each pixel would take the series of another."""
    summary = {"connectivity_matched_by": "index of places", "connectivity_rows": 12, "connectivity_image": (3, 4)}
    view = {"file": "paths.h5", "rows": 12, "view": [3, 4]}
    check_places(view, summary, "U.npy")
    check_places(view, summary | {"connectivity_image": None}, "U.npy")
    check_places({"file": "places.csv", "rows": 12}, summary, "U.npy")
    line = r"^U\.npy: images are of 4 x 3 pixels, the view of paths\.h5 of 3 x 4: bring images on the grid of the view"
    with pytest.raises(InputError, match=line):
        check_places(view, summary | {"connectivity_image": (4, 3)}, "U.npy")


def test_what_is_wrong_with_spots_comes_with_how_they_came_about():
    assert first_of_all([], "spots.h5ad") == []
    assert first_of_all(["a", "b"], "spots.h5ad") == ["spots.h5ad was put together before: a; b"]
