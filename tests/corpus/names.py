"""Names of spots and genes, and columns about the spots: read in every form, carried into the results."""

from functools import partial
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd

from tests.corpus.case import Case
from tests.corpus.fed_back import fed_back
from tests.corpus.sample import COUNTS, GENES, N, array_entry, encoded, hdf5, spots
from tests.corpus.truth import counts_are, expression_is, lognormalised

NAMES = np.array([f"s{number}" for number in range(N)], dtype=object)
passes = partial(Case, scripts=("validate", "preprocess"))


def nullable(group: h5py.Group, name: str, values: np.ndarray, missing: np.ndarray) -> None:
    """Store text as anndata 0.13 with pandas 3 does."""
    if name in group:
        del group[name]
    column = encoded(group.create_group(name), "nullable-string-array", "0.1.0", **{"na-value": "NaN"})
    array_entry(column, "values", values)
    array_entry(column, "mask", missing)


def categorical(group: h5py.Group, name: str, values: np.ndarray) -> None:
    """Store names as categories."""
    del group[name]
    known, code = np.unique(values.astype(str), return_inverse=True)
    column = encoded(group.create_group(name), "categorical", ordered=False)
    array_entry(column, "categories", known.astype(object))
    array_entry(column, "codes", code.astype(np.int8))


def named_by(file: h5py.File, column: str) -> None:
    """Let the names of the spots be a column of that name, which holds what `_index` does."""
    file["obs"].move("_index", column)
    file["obs"].attrs["_index"] = column


def beside(file: h5py.File, column: str) -> None:
    """Let a column be called `_index`, beside names under another name."""
    named_by(file, column)
    array_entry(file["obs"], "_index", np.arange(N))
    order = [*file["obs"].attrs["column-order"], "_index"]
    file["obs"].attrs["column-order"] = np.array(order, dtype=h5py.string_dtype())


def fixed_width(group: h5py.Group, name: str, values: np.ndarray) -> None:
    """Store names as texts of fixed length, as C++ writers do."""
    del group[name]
    encoded(group.create_dataset(name, data=values.astype("S")), "string-array")


def names_are(expected: np.ndarray, axis: str = "obs"):
    """Return an assertion on the names of the spots or genes, which are plain text, and on the expression."""

    def check(folder: Path) -> None:
        made = ad.read_h5ad(folder / "preprocessed.h5ad")
        assert getattr(made, f"{axis}_names").tolist() == expected.tolist()
        with h5py.File(folder / "preprocessed.h5ad") as file:
            group = file[axis]
            assert group[group.attrs["_index"]].attrs["encoding-type"] == "string-array"
        counts_are(COUNTS)(folder)

    return check


def column_is(name: str, expected: list, *, absent: tuple[str, ...] = (), kind: str = "counts"):
    """Return an assertion on a column of the result, with None where it has no value, and on the expression."""

    def check(folder: Path) -> None:
        made = ad.read_h5ad(folder / "preprocessed.h5ad").obs
        found = [None if pd.isna(value) else value for value in made[name]]
        assert found == expected
        assert not set(absent) & set(made.columns)
        assert made["sample"].tolist() == ["one"] * N
        expression_is(lognormalised(COUNTS), kind)(folder)

    return check


def with_column(name: str, values: object):
    """Return what adds a column."""

    def change(sample: ad.AnnData) -> None:
        sample.obs[name] = values

    return spots(change)


def kept(kind: str, values: object, expected: list) -> Case:
    """Return a case of a column of some kind, called `mine`, and what must be found in it."""
    values = pd.Series(values, index=NAMES, dtype=getattr(values, "dtype", None)) if len(values) == N else values
    return passes(f"a column of {kind}", with_column("mine", values), right=column_is("mine", expected), notes=())


HALF = [None, "a"] * (N // 2)
KINDS = [
    kept("whole numbers", np.arange(N), list(range(N))),
    kept("bytes", np.arange(N, dtype=np.uint8), list(range(N))),
    kept("fractions with NaN", np.where(np.arange(N) % 2, 0.5, np.nan), [None, 0.5] * (N // 2)),
    kept("half precision", np.full(N, 0.5, np.float16), [0.5] * N),
    kept("truth values", np.arange(N) > 3, [number > 3 for number in range(N)]),
    kept("whole numbers, some missing", pd.array([None, 3] * (N // 2), dtype="Int64"), [None, 3] * (N // 2)),
    kept("truth values, some missing", pd.array([None, True] * (N // 2), dtype="boolean"), [None, True] * (N // 2)),
    kept("text", np.array(["a b", "ä$c$"] * (N // 2), dtype=object), ["a b", "ä$c$"] * (N // 2)),
    kept("categories, some missing", pd.Categorical(HALF), HALF),
    kept("categories, one of them empty", pd.Categorical(["a"] * N, categories=["a", "z"]), ["a"] * N),
    kept("ordered categories", pd.Categorical(["a", "b"] * (N // 2), ordered=True), ["a", "b"] * (N // 2)),
    kept("categories that are numbers", pd.Categorical(np.arange(N) % 3), [number % 3 for number in range(N)]),
    kept("categories that are truth values", pd.Categorical(np.arange(N) > 3), [number > 3 for number in range(N)]),
    kept("nothing but missing values", np.full(N, np.nan), [None] * N),
    kept("complex numbers", np.full(N, 1 + 2j), ["(1+2j)"] * N),
]


def renamed(name: str, new: str, make=None) -> Case:
    """Return a case of a column whose name the results need, or the format forbids, and the name that it gets."""
    return passes(
        f"a column called {name}",
        make or with_column(name, np.arange(N)),
        right=column_is(new, list(range(N)), absent=(name,) if name != "sample" else ()),
        notes=((f"obs['{name}']", f"kept as '{new}'"),),
    )


def three_of_them(sample: ad.AnnData) -> None:
    """Add columns under our name and under the names that it would get."""
    for number, name in enumerate(("sample", "original_sample", "original_sample_2")):
        sample.obs[name] = number


def slashed(file: h5py.File) -> None:
    """Store a column whose name has a slash, which HDF5 takes for a group."""
    array_entry(file["obs"], "depth/um", np.arange(N))
    order = [*file["obs"].attrs["column-order"], "depth/um"]
    file["obs"].attrs["column-order"] = np.array(order, dtype=h5py.string_dtype())


EARLIER = "spacon_alpha0.5_resolution0.6_seed1_refined"
UNICODE = np.array([f"Zelle {number} µ/腦" for number in range(N)], dtype=object)
GENE_NAMES = np.array([f"ENSMUSG{number:011d}.1" for number in range(GENES)], dtype=object)
CASES = [
    *(
        passes(f"nullable text as names in {axis}", hdf5(change), right=names_are(expected, axis))
        for axis, expected in (("obs", NAMES), ("var", GENE_NAMES))
        for change in [
            lambda file, axis=axis, expected=expected: nullable(
                file[axis], "_index", expected, np.zeros(len(expected), bool)
            )
        ]
    ),
    *(
        passes(f"categories as names in {axis}", hdf5(change), right=names_are(expected, axis))
        for axis, expected in (("obs", NAMES), ("var", GENE_NAMES))
        for change in [lambda file, axis=axis, expected=expected: categorical(file[axis], "_index", expected)]
    ),
    passes(
        "numbers as names",
        hdf5(lambda file: array_entry(file["obs"], "_index", np.arange(N) + 7)),
        right=names_are(np.array([str(number + 7) for number in range(N)])),
    ),
    passes(
        "names of fixed length", hdf5(lambda file: fixed_width(file["obs"], "_index", NAMES)), right=names_are(NAMES)
    ),
    passes(
        "names in any script", hdf5(lambda file: array_entry(file["obs"], "_index", UNICODE)), right=names_are(UNICODE)
    ),
    *(
        passes(f"names stored as '{column}'", hdf5(partial(named_by, column=column)), right=names_are(NAMES))
        for column in ("cell_label", "sample", "spatial", "index", "original_sample")
    ),
    passes(
        "two genes of one name",
        hdf5(lambda file: array_entry(file["var"], "_index", np.array(["g"] * GENES, dtype=object))),
        right=names_are(np.array(["g"] * GENES), "var"),
    ),
    *KINDS,
    renamed("sample", "original_sample"),
    renamed("_index", "original_index", hdf5(partial(beside, column="barcode"))),
    renamed("depth/um", "original_depth_um", hdf5(slashed)),
    passes(
        "columns called sample, original_sample, original_sample_2",
        spots(three_of_them),
        right=column_is("original_sample_3", [0] * N),
        notes=(("obs['sample']", "kept as 'original_sample_3'"),),
        cure="The results have a column `sample` of their own, and HDF5 allows no `/`: use the new name with them.",
    ),
    passes(
        "a column `sample` that names this sample",
        with_column("sample", "one"),
        {"sample": "one"},
        right=column_is("ganglion", ["a", "b"] * (N // 2), absent=("original_sample",)),
        notes=(),
    ),
    passes(
        "a clustering of an earlier run",
        with_column(EARLIER, pd.Categorical(HALF)),
        right=column_is("ganglion", ["a", "b"] * (N // 2), absent=(EARLIER,)),
        notes=((EARLIER, "left out", "earlier run"),),
        cure="Nothing, unless you want to keep it: then give the column another name.",
    ),
    passes(
        "our own result, brought again twice",
        fed_back,
        {"sample": "one"},
        right=column_is("ganglion", ["a", "b"] * (N // 2), absent=("original_sample",), kind="lognormalised"),
        notes=tuple(((f"spacon_alpha0.5_resolution0.6_seed1{end}", "left out")) for end in ("", "_refined")),
    ),
]
