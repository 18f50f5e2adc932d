"""Connectivity as a product of two thin matrices: the same as of the whole matrix, which is never made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat
from test_connectivity_files import write_73

from spacon.connectivity.correlation import Correlations, movie_correlations
from spacon.connectivity.file import read_connectivity
from spacon.connectivity.forms import Dense, check_finite
from spacon.connectivity.lowrank import LowRank
from spacon.connectivity.matching import Matched
from spacon.connectivity.meaning import meant
from spacon.errors import InputError
from spacon.graphs.connection import connection_graph
from spacon.parameters import ConnectionRule, ConnectivitySource

RANDOM = np.random.default_rng(11)
# Six voxels of three experiments; by hand, from voxel 0 to voxel 1: 1 * 4 + 2 * 0 + 0 * 1 = 4.
WEIGHTS = np.array([[1, 2, 0], [0, 1, 3], [2, 0, 1], [1, 1, 1], [0, 0, 2], [3, 1, 0]], dtype=float)
NODES = np.array([[2, 4, 0, 1, 0, 3], [1, 0, 5, 0, 2, 0], [0, 1, 0, 3, 0, 1]], dtype=float)
VOXELS = WEIGHTS @ NODES
# Images of 2 x 3 pixels and four components; pixels 1 and 5 are outside of the brain.
U = RANDOM.normal(size=(2, 3, 4))
U[0, 1] = 0
U[1, 2] = np.nan
SVT = RANDOM.normal(size=(4, 50)).cumsum(axis=1) + 5
MOVIE = np.nan_to_num(U.reshape(6, 4)) @ SVT


def source(**given: Any) -> ConnectivitySource:
    plain = {
        "connectivity_variable": None,
        "region_key": None,
        "region_diagonal": "given",
        "time_series": None,
        "lag": 1,
    }
    meaning = {"connection_direction": "rows", "negative": "keep", "connectivity_transform": "none"}
    return ConnectivitySource(**plain | meaning | given)


def spots(**columns: Any) -> pd.DataFrame:
    n = len(next(iter(columns.values()))) if columns else 6
    return pd.DataFrame(columns, index=[f"s{number}" for number in range(n)])


def save(folder: Path, **arrays: np.ndarray) -> list[Path]:
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values)
    return [folder / f"{name}.npy" for name in arrays]


def save_text(folder: Path) -> list[Path]:
    """As Allen's voxel model comes: numbers alone, gzipped."""
    paths = [folder / "nodes.csv.gz", folder / "weights.csv.gz"]
    for path, values in zip(paths, (NODES, WEIGHTS), strict=True):
        np.savetxt(path, values, delimiter=",")
    return paths


def rows(found: Matched) -> np.ndarray:
    return found.connectivity.rows(0, found.connectivity.n)


def correlated(movie: np.ndarray, lag: int = 0) -> np.ndarray:
    """Correlations in NumPy's words, 0 for what never varies."""
    m = len(movie)
    with np.errstate(invalid="ignore"):
        whole = np.corrcoef(movie[:, : movie.shape[1] - lag], movie[:, lag:])
    return np.nan_to_num(whole[:m, m:])


PAIRS: dict[str, Callable[[Path], list[Path]]] = {
    "text": save_text,
    "arrays": lambda folder: save(folder, weights=WEIGHTS, nodes=NODES),
    "arrays, the other way round": lambda folder: save(folder, nodes=NODES, weights=WEIGHTS),
    "names that say nothing": lambda folder: save(folder, b=NODES, a=WEIGHTS),
    "whole numbers": lambda folder: save(folder, b=NODES.astype(np.int16), a=WEIGHTS.astype(np.uint8)),
}


@pytest.mark.parametrize("form", PAIRS)
def test_voxels_in_their_order(form, tmp_path):
    found = read_connectivity(PAIRS[form](tmp_path), spots(), source(), "spots.h5ad")
    assert isinstance(found.connectivity, LowRank)
    assert rows(found)[0, 1] == 4
    np.testing.assert_array_equal(rows(found), VOXELS)
    assert (found.by, found.outside, found.notes) == ("order", 0, [])


def test_names_are_told_from_text_and_matched(tmp_path):
    names = [f"v{number}" for number in range(6)]
    pd.DataFrame(WEIGHTS, index=names).to_csv(tmp_path / "weights.csv")
    pd.DataFrame(NODES, columns=names).to_csv(tmp_path / "nodes.csv", index=False)
    paths = [tmp_path / "weights.csv", tmp_path / "nodes.csv"]
    table = pd.DataFrame(index=["v5", "x", "v0"])
    found = read_connectivity(paths, table, source(), "spots.h5ad")
    np.testing.assert_array_equal(
        rows(found), [[VOXELS[5, 5], 0, VOXELS[5, 0]], [0, 0, 0], [VOXELS[0, 5], 0, VOXELS[0, 0]]]
    )
    assert (found.by, found.outside) == ("names of spots", 1)


PLACES = np.array([4, 0, 4, -1, 2, 0])


@pytest.mark.parametrize("direction", ["rows", "columns", "both"])
@pytest.mark.parametrize("diagonal", ["given", "connected", "unconnected"])
def test_spots_share_voxels(direction, diagonal, tmp_path):
    """Voxels 0, 2 and 4 are used; the largest entry between two of them is the product of one's weights and nodes."""
    paths = save(tmp_path, weights=WEIGHTS, nodes=NODES)
    how = source(region_key="voxel", region_diagonal=diagonal, connection_direction=direction)
    found = read_connectivity(paths, spots(voxel=PLACES), how, "spots.h5ad")
    used = VOXELS[np.ix_([0, 2, 4], [0, 2, 4])]
    between = VOXELS.copy()
    if diagonal != "given":
        largest = used[~np.eye(3, dtype=bool)].max()
        np.fill_diagonal(between, largest if diagonal == "connected" else 0)
    between = {"rows": between, "columns": between.T, "both": (between + between.T) / 2}[direction]
    expected = between[np.ix_(PLACES, PLACES)]
    expected[PLACES < 0] = 0
    expected[:, PLACES < 0] = 0
    np.testing.assert_allclose(rows(found), expected, atol=1e-12)
    assert found.by == "index of places"
    assert found.outside == 1


@pytest.mark.parametrize("lag", [None, 1, 7])
def test_a_movie_is_correlated_without_being_made(lag, tmp_path):
    paths = save(tmp_path, SVTcorr=SVT, U_atlas=U)
    how = source(time_series="pearson" if lag is None else "lagged", lag=lag or 1)
    found = read_connectivity(paths, spots(), how, "spots.h5ad")
    assert isinstance(found.connectivity, Correlations)
    assert found.connectivity.left.shape == (6, 4)
    assert found.image == U.shape[:2]
    np.testing.assert_allclose(rows(found), correlated(MOVIE, lag or 0), atol=1e-10)
    assert found.silent == found.outside == 2
    assert found.notes == [
        "2 of 6 spots have a time series in SVTcorr.npy and U_atlas.npy that never varies or has no numbers, and no "
        "connections"
    ]


@pytest.mark.parametrize("write", [savemat, lambda path, file: write_73(path, **file)], ids=["5", "7.3"])
def test_a_movie_in_one_file_of_matlab(write, tmp_path):
    """LocaNMF's: pixels in C order, whatever order MATLAB has."""
    write(tmp_path / "locanmf.mat", {"A": U, "C": SVT, "T": np.eye(5)})
    found = read_connectivity([tmp_path / "locanmf.mat"], spots(), source(time_series="pearson"), "spots.h5ad")
    assert found.image == U.shape[:2]
    np.testing.assert_allclose(rows(found), correlated(MOVIE), atol=1e-10)


def test_pixels_by_number_of_which_several_spots_are_in_one(tmp_path):
    pixel = [3, 3, 0, 1, 4]
    how = source(time_series="pearson", region_key="pixel", region_diagonal="unconnected")
    found = read_connectivity(save(tmp_path, U=U, SVT=SVT), spots(pixel=pixel), how, "spots.h5ad")
    expected = correlated(MOVIE)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(rows(found), expected[np.ix_(pixel, pixel)], atol=1e-10)
    assert (found.by, found.silent) == ("index of places", 1)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["drop", "absolute", "keep"]), st.sampled_from([None, 0.3]))
def test_the_graph_is_that_of_the_whole_matrix(seed, negative, decay):
    random = np.random.default_rng(seed)
    left, right = random.normal(size=(2, 20, 3))
    how, place = source(negative=negative), random.random((20, 2))
    rule = ConnectionRule(decay, None, 0.4, 0.3, None)
    thin, whole = (meant(form, how) for form in (LowRank(left, right), Dense(left @ right.T)))
    one, two = (connection_graph(form, place, rule) for form in (thin, whole))
    np.testing.assert_array_equal(one[0].toarray(), two[0].toarray())
    assert one[1] == two[1]


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.sampled_from([None, 2]))
def test_a_movie_of_any_rank(seed, components, lag):
    """Fewer components than there are, and parts with a large mean."""
    random = np.random.default_rng(seed)
    spatial, temporal = random.normal(size=(9, components)), random.normal(size=(components, 12)) + 1000
    temporal[-1] = temporal[0]
    expected = correlated(spatial @ temporal, lag or 0)
    found = movie_correlations(spatial, temporal, lag, "U").rows(0, 9)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_pixel_whose_parts_cancel_never_varies():
    spatial = np.array([[1.0, -1.0], [1.0, 0.5], [2.0, 1.0]])
    temporal = np.stack([RANDOM.normal(size=30)] * 2)
    found = movie_correlations(spatial, temporal, None, "U").rows(0, 3)
    np.testing.assert_allclose(found, [[0, 0, 0], [0, 1, 1], [0, 1, 1]], atol=1e-12)


def test_what_is_too_large_for_its_type_is_found():
    huge = np.full((2, 2), 1e20, dtype=np.float32)
    with np.errstate(over="ignore"), pytest.raises(InputError, match=r"c: entry \[0, 1\] is inf"):
        check_finite(LowRank(huge, huge), "c")
    check_finite(LowRank(huge.astype(np.float64), huge), "c")


HOLED = np.where(np.arange(18).reshape(6, 3) == 7, np.nan, WEIGHTS)
GAP = np.where(np.arange(24).reshape(2, 3, 4) == 9, np.nan, np.nan_to_num(U))
REFUSED: dict[str, tuple[dict[str, np.ndarray], dict[str, Any], str]] = {
    "other voxels than sources": (
        {"weights": WEIGHTS, "nodes": NODES[:, :5]},
        {},
        "weights.npy (6, 3) and nodes.npy (3, 5) do not fit: places x components and components x the same places",
    ),
    "both are tall": (
        {"weights": WEIGHTS, "nodes": NODES.T},
        {},
        "weights.npy (6, 3) and nodes.npy (6, 3) do not fit",
    ),
    "either could be first": (
        {"a": np.eye(6), "b": np.eye(6)},
        {},
        "a.npy (6, 6) and b.npy (6, 6) can be multiplied both ways: name the file of places x components weights",
    ),
    "a number is missing": ({"weights": HOLED, "nodes": NODES}, {}, "weights.npy: entry [2, 1] is nan; numbers are"),
    "other spots": (
        {"weights": WEIGHTS[:5], "nodes": NODES[:, :5]},
        {},
        "connectivity is of 5 spots, but spots.h5ad has 6",
    ),
    "images of no movie": ({"weights": U, "nodes": SVT}, {}, "weights.npy (6, 4) and nodes.npy (4, 50) do not fit"),
    "a part of a pixel": (
        {"U": GAP, "SVT": SVT},
        {"time_series": "pearson"},
        "U.npy and SVT.npy: component 1 of place 2 is nan; numbers are required",
    ),
    "a missing frame": (
        {"U": U, "SVT": np.where(np.arange(50) == 6, np.inf, SVT)},
        {"time_series": "pearson"},
        "SVT.npy: entry [0, 6] is inf; numbers are required",
    ),
    "partial": (
        {"U": U, "SVT": SVT},
        {"time_series": "partial"},
        "there are no partial correlations of 6 time series that all follow from 4 components",
    ),
    "too long a lag": (
        {"U": U, "SVT": SVT},
        {"time_series": "lagged", "lag": 48},
        "there are 50 frames; a lag of 48 needs at least 51",
    ),
    "one dimension": ({"weights": WEIGHTS[0], "nodes": NODES}, {}, "weights.npy: must be a matrix, or height x width"),
    "a variable": (
        {"weights": WEIGHTS, "nodes": NODES},
        {"connectivity_variable": "m"},
        "leave out --connectivity_var",
    ),
    "complex": ({"weights": WEIGHTS * 1j, "nodes": NODES}, {}, "weights.npy: connectivity must be real numbers"),
    "three files": ({"a": WEIGHTS, "b": NODES, "c": NODES}, {}, "or in two whose product it is; there are 3"),
}


@pytest.mark.parametrize(("arrays", "given", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(arrays, given, words, tmp_path):
    with pytest.raises(InputError) as raised:
        read_connectivity(save(tmp_path, **arrays), spots(), source(**given), "spots.h5ad")
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_other_kinds_are_refused(tmp_path):
    (tmp_path / "nodes.h5").touch()
    (weights,) = save(tmp_path, weights=WEIGHTS)
    with pytest.raises(InputError, match=r"^nodes\.h5: of connectivity in two files, each must be of one of"):
        read_connectivity([weights, tmp_path / "nodes.h5"], spots(), source(), "spots.h5ad")


def test_names_that_differ_or_repeat_are_refused(tmp_path):
    paths = [tmp_path / "weights.csv", tmp_path / "nodes.csv"]
    pd.DataFrame(WEIGHTS, index=list("abcdef")).to_csv(paths[0])
    pd.DataFrame(NODES, columns=list("abcdeg")).to_csv(paths[1], index=False)
    with pytest.raises(
        InputError, match=r"weights\.csv and nodes\.csv: the names of rows of one and of columns of the"
    ):
        read_connectivity(paths, spots(), source(), "spots.h5ad")
    pd.DataFrame(WEIGHTS, index=list("abcdea")).to_csv(paths[0])
    pd.DataFrame(NODES).to_csv(paths[1], index=False, header=False)
    with pytest.raises(InputError, match=r"weights\.csv: names of places repeat"):
        read_connectivity(paths, spots(), source(), "spots.h5ad")
