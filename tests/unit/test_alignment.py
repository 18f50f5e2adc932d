"""Cells aligned to places: expression added up exactly, places described, nothing left out in silence."""

from collections.abc import Iterator
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from spacon.alignment.align import Aligned, CellsToAlign, aligned
from spacon.alignment.assignment import assigned
from spacon.alignment.described import described
from spacon.alignment.places import Places
from spacon.alignment.regions import Parcels
from spacon.alignment.sums import means, summed
from spacon.alignment.top_view import top_view
from spacon.connectivity.matching import matched
from spacon.data.spots import find_coordinates
from spacon.data.spots_file import read_spots, write_spots
from spacon.errors import InputError
from spacon.parameters import Alignment, ConnectivitySource
from spacon.readers.table import Table

COUNTS = np.array([[1, 0, 2], [0, 3, 0], [4, 0, 0], [0, 0, 5]], dtype=np.float32)
POSITIONS = np.array([[0.1, 0.0], [0.9, 0.0], [0.2, 0.2], [3.0, 0.0]])
NAMES = ["c1", "c2", "c3", "c4"]


def chunks(expression: Any, rows: int = 3) -> Iterator[sp.csr_matrix]:
    matrix = sp.csr_matrix(expression)
    return (matrix[start : start + rows] for start in range(0, matrix.shape[0], rows))


def cells(expression: Any = COUNTS, positions: np.ndarray = POSITIONS, **more: Any) -> CellsToAlign:
    n = len(positions)
    obs = more.pop("obs", pd.DataFrame(index=[f"c{i + 1}" for i in range(n)]))
    wanted = {"section": None, "values": "auto", "is_marked": False, "labels": (), "file": "cells.h5ad"} | more
    return CellsToAlign(obs=obs, positions=positions, chunks=chunks(expression), **wanted)


def places(positions: Any = ((0, 0), (1, 0), (2, 9)), section: Any = None, names: str = "abcdef") -> Places:
    positions = np.array(positions, dtype=float)
    section = None if section is None else np.array(section, dtype=object)
    return Places(positions, np.array(list(names[: len(positions)]), dtype=object), section, "places.csv")


def rule(align: Any = "places", distance=None, sections=False, spacing=None, expression: Any = "sum", fewest=1):
    return Alignment(align, distance, sections, spacing, expression, fewest)


def run(found: CellsToAlign, target: Any = None, wanted: Alignment | None = None) -> Aligned:
    return aligned(found, places() if target is None else target, wanted or rule())


def test_four_cells_in_two_places():
    found = run(cells(), wanted=rule(distance=1.0))
    assert found.obs.index.tolist() == found.obs["place"].tolist() == ["a", "b"]
    assert found.obs["cells"].tolist() == [2, 1]
    assert found.expression.toarray().tolist() == [[5, 0, 2], [0, 3, 0]]
    assert found.expression.dtype == np.float32
    assert found.expression.has_canonical_format
    np.testing.assert_allclose(found.obsm["spatial"], [[0.15, 0.1], [0.9, 0.0]])
    assert found.assignment.place.tolist() == [0, 1, 0, -1]
    assert found.unmatched.to_dict("records") == [
        {"id": "c4", "x": 3.0, "y": 0.0, "distance": 2.0, "reason": "farther than align_distance"}
    ]
    assert found.notes == [
        "1 of 4 cells has no place and is not used: 1 farther than align_distance; the nearest place lies 2 from "
        "them in the median; these are many: are units, and the order and direction of axes, the "
        "same?",
        "cells lie 0.1 from their place of places.csv in the median, 99% within 0.2792, the farthest 0.2828",
        "1 of 3 places of places.csv holds no cell and is no spot",
        "the places hold 10 of the 15 counts of these cells (66.7%)",
    ]


def test_the_mean_divides_by_the_number_of_cells():
    found = run(cells(), wanted=rule(distance=1.0, expression="mean"))
    assert found.expression.toarray().tolist() == [[2.5, 0, 1], [0, 3, 0]]
    assert found.notes[-1].startswith("expression of a place is the mean of its cells' counts, no whole number: set")


@pytest.mark.parametrize(("marked", "words"), [(True, "logarithms"), (False, "values as they are in the file")])
def test_what_is_averaged_is_said(marked, words):
    found = run(cells(np.log1p(COUNTS), is_marked=marked), wanted=rule(expression="mean"))
    np.testing.assert_allclose(found.expression[0].toarray(), [np.log1p(COUNTS)[[0, 2]].mean(axis=0)], rtol=1e-6)
    assert found.notes[-1] == (
        f"expression of a place is the mean of its cells' {words}, not the logarithm of their mean"
    )


def test_places_of_one_section_each():
    found = run(cells(section=np.array(["s10", "s2", "s2", "s2"])), wanted=rule(sections=True))
    assert found.obs.index.tolist() == ["s2:a", "s2:b", "s10:a"]
    assert found.obs["place"].tolist() == ["a", "b", "a"]
    assert found.expression.toarray().tolist() == [[4, 0, 0], [0, 3, 5], [1, 0, 2]]


def test_regions_grid_and_top_view_of_the_same_cells():
    label = pd.Series(["V2", "V1", "0", "V2"], index=NAMES, name="area")
    by_region = run(cells(), label, rule("regions"))
    assert by_region.expression.toarray().tolist() == [[0, 3, 0], [1, 0, 7]]
    assert by_region.obs.index.tolist() == ["V1", "V2"]
    assert by_region.notes[:2] == [
        "1 of 4 cells has no place and is not used: 1 outside every region",
        "labels of obs['area'] taken to mean outside every region: '0' (1 cell)",
    ]
    by_grid = run(cells(), None, rule("grid", spacing=0.5))
    assert by_grid.obs.index.tolist() == ["0_0", "1_0", "6_0"]
    assert by_grid.expression.toarray().tolist() == [[5, 0, 2], [0, 3, 0], [0, 0, 5]]
    view = top_view(np.array([[0, 1], [-1, -1]]), np.array([[4, 1, 0], [1, 5, 0]]), (2, 2, 2), "paths.h5")
    inside = np.array([[0.0, 0, 1], [1, 0, 0], [1, 0, 1], [1, 1, 1]])  # voxels 1, 4, 5 and 7
    by_view = run(cells(positions=inside), view, rule("top_view", spacing=1.0))
    assert by_view.expression.toarray().tolist() == [[1, 3, 2], [5, 0, 2]]
    assert by_view.obsm["spatial"].tolist() == [[0, 0], [1, 0]]
    assert by_view.obsm["spatial_3d"].tolist() == [[0.5, 0, 0.5], [0.5, 0, 1]]
    assert by_view.notes == [
        "1 of 4 cells has no place and is not used: 1 on no streamline",
        "1 of 4 cells lies on several streamlines, 2 at most, and counts in the pixel of each: sums over pixels are "
        "above those over cells",
    ]


def test_places_with_too_few_cells_are_dropped_and_counted():
    twice = cells(np.vstack([COUNTS, COUNTS]), np.vstack([POSITIONS, POSITIONS - [0.05, 0]]))
    found = run(twice, places(((0, 0), (1, 0), (3, 0), (0.2, 0.2))), rule(fewest=2))
    assert found.obs.index.tolist() == ["a", "b", "c", "d"]
    fewer = cells(COUNTS, np.array([[0.1, 0], [0.2, 0], [1, 0], [2, 9]]))
    with pytest.raises(InputError, match=r"^cells\.h5ad: fewer than two places hold 2 or more cells: are"):
        run(fewer, wanted=rule(fewest=2))
    five = cells(np.vstack([COUNTS, COUNTS[:1]]), np.array([[0.1, 0], [0.2, 0], [1, 0], [2, 9], [1, 0.1]]))
    found = run(five, wanted=rule(fewest=2))
    assert found.expression.toarray().tolist() == [[1, 3, 2], [5, 0, 2]]
    assert "1 of 3 places holds fewer than 2 cells and was dropped, 1 cell with it" in found.notes
    assert found.unmatched[["id", "reason"]].values.tolist() == [["c4", "too few cells in its place"]]


def test_columns_of_places_by_hand():
    obs = pd.DataFrame(
        {
            "type": ["b", "a", "b", None, "a10", "a9"],
            "depth": [1.0, np.nan, 2.0, 5.0, np.nan, np.nan],
            "cells": [1, 2, 3, 4, 5, 6],
            "is_neuron": [True, False, True, True, False, True],
            "cluster": [3, 3, 3, 7, 7, 9],
            "cell_label": list("uvwxyz"),
            "empty": [None] * 6,
        },
        index=list("uvwxyz"),
    )
    found = assigned(np.array([0, 0, 0, 1, 2, 2]), ["p", "q", "r"], np.zeros(6, dtype=np.uint8))
    table, notes = described(obs, found, ["cluster"])
    assert table.index.tolist() == ["p", "q", "r"]
    assert table["cells"].tolist() == [3, 1, 2]
    assert table["type"].astype(object).where(table["type"].notna(), None).tolist() == ["b", None, "a9"]
    np.testing.assert_array_equal(table["type_share"], [2 / 3, np.nan, 0.5])
    np.testing.assert_array_equal(table["depth"], [1.5, 5, np.nan])
    np.testing.assert_array_equal(table["original_cells"], [2, 4, 5.5])
    np.testing.assert_array_equal(table["is_neuron"], [2 / 3, 1, 0.5])
    assert table["cluster"].tolist() == ["3", "7", "7"]
    assert table["empty"].isna().all()
    assert "cell_label" not in table
    assert notes == [
        "columns of obs that name cells are not kept of places: cell_label",
        "columns of obs that hold whole numbers were averaged over the cells of a place: cells; if these are labels, "
        "store them as text or categories",
    ]


def test_places_aligned_again_keep_every_column_apart():
    obs = pd.DataFrame({"type": ["a", "a", "b"], "type_share": [0.5, 0.7, 1], "place": ["p"] * 3}, index=list("xyz"))
    table, _ = described(obs, assigned(np.zeros(3, int), ["q"], np.zeros(3, np.uint8)), ())
    assert table.columns.tolist() == [
        "place", "cells", "type", "type_share", "original_type_share", "original_place", "original_place_share"
    ]  # fmt: skip
    assert table["type_share"].tolist() == [2 / 3]
    assert table["original_type_share"].tolist() == pytest.approx([2.2 / 3])


CENTRES = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
NOWHERE = np.empty((4, 0))


def parcels(*labels: str | None) -> Parcels:
    return Parcels(pd.Series(labels, index=NAMES, dtype=object), ["V1", "V2", "V3"], CENTRES, "p.dlabel.nii")


def test_parcels_hold_the_sum_of_their_cells_and_lie_where_their_vertices_do():
    found = run(cells(positions=NOWHERE), parcels("V3", "V1", "V3", "gone"), rule("surface"))
    assert found.obs.index.tolist() == found.obs["place"].tolist() == ["V1", "V3"]
    assert found.expression.toarray().tolist() == [[0, 3, 0], [5, 0, 2]]
    assert list(found.obsm) == ["spatial_3d"]
    assert found.obsm["spatial_3d"].tolist() == [[1, 2, 3], [7, 8, 9]]
    assert found.unmatched.to_dict("records") == [
        {"id": "c4", "distance": pytest.approx(np.nan, nan_ok=True), "reason": "in no parcel of the surface"}
    ]
    assert found.notes == [
        "1 of 4 cells has no place and is not used: 1 in no parcel of the surface",
        "labels of cells that are no parcel of the surface: 'gone' (1 cell)",
        "1 of 3 parcels of p.dlabel.nii holds no cell and is no spot",
        "the places hold 10 of the 15 counts of these cells (66.7%)",
    ]


@pytest.mark.parametrize("expression", ["sum", "mean"])
def test_parcels_of_one_cell_each_keep_its_logarithms(expression):
    """Nothing is added up, so that nothing must be counts."""
    logs = np.log1p(COUNTS)
    alone = run(
        cells(logs, NOWHERE, is_marked=True), parcels("V3", "V1", None, "V2"), rule("surface", expression=expression)
    )
    np.testing.assert_array_equal(alone.expression.toarray(), logs[[1, 3, 0]])
    assert not any("mean" in note for note in alone.notes)
    with pytest.raises(
        InputError, match=r"^cells\.h5ad: expression is log-normalised, and sums of logarithms mean noth"
    ):
        run(cells(logs, NOWHERE, is_marked=True), parcels("V3", "V1", "V1", "V2"), rule("surface"))


def random_cells(seed: int, n: int, places: int, genes: int = 9) -> tuple[sp.csr_matrix, np.ndarray]:
    random = np.random.default_rng(seed)
    matrix = sp.random(n, genes, 0.3, "csr", np.float32, random, lambda k: random.integers(1, 2**23, k))
    return matrix, random.integers(-1, places, n)


def members_of(place: np.ndarray, places: int) -> sp.csr_matrix:
    return assigned(place, [str(i) for i in range(places)], np.zeros(len(place), np.uint8)).members


def test_sums_and_means_are_those_of_a_loop_on_10_000_cells():
    matrix, place = random_cells(7, 10_000, 400)
    sums = summed(chunks(matrix, 777), members_of(place, 400), only_whole=True, file="c").values
    dense = matrix.toarray().astype(np.int64)
    expected = np.zeros((400, 9), dtype=np.int64)
    for row, number in enumerate(place):
        if number >= 0:
            expected[number] += dense[row]
    assert (sums.toarray() == expected).all()
    cells = np.bincount(place[place >= 0], minlength=400)
    np.testing.assert_allclose(means(sums, cells).toarray(), expected / cells[:, None], rtol=1e-15)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 12), st.integers(1, 25))
def test_sums_add_up_to_the_total_whatever_the_chunks_and_the_order(seed, n, m, rows):
    matrix, place = random_cells(seed, n, m)
    found = summed(chunks(matrix, rows), members_of(place, m), only_whole=True, file="c")
    whole = matrix.astype(np.float64)
    assert found.total == whole.sum()
    assert found.values.sum() == whole[place >= 0].sum()
    assert (found.values.sum(axis=0) == whole[place >= 0].sum(axis=0)).all()
    assert found.values.has_canonical_format
    order = np.random.default_rng(seed).permutation(n)
    again = summed(chunks(matrix[order], rows + 1), members_of(place[order], m), only_whole=True, file="c").values
    for part in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(again, part), getattr(found.values, part))


@pytest.mark.parametrize("kind", [np.uint8, np.int8, bool, np.int64, np.float32])
def test_narrow_types_do_not_overflow(kind):
    matrix = sp.csr_matrix(np.ones((1000, 2), dtype=kind) * kind(1 if kind is bool else 100))
    found = summed(chunks(matrix, 64), members_of(np.zeros(1000, int), 1), only_whole=True, file="c").values
    assert found.toarray().tolist() == [[1000, 1000]] if kind is bool else [[100_000, 100_000]]


def test_places_are_spots_to_the_stages_that_follow(tmp_path):
    obs = pd.DataFrame({"type": pd.Categorical(["b", None, "b", "a"]), "depth": [1.0, 2, np.nan, 4]}, index=NAMES)
    found = run(cells(obs=obs, section=np.array(["s1"] * 4)), wanted=rule(sections=True))
    spots = ad.AnnData(found.expression, obs=found.obs, obsm=found.obsm)
    write_spots(spots, tmp_path / "places.h5ad")
    again = read_spots(tmp_path / "places.h5ad")
    assert again.obs_names.tolist() == ["s1:a", "s1:b"]
    assert again.obs["place"].tolist() == ["a", "b"]
    assert again.obs["type"].tolist() == ["b", "a"]
    assert again.X.toarray().tolist() == [[5, 0, 2], [0, 3, 5]]
    assert find_coordinates(again, None, "places.h5ad").source == "spatial"
    connectivity = Table(np.array([[0.0, 7], [3, 0]]), ("b", "a"))
    source = ConnectivitySource(None, "place", "given", None, 1, "rows", "keep", "none")
    assert matched(connectivity, again.obs, source, "c.csv", "places.h5ad").connectivity.rows(0, 2).tolist() == [
        [0, 3],
        [7, 0],
    ]


MARKED = (
    "cells.h5ad: expression is log-normalised, and sums of logarithms mean nothing: bring counts (--expression_from)"
)
REFUSED: dict[str, tuple[dict[str, Any], Any, Alignment, str]] = {
    "a sum of marked logarithms": ({"is_marked": True}, None, rule(), MARKED),
    "a sum of declared logarithms": ({"values": "lognormalised"}, None, rule(), MARKED),
    "a sum of fractions": (
        {"expression": COUNTS / 2},
        None,
        rule(),
        "cells.h5ad: expression is not whole numbers, and sums of logarithms mean nothing: bring counts",
    ),
    "negative expression": (
        {"expression": -COUNTS},
        None,
        rule(),
        "cells 0 to 2: cells.h5ad: expression of spot 0, gene 0 is negative",
    ),
    "fewer rows than cells": (
        {"expression": COUNTS[:2]},
        None,
        rule(),
        "cells.h5ad: expression has 2 rows, but there are 4 cells",
    ),
    "more rows than cells": (
        {"expression": np.vstack([COUNTS, COUNTS])},
        None,
        rule(),
        "cells.h5ad: expression has more rows than there are cells, 4",
    ),
    "no cells": (
        {"expression": COUNTS[:0], "positions": POSITIONS[:0]},
        None,
        rule(),
        "cells.h5ad: has no cells to align",
    ),
    "sections that are missing": (
        {},
        None,
        rule(sections=True),
        "cells.h5ad: align_by_section needs the sections of the cells: set --section_key",
    ),
    "sections of the places alone": (
        {},
        places(section=["s"] * 3),
        rule(),
        "places.csv: its places have sections, those of the cells are missing: set --section_key",
    ),
    "a grid without a spacing": ({}, None, rule("grid"), "align is 'grid', but --grid_spacing is not set"),
    "one place for all": (
        {},
        None,
        rule("grid", spacing=100.0),
        "cells.h5ad: fewer than two places hold 1 or more cells: are all lengths in one unit",
    ),
    "a view in other units": (
        {"positions": np.full((4, 3), 300.0)},
        top_view(np.array([[0, 1]]), np.ones((2, 2), int), (1, 2, 2), "paths.h5"),
        rule("top_view", spacing=0.1),
        "cells.h5ad: fewer than two places hold 1 or more cells; 4 of 4 cells have no place and are not used: 4",
    ),
    "no cell near enough": (
        {},
        places(np.array([[0, 9], [1, 9], [2, 9]])),
        rule(distance=0.5),
        "no cell lies in a place of places.csv; the nearest place lies 9.001 from them in the median: are units",
    ),
    "other units": (
        {"positions": POSITIONS * 1000},
        None,
        rule(),
        "cells lie 586.6 from the nearest place of places.csv in the median, but places lie 1 apart: units, axes",
    ),
}


@pytest.mark.parametrize(("what", "target", "wanted", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(what, target, wanted, words):
    with pytest.raises(InputError) as raised:
        run(cells(**what), target, wanted)
    assert str(raised.value).startswith(words)
    assert "\n" not in str(raised.value)


def test_corrected_counts_are_summed_where_they_are_said_to_be_counts():
    found = run(cells(COUNTS / 2, values="counts", is_marked=True), wanted=rule(distance=1.0))
    assert found.expression.toarray().tolist() == [[2.5, 0, 1], [0, 1.5, 0]]


def test_far_cells_are_a_note_where_a_distance_is_given():
    found = run(cells(positions=np.vstack([POSITIONS[:2], [[500.0, 0], [600, 0]]])), wanted=rule(distance=1.0))
    assert any(note.endswith("do units, axes and orientation agree?") for note in found.notes)


def test_cells_that_span_little_of_the_places_are_noted():
    grid = np.stack(np.meshgrid(np.arange(100.0), np.arange(100.0)), axis=-1).reshape(-1, 2)
    target = Places(grid, np.arange(10_000).astype(str).astype(object), None, "places.csv")
    found = run(cells(positions=POSITIONS / 2), target)
    assert "the cells span 1.453, the places of places.csv 140: are both in the same unit?" in found.notes


def test_places_at_one_point_are_noted():
    found = run(cells(), places(((0, 0), (1, 0), (0, 0))))
    assert "1 of 3 places of places.csv lies where an earlier one lies, to which its cells go" in found.notes
