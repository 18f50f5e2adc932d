"""Connectivity from time series: the correlations that NumPy gives, whichever way the file lies."""

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat
from test_connectivity_files import write_73, write_h5, write_zarr

from spacon.connectivity.correlation import Correlations, correlations, partial_correlations
from spacon.connectivity.file import read_connectivity
from spacon.errors import InputError
from spacon.parameters import ConnectivitySource
from spacon.preflight.wiring import regions_within

RANDOM = np.random.default_rng(4)
SERIES = RANDOM.normal(size=(4, 30)) + RANDOM.normal(size=30) + 100
EXPECTED = np.corrcoef(SERIES)
NAMES = ["a", "b", "c", "d"]


def source(kind="pearson", key=None, lag=1, diagonal="given") -> ConnectivitySource:
    return ConnectivitySource(None, key, diagonal, kind, lag, "rows", "keep", "none")


def write(folder: Path, form: str, values: np.ndarray = SERIES, names: list[str] = NAMES) -> Path:
    """A file of time series; its name says what is in it."""
    match form:
        case "npy" | "npy, frames first":
            np.save(folder / "c.npy", values if form == "npy" else values.T)
            return folder / "c.npy"
        case "csv" | "csv, frames first":
            np.savetxt(folder / "c.csv", values if form == "csv" else values.T, delimiter=",", fmt="%.17g")
            return folder / "c.csv"
        case "tsv of XCP-D":
            pd.DataFrame(values.T, columns=names).to_csv(folder / "c.tsv", sep="\t", index=False, na_rep="n/a")
            return folder / "c.tsv"
        case "mat" | "mat, frames first":
            savemat(folder / "c.mat", {"ts": values if form == "mat" else values.T, "tr": 0.8, "mask": np.ones((1, 9))})
            return folder / "c.mat"
        case "mat 7.3" | "mat 7.3, frames first":
            write_73(folder / "c.mat", ts=values if form == "mat 7.3" else values.T, tr=np.array([[0.8]]))
            return folder / "c.mat"
        case "h5":
            write_h5(folder / "c.h5", values, "run/ts", other=np.zeros(9))
            return folder / "c.h5"
        case "h5 with names" | "h5 with names, frames first":
            write_h5(folder / "c.hdf5", values if form == "h5 with names" else values.T, names=names)
            return folder / "c.hdf5"
        case "zarr":
            write_zarr(folder / "c.zarr", values, "run/ts", chunks=(3, 7))
            return folder / "c.zarr"
        case "zarr with names" | "zarr with names, frames first":
            write_zarr(folder / "c.zarr", values if form == "zarr with names" else values.T, names=names)
            return folder / "c.zarr"
        case "csv of pandas":
            pd.DataFrame(values.T, columns=names).to_csv(folder / "c.csv")
            return folder / "c.csv"
        case "names of rows":
            pd.DataFrame(values, index=names).to_csv(folder / "c.csv.gz", header=False)
            return folder / "c.csv.gz"
        case "ptseries":
            axis = nib.cifti2.ParcelsAxis(
                names,
                [np.zeros((0, 3), int)] * len(names),
                [{"CIFTI_STRUCTURE_CORTEX_LEFT": np.array([number])} for number in range(len(names))],
                nvertices={"CIFTI_STRUCTURE_CORTEX_LEFT": 10},
            )
            time = nib.cifti2.SeriesAxis(0, 0.8, values.shape[1])
            nib.Cifti2Image(values.T, (time, axis)).to_filename(folder / "c.ptseries.nii")
            return folder / "c.ptseries.nii"
    raise AssertionError(form)


ORDERED = (
    *("npy", "npy, frames first", "csv", "csv, frames first", "h5", "zarr"),
    *("mat", "mat, frames first", "mat 7.3", "mat 7.3, frames first"),
)
NAMED = (
    *("tsv of XCP-D", "csv of pandas", "names of rows", "ptseries"),
    *("h5 with names", "h5 with names, frames first", "zarr with names", "zarr with names, frames first"),
)


def rows(found) -> np.ndarray:
    return found.connectivity.rows(0, found.connectivity.n)


@pytest.mark.parametrize("form", ORDERED)
def test_spots_in_their_order(form, tmp_path):
    spots = pd.DataFrame(index=["s1", "s2", "s3", "s4"])
    found = read_connectivity([write(tmp_path, form)], spots, source(), "spots.h5ad")
    np.testing.assert_allclose(rows(found), EXPECTED, atol=1e-12)
    assert (found.by, found.outside, found.notes) == ("order", 0, [])


@pytest.mark.parametrize("form", NAMED)
def test_spots_by_name(form, tmp_path):
    spots = pd.DataFrame(index=["d", "x", "a", "b"])
    found = read_connectivity([write(tmp_path, form)], spots, source(), "spots.h5ad")
    expected = np.zeros((4, 4))
    expected[np.ix_([0, 2, 3], [0, 2, 3])] = EXPECTED[np.ix_([3, 0, 1], [3, 0, 1])]
    np.testing.assert_allclose(rows(found), expected, atol=1e-6)
    assert isinstance(found.connectivity, Correlations)
    assert (found.by, found.outside) == ("names of spots", 1)


@pytest.mark.parametrize("form", NAMED)
def test_spots_by_region(form, tmp_path):
    spots = pd.DataFrame({"area": list("cabcc")}, index=list("12345"))
    found = read_connectivity([write(tmp_path, form)], spots, source(key="area"), "spots.h5ad")
    place = [2, 0, 1, 2, 2]
    np.testing.assert_allclose(rows(found), EXPECTED[np.ix_(place, place)], atol=1e-6)
    apart = read_connectivity([write(tmp_path, form)], spots, source(key="area", diagonal="unconnected"), "spots.h5ad")
    assert rows(apart)[0, 3] == 0


def test_spots_by_number(tmp_path):
    spots = pd.DataFrame({"place": [3, 0, 3]}, index=list("123"))
    found = read_connectivity([write(tmp_path, "npy")], spots, source(key="place"), "spots.h5ad")
    np.testing.assert_allclose(rows(found), EXPECTED[np.ix_([3, 0, 3], [3, 0, 3])], atol=1e-12)


def test_blocks_are_parts_of_the_whole(monkeypatch):
    monkeypatch.setattr("spacon.connectivity.lowrank.BLOCK_ENTRIES", 8)
    product = correlations(SERIES, None, "c.npy")
    assert product.blocks() == [(0, 2), (2, 4)]
    np.testing.assert_allclose(np.vstack([product.rows(*block) for block in product.blocks()]), EXPECTED, atol=1e-12)


def test_a_lagged_correlation_is_of_the_second_later():
    """By hand: b is a two frames later, so that from a to b, two frames later, it is 1."""
    a = RANDOM.normal(size=40)
    values = np.stack([a[2:], a[:-2]])
    product = correlations(values, 2, "c.npy")
    expected = [[np.corrcoef(one[:-2], two[2:])[0, 1] for two in values] for one in values]
    np.testing.assert_allclose(product.rows(0, 2), expected, atol=1e-12)
    assert product.rows(0, 2)[0, 1] == pytest.approx(1)
    assert abs(product.rows(0, 2)[1, 0]) < 0.5


def test_a_partial_correlation_is_of_what_others_leave():
    """a drives b and c: with a held, b and c have nothing in common, as two regressions on a show."""
    a, b, c = RANDOM.normal(size=(3, 5000))
    values = np.stack([a, a + 0.5 * b, a + 0.5 * c])
    assert np.corrcoef(values)[1, 2] > 0.7
    partial = partial_correlations(values, "c.npy")
    left = [part - part.dot(a - a.mean()) / (a - a.mean()).dot(a - a.mean()) * (a - a.mean()) for part in values[1:]]
    assert partial[1, 2] == pytest.approx(np.corrcoef(*left)[0, 1], abs=1e-9)
    assert np.diagonal(partial).tolist() == [1, 1, 1]


@pytest.mark.parametrize("kind", ["pearson", "partial", "lagged"])
@pytest.mark.parametrize("silent", [7.0, np.nan])
def test_what_never_varies_has_no_connections_and_is_counted(kind, silent, tmp_path):
    values = SERIES.copy()
    values[1] = silent
    by_name = pd.DataFrame(index=NAMES)
    found = read_connectivity([write(tmp_path, "tsv of XCP-D", values)], by_name, source(kind), "spots.h5ad")
    assert not rows(found)[1].any()
    assert not rows(found)[:, 1].any()
    assert found.outside == 1
    (note,) = found.notes
    assert note == "1 of 4 spots has a time series in c.tsv that never varies or has no numbers, and no connections"
    regions = pd.DataFrame({"area": list("abbc")}, index=list("1234"))
    again = read_connectivity([tmp_path / "c.tsv"], regions, source(kind, "area"), "spots.h5ad")
    assert again.outside == 2


def test_one_region_alone_is_not_taken_for_a_series_that_never_varies(tmp_path):
    """Within it nothing is connected, by choice; its series varies."""
    spots = pd.DataFrame({"area": list("aa")}, index=list("12"))
    apart = source(key="area", diagonal="unconnected")
    found = read_connectivity([write(tmp_path, "tsv of XCP-D")], spots, apart, "spots.h5ad")
    assert not rows(found).any()
    assert (found.outside, len(found.notes)) == (0, 1)  # of the three regions without spots


@pytest.mark.parametrize("regions", ["aabc", "aab?", "ccbd"])
def test_a_region_whose_series_never_varies_is_a_region(regions, tmp_path):
    values = SERIES.copy()
    values[1] = 7
    spots = pd.DataFrame({"area": list(regions)}, index=list("1234"))
    found = read_connectivity([write(tmp_path, "tsv of XCP-D", values)], spots, source(key="area"), "spots.h5ad")
    own = len(set(regions) - {"?"})
    assert regions_within(found, 0.5) == (own - 1, own)
    assert found.outside == 1 + ("?" in regions)


WRONG = {
    "a missing frame": (np.where(np.arange(30) == 5, np.nan, SERIES), 4, "pearson", "frame 5 of place 0 is nan"),
    "another number of spots": (SERIES, 5, "pearson", "have shape (5, frames) or (frames, 5), found (4, 30)"),
    "as many frames as spots": (SERIES[:, :4], 4, "pearson", "found (4, 4)"),
    "too few frames": (SERIES[:, :4], 4, "lagged", "found (4, 4)"),
    "a lag too long": (SERIES[:, :5], 4, "lagged", "there are 5 frames; a lag of 3 needs at least 6"),
    "too few frames for partial ones": (SERIES.T[:, :4].T[:, :4], 4, "partial", "found (4, 4)"),
    "a copy, partial": (SERIES[[0, 1, 2, 0]], 4, "partial", "one time series follows from others"),
    "a clock": (
        np.vstack([SERIES[:3], np.arange(30) * 0.8]),
        4,
        "partial",
        "3 grows by the same in every frame, as a clock",
    ),
    "one dimension": (SERIES[0], 4, "pearson", "time series must be places x frames, found shape (30,)"),
    "text": (SERIES.astype(str), 4, "pearson", "must be real numbers"),
}


@pytest.mark.parametrize(("values", "spots", "kind", "words"), WRONG.values(), ids=WRONG)
def test_refused_in_one_line(values, spots, kind, words, tmp_path):
    np.save(tmp_path / "c.npy", values)
    table = pd.DataFrame(index=[str(spot) for spot in range(spots)])
    with pytest.raises(InputError) as raised:
        read_connectivity([tmp_path / "c.npy"], table, source(kind, lag=3), "spots.h5ad")
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("write_file", [savemat, lambda path, file: write_73(path, **file)], ids=["5", "7.3"])
def test_of_several_arrays_one_is_named(write_file, tmp_path):
    write_file(tmp_path / "c.mat", {"rest": SERIES, "task": SERIES[::-1] ** 2})
    spots = pd.DataFrame(index=NAMES)
    with pytest.raises(InputError, match=r"c\.mat: has 2 arrays that may be time series: choose one by --conn"):
        read_connectivity([tmp_path / "c.mat"], spots, source(), "spots.h5ad")
    named = replace(source(), connectivity_variable="task")
    found = read_connectivity([tmp_path / "c.mat"], spots, named, "spots.h5ad")
    np.testing.assert_allclose(rows(found), np.corrcoef(SERIES[::-1] ** 2), atol=1e-12)
    with pytest.raises(InputError, match=r"c\.mat: has no array of numbers 'tsak'; did you mean 'task'\?"):
        read_connectivity([tmp_path / "c.mat"], spots, replace(named, connectivity_variable="tsak"), "spots.h5ad")


def test_of_several_arrays_of_hdf5_one_is_named(tmp_path):
    write_h5(tmp_path / "c.h5", SERIES, "rest/ts", **{"task/ts": SERIES[::-1] ** 2})
    spots = pd.DataFrame(index=NAMES)
    with pytest.raises(InputError, match=r"c\.h5: has 2 arrays that may be time series"):
        read_connectivity([tmp_path / "c.h5"], spots, source(), "spots.h5ad")
    named = replace(source(), connectivity_variable="/task/ts")
    found = read_connectivity([tmp_path / "c.h5"], spots, named, "spots.h5ad")
    np.testing.assert_allclose(rows(found), np.corrcoef(SERIES[::-1] ** 2), atol=1e-12)
    write_h5(tmp_path / "one.h5", SERIES[0])
    with pytest.raises(InputError, match=r"one\.h5: has no array of places x frames; found 'm' \(30,\)"):
        read_connectivity([tmp_path / "one.h5"], spots, source(), "spots.h5ad")


def test_other_files_are_refused(tmp_path):
    spots = pd.DataFrame(index=NAMES)
    (tmp_path / "c.npz").touch()
    with pytest.raises(InputError, match=r"c\.npz: time series must be a file of one of these kinds: \.npy, \.csv, "):
        read_connectivity([tmp_path / "c.npz"], spots, source(), "spots.h5ad")
    matrix = pd.DataFrame(EXPECTED, index=NAMES, columns=NAMES)
    matrix.to_csv(tmp_path / "m.csv")
    with pytest.raises(InputError, match=r"m\.csv: rows and columns have the same names.*leave out --time_series"):
        read_connectivity([tmp_path / "m.csv"], spots, source(), "spots.h5ad")
    both = pd.DataFrame(SERIES, index=NAMES, columns=[f"t{frame}" for frame in range(30)])
    both.to_csv(tmp_path / "c.csv", index_label="place")
    with pytest.raises(InputError, match=r"rows and columns have names: leave out those of the frames"):
        read_connectivity([tmp_path / "c.csv"], spots, source(), "spots.h5ad")
