"""Bad input: one line that names file, column or key, what was found and what is allowed; status 2; nothing written."""

import importlib
import os
import pickle
import subprocess
import sys
import warnings

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from click.testing import CliRunner
from conftest import ROOT

N, GENES = 30, 20
HIDDEN = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
GOOD = {
    "expression_values": "auto",
    "hvg_above": 5000,
    "n_top_genes": 3000,
    "spatial_rule": "knn",
    "spatial_neighbors": 5,
    "cluster_neighbors": 10,
    "refine_neighbors": 0,
    "widths": "12,8,4",
    "connectivity_threshold": 0.1,
    "retained_fraction": 1.0,
    "batch_size": 8,
    "fanouts": "4,2",
    "no_reconstruction": True,
    "device": "cpu",
}


def good_spots():
    generator = np.random.default_rng(0)
    spots = ad.AnnData(generator.poisson(3, (N, GENES)).astype(np.float32))
    spots.obs_names = [f"s{number}" for number in range(N)]
    spots.obs["section"] = pd.Categorical(np.array(["front", "middle", "back"])[np.minimum(np.arange(N) // 11, 2)])
    spots.obs["ganglion"] = pd.Categorical(["a", "b"] * (N // 2))
    spots.obsm["spatial"] = generator.random((N, 2))
    return spots


def good_matrix():
    return np.random.default_rng(1).random((N, N)).astype(np.float32)


@pytest.fixture
def files(tmp_path):
    """Return a folder with a good spots.h5ad, matrix.npy, preprocessed.h5ad and graph.npz."""
    spots = good_spots()
    spots.write_h5ad(tmp_path / "spots.h5ad")
    spots.write_h5ad(tmp_path / "preprocessed.h5ad")
    np.save(tmp_path / "matrix.npy", good_matrix())
    sp.save_npz(tmp_path / "graph.npz", sp.csr_matrix(np.ones((N, N), dtype=np.float32)))
    return tmp_path


def arguments(folder, given):
    """Turn names into options; names of files are those in `folder`, whether they are there or not."""
    words = []
    for name, value in given.items():
        is_path = isinstance(value, str) and value.endswith((".h5ad", ".npy", ".npz", ".csv", ".json", ".safetensors"))
        if value is None:
            continue
        flag = f"--{name.replace('_', '-')}"
        words += [flag] if value is True else [flag, str(folder / value) if is_path else str(value)]
    return words


def validation(given):
    return {"expression": "spots.h5ad", "connectivity": "matrix.npy", "output": "out.json"} | GOOD | given


def refused(folder, script, given, *, log=False):
    """Run a script in this process; return the line with which it refuses. With `log`, other lines may precede it."""
    before = sorted(folder.iterdir())
    main = importlib.import_module(script).main
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        done = CliRunner().invoke(main, arguments(folder, given))
    lines = done.stderr.splitlines()
    assert isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code == 2
    assert [line.startswith("error: ") for line in lines] == [False] * (len(lines) - 1) + [True], lines
    assert log or len(lines) == 1
    # Python itself would write these on standard error; it hides warnings of coming changes.
    assert [str(each.message) for each in warned if not issubclass(each.category, HIDDEN)] == []
    assert done.stdout == ""
    assert sorted(folder.iterdir()) == before
    return lines[-1]


def assert_says(line, words):
    missing = [word for word in words if word not in line]
    assert not missing, f"{missing} not in: {line}"


def test_good_input_passes(files):
    done = CliRunner().invoke(
        importlib.import_module("validate").main, arguments(files, validation({})), catch_exceptions=False
    )
    assert done.exit_code == 0
    assert '"spots": 30' in (files / "out.json").read_text()


OPTIONS = {
    "no such expression": ({"expression": "none.h5ad"}, ["--expression", "none.h5ad", "does not exist"]),
    "no such matrix": ({"connectivity": "none.npy"}, ["--connectivity", "none.npy", "does not exist"]),
    "coordinates": ({"coordinates": "spatal"}, ["spots.h5ad", "'spatal'", "did you mean 'spatial'?"]),
    "columns of coordinates": ({"coordinates": "x,y"}, ["spots.h5ad", "'x,y'", "'spatial'"]),
    "section column": ({"section_key": "secton"}, ["spots.h5ad", "'secton'", "did you mean 'section'?"]),
    "section in the order": (
        {"section_key": "section", "section_order": "front,midle,back"},
        ["spots.h5ad", "section_order", "'midle'", "did you mean 'middle'?", "'back'"],
    ),
    "section twice": (
        {"section_key": "section", "section_order": "front,middle,back,front"},
        ["spots.h5ad", "section_order", "'front'", "twice"],
    ),
    "section left out": (
        {"section_key": "section", "section_order": "front,middle"},
        ["spots.h5ad", "section_order", "'back'"],
    ),
    "reference column": ({"reference_key": "ganglia"}, ["spots.h5ad", "'ganglia'", "did you mean 'ganglion'?"]),
    "too many neighbours in space": ({"spatial_neighbors": 30}, ["spots.h5ad", "spatial_neighbors", "30", "29"]),
    "too many neighbours in a section": (
        {"section_key": "section", "spatial_neighbors": 10},
        ["spots.h5ad", "spatial_neighbors", "10", "at most 7", "'back'"],
    ),
    "too many neighbours in the mix": ({"cluster_neighbors": 31}, ["spots.h5ad", "cluster_neighbors", "31", "29"]),
    "too many refining": ({"refine_neighbors": 30}, ["spots.h5ad", "refine_neighbors", "30", "29"]),
    "widths that rise": ({"widths": "4,8,12"}, ["spots.h5ad", "widths", "[4, 8, 12]", "20 genes"]),
    "widths above the genes": ({"widths": "20,8,4"}, ["spots.h5ad", "widths", "[20, 8, 4]", "20 genes"]),
    "widths above the kept genes": (
        {"hvg_above": 19, "n_top_genes": 10},
        ["spots.h5ad", "widths", "[12, 8, 4]", "10 genes"],
    ),
    "two widths": ({"widths": "8,4"}, ["widths", "[8, 4]", "three"]),
    "widths of letters": ({"widths": "8,four,2"}, ["widths", "8,four,2", "int"]),
    "number of letters": ({"spatial_neighbors": "five"}, ["--spatial-neighbors", "five", "integer"]),
    "kind of expression": ({"expression_values": "count"}, ["--expression-values", "'count'", "counts"]),
    "spatial rule": ({"spatial_rule": "knnn"}, ["--spatial-rule", "'knnn'", "radius"]),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_option(files, case):
    given, words = OPTIONS[case]
    assert_says(refused(files, "validate", validation(given)), words)


def scaled(spots):
    spots.X = spots.X / 7


def marked(spots):
    spots.uns["log1p"] = {}


def put(value, sparse=False):
    def change(spots):
        spots.X[2, 3] = value
        spots.X = sp.csr_matrix(spots.X) if sparse else spots.X

    return change


def rename(spots):
    spots.obs_names = [*spots.obs_names[:-1], "s7"]


def place(values):
    def change(spots):
        spots.obsm["spatial"] = values

    return change


def nowhere(spots):
    del spots.obsm["spatial"]
    spots.obs["row"] = 1


PLACES = np.random.default_rng(2).random((N, 4))
SPOTS = {
    "NaN": (put(np.nan), ["spot 2", "gene 3", "not a finite number", "nan"]),
    "NaN, sparse": (put(np.nan, sparse=True), ["spot 2", "gene 3", "not a finite number", "nan"]),
    "infinite": (put(np.inf), ["spot 2", "gene 3", "not a finite number", "inf"]),
    "negative": (put(-1), ["spot 2", "gene 3", "negative", "-1"]),
    "negative, sparse": (put(-1, sparse=True), ["spot 2", "gene 3", "negative", "-1"]),
    "repeated name": (rename, ["spot name", "'s7'", "2 times"]),
    "no coordinates": (nowhere, ["no coordinates", "spatial_3d", "--coordinates x,y", "(columns of numbers: row)"]),
    "one point": (place(np.ones((N, 2))), ["'spatial'", "all 30 spots at one point"]),
    "one coordinate": (place(PLACES[:, :1]), ["'spatial'", "(30, 1)", "two or three"]),
    "four coordinates": (place(PLACES), ["'spatial'", "(30, 4)", "two or three"]),
    "NaN coordinate": (place(np.where(PLACES[:, :2] == PLACES[4, 1], np.nan, PLACES[:, :2])), ["'spatial'", "spot 4"]),
    "neither counts nor marked": (scaled, ["expression_values", "not whole numbers", "--expression_values counts or"]),
    "counts, but marked": (marked, ["expression_values", "whole numbers but", "--expression_values counts or"]),
}


@pytest.mark.parametrize("case", SPOTS)
def test_spots(files, case):
    change, words = SPOTS[case]
    spots = good_spots()
    change(spots)
    spots.write_h5ad(files / "spots.h5ad")
    assert_says(refused(files, "validate", validation({})), ["spots.h5ad", *words])


def test_one_spot(files):
    good_spots()[:1].copy().write_h5ad(files / "spots.h5ad")
    assert_says(refused(files, "validate", validation({})), ["spots.h5ad", "number of spots is 1", "at least 4"])


def test_no_expression(files):
    spots = good_spots()
    ad.AnnData(obs=spots.obs, obsm={"spatial": spots.obsm["spatial"]}).write_h5ad(files / "spots.h5ad")
    assert_says(refused(files, "validate", validation({})), ["spots.h5ad", "no expression", "X"])


def hdf5(**datasets):
    def write(path):
        with h5py.File(path, "w") as file:
            for name, values in datasets.items():
                file[name] = values

    return write


def cut(path):
    path.write_bytes(path.read_bytes()[:2000])


def replace_x(values):
    def write(path):
        with h5py.File(path, "a") as file:
            del file["X"]
            stored = file.create_dataset("X", data=values)
            stored.attrs["encoding-type"] = "array" if values.dtype.kind != "O" else "string-array"
            stored.attrs["encoding-version"] = "0.2.0"

    return write


NOT_H5AD = {
    "text": lambda path: path.write_text("spot,gene\n"),
    "nothing": lambda path: path.write_bytes(b""),
    "cut off": cut,
    "other HDF5": hdf5(matrix=np.ones((3, 3))),
    "empty HDF5": hdf5(),
    "HDF5 with X alone": hdf5(X=np.ones((3, 3))),
    "more rows than names": replace_x(np.ones((N + 1, GENES))),
}


@pytest.mark.parametrize("script", ["validate", "preprocess"])
@pytest.mark.parametrize("case", NOT_H5AD)
def test_not_h5ad(files, case, script):
    NOT_H5AD[case](files / "spots.h5ad")
    assert_says(refused(files, script, GIVEN[script]), ["spots.h5ad", "h5ad"])


def test_expression_of_text(files):
    replace_x(np.full((N, GENES), "high", dtype=object))(files / "spots.h5ad")
    assert_says(refused(files, "validate", validation({})), ["spots.h5ad", "X", "numbers"])


def test_expression_of_complex_numbers(files):
    replace_x(np.full((N, GENES), 1 + 2j))(files / "spots.h5ad")
    assert_says(refused(files, "validate", validation({})), ["spots.h5ad", "X", "complex"])


def with_entry(value):
    matrix = good_matrix()
    matrix[4, 6] = value
    return matrix


def array(values):
    return lambda path: np.save(path, values, allow_pickle=True)


def archive(**arrays):
    return lambda path: np.savez(path, **arrays)


INDEX = np.arange(N) % 4
MATRICES = {
    "not square": ("matrix.npy", array(np.ones((30, 29))), ["square", "(30, 29)"]),
    "three dimensions": ("matrix.npy", array(np.ones((30, 30, 2))), ["square", "(30, 30, 2)"]),
    "other size": ("matrix.npy", array(np.ones((29, 29))), ["29", "spots.h5ad", "30"]),
    "NaN": ("matrix.npy", array(with_entry(np.nan)), ["[4, 6]", "nan"]),
    "infinite": ("matrix.npy", array(with_entry(-np.inf)), ["[4, 6]", "-inf"]),
    "NaN, sparse": ("matrix.npz", lambda path: sp.save_npz(path, sp.csr_matrix(with_entry(np.nan))), ["[4, 6]", "nan"]),
    "text entries": ("matrix.npy", array(np.full((30, 30), "a")), ["real numbers", "<U1"]),
    "durations": ("matrix.npy", array(np.zeros((30, 30), "m8[s]")), ["real numbers", "timedelta"]),
    "objects": ("matrix.npy", array(np.full((30, 30), None)), ["NumPy array"]),
    "pickle": ("matrix.npy", lambda path: path.write_bytes(pickle.dumps([1])), ["NumPy array"]),
    "text": ("matrix.npy", lambda path: path.write_text("1 2 3"), ["NumPy array"]),
    "nothing, .npy": ("matrix.npy", lambda path: path.write_bytes(b""), ["NumPy array"]),
    "nothing, .npz": ("matrix.npz", lambda path: path.write_bytes(b""), [".npz"]),
    "archive named .npy": (
        "matrix.npy",
        lambda path: (path.with_suffix(".npz"), np.savez(path.with_suffix(".npz"), a=1))[0].rename(path),
        ["NumPy array"],
    ),
    "array named .npz": ("matrix.npz", lambda path: np.save(path.open("wb"), good_matrix()), [".npz"]),
    "other kind of file": ("matrix.csv", lambda path: path.write_text("1,2"), [".npy", ".npz"]),
    "archive of other arrays": ("matrix.npz", archive(a=INDEX, b=INDEX), ["['a', 'b']", "'values' and 'index'"]),
    "objects, factored": ("matrix.npz", archive(values=np.full((4, 4), None), index=INDEX), [".npz"]),
    "NaN, factored": ("matrix.npz", archive(values=np.full((4, 4), np.nan), index=INDEX), ["[0, 0]", "nan"]),
    "index too high": ("matrix.npz", archive(values=np.eye(3), index=INDEX), ["'index'", "spot 3 is 3", "0 to 2"]),
    "index below 0": ("matrix.npz", archive(values=np.eye(4), index=INDEX - 1), ["'index'", "spot 0 is -1", "0 to 3"]),
    "index of fractions": ("matrix.npz", archive(values=np.eye(4), index=INDEX / 2), ["'index'", "whole", "float64"]),
    "index of another length": ("matrix.npz", archive(values=np.eye(4), index=INDEX[1:]), ["29", "30"]),
}


@pytest.mark.parametrize("case", MATRICES)
def test_matrix(files, case):
    name, write, words = MATRICES[case]
    write(files / name)
    assert_says(refused(files, "validate", validation({"connectivity": name})), [name, *words])


TRAINING = {
    "expression": "preprocessed.h5ad",
    "spatial_graph": "graph.npz",
    "connection_graph": "graph.npz",
    "widths": "12,8,4",
    "fusion": "concat",
    "attention_dropout": 0.1,
    "epochs": 1,
    "batch_size": 10,
    "fanouts": "5,5",
    "learning_rate": 0.001,
    "weight_decay": 0.0,
    "gradient_clip": 5.0,
    "seed": 1,
    "precision": "float32",
    "device": "cpu",
    "threads": 1,
    "model": "model.safetensors",
    "history": "history.csv",
}
GIVEN = {
    "validate": validation({}),
    "preprocess": {
        "sample": "one",
        "expression": "spots.h5ad",
        "expression_values": "auto",
        "hvg_above": 5000,
        "n_top_genes": 3000,
        "output": "out.h5ad",
    },
    "spatial_graph": {
        "expression": "preprocessed.h5ad",
        "spatial_rule": "knn",
        "spatial_neighbors": 5,
        "self_loops": True,
        "output": "out.npz",
    },
    "connection_graph": {
        "expression": "preprocessed.h5ad",
        "connectivity": "matrix.npy",
        "connectivity_threshold": 0.5,
        "retained_fraction": 1.0,
        "threads": 1,
        "output": "out.npz",
        "summary": "out.json",
    },
    "train": TRAINING,
    "cluster": {
        "expression": "preprocessed.h5ad",
        "fused": "fused.npz",
        "cluster_method": "leiden",
        "resolution": 1.0,
        "refine_neighbors": 0,
        "output": "out.npz",
    },
}
LATER = {
    "wrong coordinates": ("preprocess", {"coordinates": "spatal"}, ["spots.h5ad", "did you mean 'spatial'?"]),
    "wrong kind of expression": (
        "preprocess",
        {"expression_values": "count"},
        ["--expression-values", "'count'", "'counts'"],
    ),
    "too many neighbours": ("spatial_graph", {"spatial_neighbors": 30}, ["spatial_neighbors", "30", "29"]),
    "no radius": ("spatial_graph", {"spatial_rule": "radius"}, ["spatial_rule", "spatial_radius"]),
    "no section radius": (
        "spatial_graph",
        {"spatial_rule": "radius", "spatial_radius": 1, "section_key": "section"},
        ["section_radius"],
    ),
    "section column": ("spatial_graph", {"section_key": "secton"}, ["preprocessed.h5ad", "did you mean 'section'?"]),
    "empty after the threshold": (
        "connection_graph",
        {"connectivity_threshold": 2.5},
        ["matrix.npy", "connectivity_threshold", "2.5", "between two spots is 0.9989"],
    ),
    "percentile without decay": ("connection_graph", {"near_percentile": 30}, ["near_percentile", "distance_decay"]),
    "widths": ("train", {"widths": "4,8,12"}, ["widths", "[4, 8, 12]", "20 genes"]),
    "missing option with a choice": ("train", {"fusion": None}, ["--fusion", "concat", "add"]),
    "missing option": ("train", {"epochs": None}, ["--epochs"]),
    "misspelt option": ("train", {"epoch": 3}, ["--epoch", "--epochs"]),
    "no way to cluster": ("cluster", {"resolution": None}, ["resolution", "n_clusters"]),
    "two ways to cluster": ("cluster", {"n_clusters": 3}, ["resolution", "n_clusters"]),
    "too many refining": ("cluster", {"refine_neighbors": 30}, ["refine_neighbors", "30", "29"]),
}


@pytest.mark.parametrize("case", LATER)
def test_later_scripts(files, case):
    script, given, words = LATER[case]
    weights = sp.csr_matrix(np.ones((N, N)))
    parts = {name: getattr(weights, name) for name in ("data", "indices", "indptr")}
    np.savez(files / "fused.npz", fused=np.ones((N, 2)), seed=1, alpha=0.5, **parts)
    assert_says(refused(files, script, GIVEN[script] | given, log=True), words)


def test_no_gpu(files, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert_says(refused(files, "train", TRAINING | {"device": "cuda"}), ["device", "'cuda'", "'auto' or 'cpu'"])


PROCESSES = {
    "missing file": ("validate", {"expression": "none.h5ad"}, ["none.h5ad"]),
    "sparse matrix with a column out of range": ("validate", {"connectivity": "beyond.npz"}, ["beyond.npz", "30"]),
    "section column": ("spatial_graph", {"section_key": "secton"}, ["preprocessed.h5ad", "did you mean 'section'?"]),
}


@pytest.mark.parametrize("case", PROCESSES)
def test_as_a_process(files, case):
    """Here a crash of the interpreter itself would show."""
    script, given, words = PROCESSES[case]
    parts = {"data": np.ones(1), "indices": np.array([10**9]), "indptr": np.array([0] + [1] * N)}
    np.savez(files / "beyond.npz", format=b"csr", shape=np.array([N, N]), **parts)
    before = sorted(files.iterdir())
    command = [sys.executable, str(ROOT / "bin" / f"{script}.py"), *arguments(files, GIVEN[script] | given)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"})
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert len(done.stderr.splitlines()) == 1 and done.stderr.startswith("error: "), done.stderr
    assert_says(done.stderr, words)
    assert done.stdout == ""
    assert sorted(files.iterdir()) == before
