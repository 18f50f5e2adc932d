"""What says how the numbers are to be read (`uns['log1p']`, --expression_values), and what has no say in it."""

from functools import partial
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import scipy.sparse as sp

from tests.corpus.case import Case
from tests.corpus.sample import COUNTS, GENES, N, dense, encoded, hdf5, spots
from tests.corpus.truth import counts_are, expression_is, lognormalised

LOGS = lognormalised(COUNTS)
passes = partial(Case, scripts=("validate", "preprocess"))


def marked(values: np.ndarray, mark: object):
    """Return what stores expression with a mark."""

    def change(sample: ad.AnnData) -> None:
        sample.X = values.astype(np.float32)
        sample.uns["log1p"] = mark

    return spots(change)


def logged(name: str, mark: object, base: float = np.e, **expected: object) -> Case:
    """Return a case of logarithms of a base, marked so."""
    return passes(
        f"uns['log1p'] is {name}",
        marked(LOGS / np.log(base), mark),
        right=expression_is(LOGS, "lognormalised"),
        notes=((f"base {base:g}", "brought to base e"),) if base != np.e else (),
        **expected,
    )


def empty_base(file: h5py.File) -> None:
    """Store a base of None, as the newest writers do."""
    mark = encoded(file["uns"].create_group("log1p"), "dict", "0.1.0")
    encoded(mark.create_dataset("base", data=h5py.Empty("f4")), "null", "0.1.0")


def unknown(entry: str, kind: str = "mystery"):
    """Return what adds an entry that anndata cannot read."""

    def change(file: h5py.File) -> None:
        encoded(file.require_group(entry), kind, "9.9.9")

    return hdf5(change)


def elsewhere(file: h5py.File) -> None:
    """Add links that lead nowhere, where nothing is read."""
    file["uns/far"] = h5py.ExternalLink("none.h5", "/x")
    file.require_group("layers")["far"] = h5py.ExternalLink("none.h5", "/x")
    file["uns/lost"] = h5py.SoftLink("/nowhere")
    file["uns/self"] = h5py.SoftLink("/uns")


def much_more(sample: ad.AnnData) -> None:
    """Add everything that a file can hold beside what is used."""
    sample.raw = sample.copy()
    sample.layers["counts"] = sp.csr_matrix(COUNTS * 7)
    sample.layers["other"] = np.full((N, GENES), np.nan)
    sample.obsp["distances"] = sp.csr_matrix(np.eye(N))
    sample.varm["PCs"] = np.ones((GENES, 2))
    sample.varp["pairs"] = np.full((GENES, GENES), -1.0)
    sample.var["highly_variable"] = [True, False] * (GENES // 2)
    sample.var["mean"] = np.nan
    sample.uns.update({"neighbors": {"params": {"n": 15}}, "hvg": {"flavor": "seurat_v3"}, "pca": {"v": np.ones(3)}})


def foreign_source(value: object):
    """Return what adds the user's own uns['source']."""
    return spots(lambda sample: sample.uns.update(source=value))


def source_is_theirs(folder: Path) -> None:
    """Assert that the user's uns['source'] is not taken for ours, and the expression is right."""
    counts_are(COUNTS)(folder)
    assert set(ad.read_h5ad(folder / "preprocessed.h5ad").uns) == {"log1p"}


SOURCES = {
    "text": "atlas",
    "numbers": np.arange(3),
    "a table of texts": {"paper": "one", "nested": {"doi": "two"}},
    "texts": np.array(["one", "two"], dtype=object),
    "a truth value": True,
}
SAY = "say which it is with `--expression_values`, or mark the one file: `spots.uns['log1p'] = {}`"
READ = [
    logged("{}", {}),
    logged("{'base': None}", {"base": None}),
    passes(
        "uns['log1p'] has an empty base",
        hdf5(empty_base, dense(LOGS)),
        right=expression_is(LOGS, "lognormalised"),
        notes=(),
    ),
    logged("{'base': 2}", {"base": 2}, 2),
    logged("{'base': 10.0}", {"base": 10.0}, 10),
    logged("{'base': array of one}", {"base": np.array([2.0])}, 2),
    logged("True", True),
    logged("text", "natural"),
    logged("other entries alone", {"layer": "counts"}),
    passes(
        "logarithms, declared and not marked",
        dense(LOGS),
        {"expression_values": "lognormalised"},
        right=expression_is(LOGS, "lognormalised"),
    ),
    passes(
        "fractional counts, declared",
        dense(COUNTS / 7),
        {"expression_values": "counts"},
        right=counts_are(COUNTS / 7),
    ),
    *(
        passes(f"uns['source'] of the user's: {name}", foreign_source(value), right=source_is_theirs)
        for name, value in SOURCES.items()
    ),
    passes("raw, layers, obsp, varm, varp, uns beside", spots(much_more), right=counts_are(COUNTS)),
    *(
        passes(f"an unknown kind of entry: {entry}", unknown(entry), right=counts_are(COUNTS))
        for entry in ("uns/new", "layers/new", "obsp/new", "varm/new", "raw", "uns/source")
    ),
    passes("links that lead nowhere in uns and layers", hdf5(elsewhere), right=counts_are(COUNTS)),
]
normalised = (COUNTS / COUNTS.sum(axis=1, keepdims=True) * 1e6 + 0.001).astype(np.float32)
evenly = COUNTS / COUNTS.sum(axis=1, keepdims=True)
REFUSED = [
    Case(
        "neither counts nor marked",
        dense(COUNTS / 7),
        refused=(("spots.h5ad", "expression_values", "not whole numbers", "--expression_values counts or"),),
        cure=f"Fractions may be corrected counts or logarithms, and a guess could spoil the result: {SAY}.",
    ),
    Case(
        "counts, but marked",
        marked(COUNTS, {}),
        refused=(("spots.h5ad", "expression_values", "whole numbers but", "--expression_values counts or"),),
        cure="Some tools leave the mark on raw counts: set `--expression_values counts` if that is so.",
    ),
    Case(
        "marked, but not logarithms",
        marked(normalised, {}),
        refused=(("spots.h5ad", f"{normalised.max():,.6g}", "no logarithm of counts is above 30", "log1p"),),
        cure="The values were normalised or scaled, and the logarithm was not taken.",
    ),
    Case(
        "declared, but not logarithms",
        dense(normalised),
        {"expression_values": "lognormalised"},
        refused=(("spots.h5ad", f"{normalised.max():,.6g}", "no logarithm of counts is above 30", "log1p"),),
    ),
    Case(
        "marked, but only scaled to a sum of 1",
        marked(evenly, {}),
        refused=(("spots.h5ad", "every spot sums to 1", "normalised only", "scanpy.pp.log1p"),),
        cure="Take the logarithm too, or bring raw counts; both steps are then done for you.",
    ),
    Case(
        "whole numbers declared as logarithms",
        given={"expression_values": "lognormalised"},
        refused=(("spots.h5ad", "'lognormalised'", "whole numbers only"),),
        cure="Leave out `--expression_values`: whole numbers are taken as raw counts.",
    ),
    Case(
        "fractions declared as counts, but marked",
        marked(LOGS, {}),
        {"expression_values": "counts"},
        refused=(("spots.h5ad", "'counts'", "marked as log-normalised"),),
        cure="Leave out `--expression_values`, or remove the mark if it is wrong: `del spots.uns['log1p']`.",
    ),
    Case(
        "a base of 1",
        marked(LOGS, {"base": 1}),
        refused=(("spots.h5ad", "uns['log1p']['base'] is '1'", "above 1"),),
        cure="Correct the mark: `spots.uns['log1p'] = {'base': 2}`, or `{}` for natural logarithms.",
    ),
    *(
        Case(f"a base of {base}", marked(LOGS, {"base": base}), refused=(("spots.h5ad", "['base']", "above 1"),))
        for base in (0, -2, np.inf, "two", np.array([2, 10]))
    ),
]
