"""Which cell lies in which place: by hand, against loops, and whatever the order of the cells."""

import math
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import KDTree

from spacon.alignment.assignment import WORDS, Assignment, Why, by_section, with_enough
from spacon.alignment.grid import grid
from spacon.alignment.nearest import nearest, nearest_places, typical_spacing
from spacon.alignment.places import Places
from spacon.alignment.regions import Parcels, in_parcels, regions
from spacon.alignment.top_view import read_top_view, to_pixels, top_view
from spacon.errors import InputError

# Four cells: near place a, near place b, exactly between the two, and far from both.
CELLS = np.array([[0.1, 0.0], [0.9, 0.2], [0.5, 0.0], [9.0, 0.0]])
PLACES = np.array([[0.0, 0.0], [1.0, 0.0]])


def places(positions=PLACES, names="abcdefghij", section=None) -> Places:
    positions = np.asarray(positions, dtype=float)
    section = None if section is None else np.array(section, dtype=object)
    return Places(positions, np.array(list(names[: len(positions)]), dtype=object), section, "places.csv")


def why(found: Assignment) -> list[str]:
    return [WORDS[Why(code)] for code in found.why]


def test_the_nearest_place_of_four_cells():
    found = nearest_places(CELLS, places(), None)
    assert found.place.tolist() == [0, 1, 0, 1]
    assert found.distance.tolist() == pytest.approx([0.1, math.hypot(0.1, 0.2), 0.5, 8.0])
    assert found.names.tolist() == ["a", "b"]
    assert found.cells.tolist() == [2, 2]


def test_a_cell_too_far_from_every_place_has_none_and_keeps_its_distance():
    found = nearest_places(CELLS, places(), 0.5)
    assert found.place.tolist() == [0, 1, 0, -1]
    assert found.distance[3] == 8
    assert why(found) == ["", "", "", "farther than align_distance"]


def test_a_cell_without_a_position_has_no_place():
    found = nearest_places(np.array([[np.nan, 0.0], [0.9, 0.0]]), places(), None)
    assert found.place.tolist() == [-1, 1]
    assert why(found) == ["no position", ""]
    assert np.isnan(found.distance[0])


def test_cells_go_to_places_of_their_own_section():
    two = places([[0, 0], [1, 0], [0, 0]], section=["s10", "s2", "s3"])
    found = nearest_places(CELLS, two, None, np.array(["s10", "s10", "s2", "s4"]))
    assert found.place.tolist() == [0, 0, 1, -1]
    assert why(found) == ["", "", "", "no place in its section"]


def test_sections_without_one_in_common_are_refused():
    with pytest.raises(InputError) as raised:
        nearest_places(CELLS, places(section=["A", "B"]), None, np.array(["s2", "s10", "s10", "s2"]))
    assert str(raised.value) == "no section of the cells ('s2', ...) is one of places.csv ('A', ...)"


def test_other_numbers_of_coordinates_are_refused():
    words = r"cells have 2 coordinates, but places\.csv has 3: set --coordinates"
    with pytest.raises(InputError, match=words):
        nearest_places(CELLS, places(np.zeros((2, 3))), None)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("scale", [1e-6, 0.1, 1.0, 1000.0])
def test_among_equally_near_places_the_first_in_the_file_wins(dimensions, scale):
    """Centres of a grid's squares and cubes are as far from 4 or 8 corners, whatever binary rounding says."""
    axes = [np.arange(6) * scale] * dimensions
    corners = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, dimensions)
    centres = corners[(corners < 4.5 * scale).all(axis=1)] + 0.5 * scale
    order = np.random.default_rng(1).permutation(len(corners))
    found, _ = nearest(KDTree(corners[order]), centres)
    number = np.empty(len(corners), dtype=int)
    number[order] = np.arange(len(corners))
    expected = [
        min(number[i] for i, corner in enumerate(corners) if np.abs(corner - centre).max() < 0.6 * scale)
        for centre in centres
    ]
    assert found.tolist() == expected


def test_many_places_at_one_point_go_to_the_first():
    found, distance = nearest(KDTree(np.zeros((50, 2))), np.array([[0.0, 0.0], [3.0, 4.0]]))
    assert found.tolist() == [0, 0]
    assert distance.tolist() == [0, 5]


def test_the_first_in_the_file_wins_whatever_the_order_of_positions():
    for order in ([0, 1], [1, 0]):
        found = nearest_places(CELLS[2:3], places(PLACES[order]), None)
        assert found.place.tolist() == [0]


def test_of_places_at_one_point_only_the_first_has_cells():
    found = nearest_places(CELLS, places([*PLACES, *PLACES[::-1], [0.0, 0.0]]), None)
    assert found.cells.tolist() == [2, 2, 0, 0, 0]


def test_nearest_places_are_those_of_a_loop_on_10_000_cells():
    random = np.random.default_rng(3)
    cells, where = random.uniform(0, 10, (10_000, 3)), random.uniform(0, 10, (300, 3))
    section, own = random.choice(["1", "2", "10"], 10_000), random.choice(["1", "2", "10"], 300)
    found = nearest_places(cells, places(where, [str(i) for i in range(300)], own), 0.8, section)
    for number, cell in enumerate(cells):
        apart = np.where(own == section[number], np.sqrt(((where - cell) ** 2).sum(axis=1)), np.inf)
        assert found.place[number] == (apart.argmin() if apart.min() <= 0.8 else -1)
        assert found.distance[number] == pytest.approx(apart.min(), rel=1e-12)


def test_the_spacing_of_places_leaves_out_those_at_one_point():
    assert typical_spacing(np.array([[0.0, 0], [0, 0], [2, 0], [4, 0]])) == 2
    assert typical_spacing(np.zeros((3, 2))) is None
    sections = np.array(["1", "2", "1", "2"], dtype=object)
    assert typical_spacing(np.array([[0.0, 0], [0, 1], [7, 0], [7, 1]]), sections) == 7


def test_regions_of_four_cells_in_natural_order():
    found = regions(pd.Series(["V10", " V2", None, "V10"], name="area"))
    assert found.names.tolist() == ["V2", "V10"]
    assert found.place.tolist() == [1, 0, -1, 1]


@pytest.mark.parametrize("outside", [None, "", "  ", "0", "-1", "unassigned", "Unassigned", "nan", 0, np.nan])
def test_labels_that_mean_outside(outside):
    found = regions(pd.Series(["VISp", outside], name="area", dtype=object))
    assert found.place.tolist() == [0, -1]
    assert why(found)[1] == "outside every region"


@pytest.mark.parametrize("kind", [float, "Int64", "category", str])
def test_numbers_of_regions_are_their_names_whatever_type_they_have(kind):
    found = regions(pd.Series([30, -1, 4, 30], name="area").astype(kind))
    assert found.names.tolist() == ["4", "30"]
    assert found.place.tolist() == [1, -1, 0, 1]


def test_labels_that_all_mean_outside_are_refused():
    with pytest.raises(InputError, match=r"^obs\['area'\] puts no cell in a region: every label is missing"):
        regions(pd.Series(["0", None], name="area"))


def test_the_grid_of_four_cells():
    found = grid(np.array([[0.1, 0.1], [19.9, 0.0], [10.0, 0.0], [-0.1, 0.0]]), 10.0)
    assert found.names.tolist() == ["-1_0", "0_0", "1_0"]
    assert found.place.tolist() == [1, 2, 2, 0]


def test_the_grid_starts_at_0_so_that_dropped_cells_move_nothing():
    cells = np.random.default_rng(0).uniform(-50, 50, (500, 3))
    whole, part = grid(cells, 7.0), grid(cells[100:], 7.0)
    assert whole.names[whole.place[100:]].tolist() == part.names[part.place].tolist()
    steps = [tuple(map(int, name.split("_"))) for name in whole.names]
    assert steps == sorted(steps)


@pytest.mark.parametrize("spacing", [0.1, 0.3, 0.7, 1.1])
def test_cells_on_the_lines_of_the_grid_lie_above_them(spacing):
    """0.3 / 0.1 is 2.9999999999999996 in binary."""
    number = np.arange(1, 200)
    cells = np.stack([number * spacing, np.zeros(199)], axis=1)
    found = grid(cells, spacing)
    assert found.names[found.place].tolist() == [f"{n}_0" for n in number]


@pytest.mark.parametrize(
    ("spacing", "words"),
    [
        (0.0, "grid_spacing is 0; a length above 0, in the unit of the coordinates, is needed"),
        (-1.0, "grid_spacing is -1; a length above 0"),
        (math.inf, "grid_spacing is inf; a length above 0"),
        (1e-12, "grid_spacing is 1e-12, but coordinates go up to 9: give both in one unit"),
    ],
)
def test_a_spacing_that_cannot_be_is_refused(spacing, words):
    with pytest.raises(InputError) as raised:
        grid(CELLS, spacing)
    assert str(raised.value).startswith(words)


# A volume of 2 x 3 x 2 voxels seen from above: pixels (0, 0) and (0, 1) share the deepest voxel, 4, of (0, 2, 0).
VOLUME = (2, 3, 2)
LOOKUP = np.array([[0, 1], [-1, 2]])
PATHS = np.array([[2, 4, 0], [1, 3, 4], [7, 7, 0]])


def test_four_cells_come_to_the_pixels_of_their_streamlines():
    cells = np.array([[0.05, 0.1, 0.0], [0.0, 0.25, 0.05], [0.1, 0.0, 0.1], [0.1, 0.0, 0.0]])
    found = to_pixels(cells, top_view(LOOKUP, PATHS, VOLUME, "paths.h5"), 0.1)
    # Voxels 2 and 4, and 7 on pixel 3 alone; 6 is on no streamline.
    assert found.members.toarray().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert why(found) == ["", "", "", "on no streamline"]
    assert found.place.tolist() == [0, 0, 3, -1]
    assert found.names.tolist() == ["0", "1", "2", "3"]


def test_all_cells_of_a_voxel_count():
    cells = np.tile([0.15, 0.05, 0.19], (5, 1))
    found = to_pixels(cells, top_view(LOOKUP, PATHS, VOLUME, "paths.h5"), 0.1)
    assert found.cells.tolist() == [0, 0, 0, 5]


def test_cells_outside_the_volume_or_without_a_position_are_told_apart():
    cells = np.array([[0.2, 0, 0], [-0.01, 0, 0], [0, 0.3, 0], [np.nan, 0, 0]])
    found = to_pixels(cells, top_view(LOOKUP, PATHS, VOLUME, "paths.h5"), 0.1)
    assert why(found) == ["outside the volume"] * 3 + ["no position"]


def test_where_nothing_is_below_0_pixels_of_0_lie_outside():
    view = top_view(np.array([[0, 1], [0, 2]]), PATHS, VOLUME, "paths.h5")
    assert np.unique(view.through.indices).tolist() == [1, 3]


def test_the_top_view_is_that_of_a_loop_on_10_000_cells():
    random = np.random.default_rng(5)
    volume, shape = (6, 5, 7), (6, 7)
    paths = random.integers(0, np.prod(volume), (30, 8))
    lookup = random.integers(-1, 30, shape)
    cells = random.uniform(-0.2, [1.4, 1.2, 1.6], (10_000, 3))
    found = to_pixels(cells, top_view(lookup, paths, volume, "paths.h5"), 0.2)
    through = [set(paths[number][paths[number] > 0]) if number >= 0 else set() for number in lookup.ravel()]
    for number, cell in enumerate(cells):
        at = np.floor(cell / 0.2).astype(int)
        inside = ((at >= 0) & (at < volume)).all()
        voxel = np.ravel_multi_index(tuple(at), volume) if inside else None
        expected = [pixel for pixel, voxels in enumerate(through) if voxel in voxels]
        assert found.members[number].indices.tolist() == expected


def write_view(path: Path, **arrays) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name.replace("_", " ")] = values
    return path


def test_a_file_of_allens_layout_is_read(tmp_path):
    lookup = np.full((132, 114), -1, dtype=np.int32)
    lookup[60, 30], lookup[60, 83] = 0, 1
    paths = np.zeros((2, 5), dtype=np.int32)
    for path, column in zip(paths, (30, 83), strict=True):
        path[:3] = np.ravel_multi_index(([60] * 3, [10, 11, 12], [column] * 3), (132, 80, 114))
    view = read_top_view(write_view(tmp_path / "top_view_paths_100.h5", view_lookup=lookup, paths=paths))
    assert (view.volume, view.width) == ((132, 80, 114), 114)
    found = to_pixels(np.array([[6.05, 1.15, 8.31], [6.05, 1.35, 8.31]]), view, 0.1)
    assert found.place.tolist() == [60 * 114 + 83, -1]


GOOD = {"view_lookup": np.full((132, 114), -1), "paths": np.ones((2, 3), dtype=int)}
REFUSED_VIEWS = {
    "no paths": ({"view_lookup": GOOD["view_lookup"]}, "has no 'paths', as top_view_paths_100.h5 has; found"),
    "another view": ({**GOOD, "view_lookup": np.zeros((10, 10), int)}, "'view lookup' has shape (10, 10); a top view"),
    "fractions": ({**GOOD, "paths": np.ones((2, 3))}, "'paths' must be whole numbers in rows, found float64 (2, 3)"),
    "a streamline too many": (
        {**GOOD, "view_lookup": np.full((132, 114), 2)},
        "names streamline 2; 'paths' has 0 to 1",
    ),
    "a voxel outside": ({**GOOD, "paths": np.full((2, 3), 132 * 80 * 114)}, "'paths' has voxel 1203840, which is not"),
}


@pytest.mark.parametrize(("arrays", "words"), REFUSED_VIEWS.values(), ids=REFUSED_VIEWS)
def test_a_file_of_another_layout_is_refused(arrays, words, tmp_path):
    with pytest.raises(InputError) as raised:
        read_top_view(write_view(tmp_path / "p.h5", **arrays))
    assert str(raised.value).startswith("p.h5: ")
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_streamlines_that_are_no_hdf5_are_refused(tmp_path):
    (tmp_path / "p.h5").write_text("paths")
    with pytest.raises(InputError, match=r"^p\.h5: not an HDF5 file of streamlines"):
        read_top_view(tmp_path / "p.h5")


def test_two_coordinates_have_no_top_view():
    with pytest.raises(InputError, match=r"needs three coordinates of each cell: set --coordinates"):
        to_pixels(CELLS, top_view(LOOKUP, PATHS, VOLUME, "paths.h5"), 0.1)


def test_a_place_that_cells_of_two_sections_share_becomes_two():
    found = by_section(nearest_places(CELLS, places(), 0.5), np.array(["s10", "s2", "s2", "s2"]))
    assert found.section.tolist() == ["s2", "s2", "s10"]
    assert found.names.tolist() == ["a", "b", "a"]
    assert found.place.tolist() == [2, 1, 0, -1]


def test_places_with_too_few_cells_are_dropped_and_their_cells_told():
    found = with_enough(nearest_places(np.vstack([CELLS, [[20.0, 0]]]), places([*PLACES, [20, 0], [50, 0]]), 0.5), 2)
    assert found.names.tolist() == ["a"]
    assert found.place.tolist() == [0, -1, 0, -1, -1]
    assert why(found) == ["", *["too few cells in its place"], "", "farther than align_distance", WORDS[Why(7)]]


@given(st.integers(0, 2**32 - 1), st.sampled_from(["nearest", "regions", "grid", "top view"]), st.booleans())
def test_the_order_of_the_cells_does_not_matter(seed, rule, sections):
    random = np.random.default_rng(seed)
    n = 40
    cells = random.integers(0, 4, (n, 3)) / 2
    label = pd.Series(random.choice(["a", "b", "10", "9", "0"], n), name="area")
    section = random.choice(["s1", "s2", "s10"], n)
    label[0] = "a"

    def placed(order: np.ndarray) -> list[set[tuple[str, str]]]:
        match rule:
            case "nearest":
                found = nearest_places(cells[order], places(np.eye(3), "abc"), 1.5)
            case "regions":
                found = regions(label.iloc[order])
            case "grid":
                found = grid(cells[order], 0.5)
            case _:
                found = to_pixels(cells[order], top_view(LOOKUP, PATHS, VOLUME, "paths.h5"), 0.5)
        found = with_enough(by_section(found, section[order]) if sections else found, 2)
        own = np.full(len(found.names), "", dtype=object) if found.section is None else found.section
        rows = found.members.tolil().rows
        return [{(own[place], found.names[place]) for place in rows[i]} for i in np.argsort(order)]

    assert placed(random.permutation(n)) == placed(np.arange(n))


def parcels(labels: list[str | None], names: str = "V1 V2 V10") -> Parcels:
    order = names.split()
    return Parcels(pd.Series(labels, dtype=object), order, np.arange(3.0 * len(order)).reshape(-1, 3), "p.dlabel.nii")


def test_cells_lie_in_the_parcels_that_they_name():
    found = in_parcels(parcels(["V10", None, "V1", "v1", "V10", ""]))
    assert found.place.tolist() == [2, -1, 0, -1, 2, -1]
    assert found.names.tolist() == ["V1", "V2", "V10"]
    assert found.cells.tolist() == [1, 0, 2]
    lost = "in no parcel of the surface"
    assert why(found) == ["", lost, "", lost, "", lost]
    assert found.is_shared
    assert not in_parcels(parcels(["V10", None, "V1", "v1"])).is_shared


def test_cells_that_name_no_parcel_at_all_are_refused():
    with pytest.raises(InputError) as refused:
        in_parcels(parcels(["v1", None, "v2"]))
    assert str(refused.value) == (
        "no cell lies in a parcel of p.dlabel.nii ('V1', 'V2', 'V10', ...): cells name 'v1', 'v2'; set --region_key to "
        "the column of obs that has the parcels"
    )
