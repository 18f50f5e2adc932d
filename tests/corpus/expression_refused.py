"""Files without expression that can be used."""

from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import scipy.sparse as sp

from tests.corpus.case import Case
from tests.corpus.sample import COUNTS, GENES, N, array_entry, compressed, dense, hdf5, parts, spots


def put(value: float, sparse: bool = False):
    """Return what puts a number in place of one count."""

    def change(sample: ad.AnnData) -> None:
        sample.X[2, 3] = value
        sample.X = sp.csr_matrix(sample.X) if sparse else sample.X

    return spots(change)


def renamed(sample: ad.AnnData) -> None:
    """Give two spots one name."""
    sample.obs_names = [*sample.obs_names[:-1], "s7"]


def only(**datasets: np.ndarray):
    """Return what makes an HDF5 file of other content."""

    def make(folder: Path) -> None:
        with h5py.File(folder / "spots.h5ad", "w") as file:
            for name, values in datasets.items():
                file[name] = values

    return make


def text(content: str):
    """Return what makes a text file of that name."""
    return lambda folder: (folder / "spots.h5ad").write_text(content)


def cut(share: float):
    """Return what keeps the first part of the file."""

    def make(folder: Path) -> None:
        content = (folder / "spots.h5ad").read_bytes()
        (folder / "spots.h5ad").write_bytes(content[: int(len(content) * share)])

    return make


def unnamed(file: h5py.File) -> None:
    """Leave a spot without a name, which nullable strings allow."""
    names = file["obs/_index"][:]
    del file["obs/_index"]
    group = file["obs"].create_group("_index")
    group.attrs.update({"encoding-type": "nullable-string-array", "encoding-version": "0.1.0", "na-value": "NA"})
    array_entry(group, "values", names)
    array_entry(group, "mask", np.arange(N) == 4)


def twice_largest(sample: ad.AnnData) -> None:
    """Give a spot counts whose sum is beyond single precision."""
    sample.X = sample.X * 1e30
    sample.X[5, :] = 3e38


def old_tables(file: h5py.File) -> None:
    """Store obs as anndata before 0.7 did."""
    del file["obs"]
    file["obs"] = np.array([(b"s%d" % number,) for number in range(N)], dtype=[("index", "S8")])


beyond = parts(COUNTS.astype(np.float32))
beyond[1][7] = GENES
past = np.full((N, GENES), 1e39)
CASES = [
    Case(
        "NaN",
        put(np.nan),
        refused=(("spots.h5ad", "spot 2", "gene 3", "not a finite number", "nan"),),
        cure="Fill or filter missing values before you write the file. Spots and genes are counted from 0.",
    ),
    Case(
        "NaN, sparse",
        put(np.nan, sparse=True),
        refused=(("spots.h5ad", "spot 2", "gene 3", "not a finite number", "nan"),),
    ),
    Case("infinite", put(np.inf), refused=(("spots.h5ad", "spot 2", "gene 3", "not a finite number", "inf"),)),
    Case(
        "negative",
        put(-1),
        refused=(("spots.h5ad", "spot 2", "gene 3", "negative", "-1"),),
        cure="X holds scaled values (z-scores), or corrected ones: bring counts, or logarithms of them.",
    ),
    Case(
        "negative, sparse",
        put(-1, sparse=True),
        refused=(("spots.h5ad", "spot 2", "gene 3", "negative", "-1"),),
    ),
    Case(
        "negative integers",
        dense(COUNTS.astype(np.int16) - 5),
        refused=(("spots.h5ad", "negative", "spot 0"),),
    ),
    Case(
        "the same for every spot",
        dense(np.ones((N, GENES), dtype=np.float32)),
        refused=(("spots.h5ad", "the same for every spot"),),
        cure="X is not the expression; look at `spots.X` and at `spots.layers`.",
    ),
    Case(
        "zeros only",
        dense(np.zeros((N, GENES), dtype=np.float32)),
        refused=(("spots.h5ad", "the same for every spot"),),
    ),
    Case(
        "beyond single precision",
        dense(past),
        refused=(("spots.h5ad", "1e+39", "single precision", "3.4e38"),),
        cure="No count is so large: the file is damaged, or X holds something else.",
    ),
    Case(
        "sums beyond single precision",
        spots(twice_largest),
        {"hvg_above": 10, "n_top_genes": 5, "widths": "4,3,2", "expression_values": "counts"},
        refused=(("spots.h5ad", "the counts of spot 5 sum to", "single precision"),),
        cure="No spot has so many counts: the file is damaged, or X holds something else.",
    ),
    Case(
        "repeated entries beyond single precision",
        compressed(np.full(60, 3e38, np.float32), np.tile([4, 4], N), np.arange(0, 61, 2)),
        refused=(("spots.h5ad", "repeated entries", "single precision"),),
        cure="Sum the repeated entries yourself (`spots.X.sum_duplicates()`) and look at the values.",
    ),
    Case(
        "no expression",
        lambda folder: ad.AnnData(obs=ad.read_h5ad(folder / "spots.h5ad").obs).write_h5ad(folder / "spots.h5ad"),
        refused=(("spots.h5ad", "no expression", "X is empty"),),
        cure="The counts may lie in a layer: `spots.X = spots.layers['counts']`, then write the file again.",
    ),
    Case("no gene", spots(lambda sample: sample[:, :0].copy()), refused=(("spots.h5ad", "no expression"),)),
    Case(
        "text",
        dense(np.full((N, GENES), "high", dtype=object)),
        refused=(("spots.h5ad", "X", "real numbers"),),
        cure="X must be numbers; convert it before you write the file.",
    ),
    Case(
        "complex numbers",
        dense(np.full((N, GENES), 1 + 2j)),
        refused=(("spots.h5ad", "X", "real numbers", "complex"),),
    ),
    Case(
        "a spot's name twice",
        spots(renamed),
        refused=(("spots.h5ad", "spot name", "'s7'", "2 times"),),
        cure="Make the names unique: `spots.obs_names_make_unique()`.",
    ),
    Case(
        "a spot without a name",
        hdf5(unnamed),
        refused=(("spots.h5ad", "spot 4 has no name"),),
        cure="Name every spot: `spots.obs_names = [f'spot{i}' for i in range(spots.n_obs)]`.",
    ),
    Case(
        "one spot",
        spots(lambda sample: sample[:1].copy()),
        refused=(("spots.h5ad", "number of spots is 1", "at least 4"),),
        cure="Fewer than four spots cannot be embedded and drawn.",
    ),
    Case(
        "three spots",
        spots(lambda sample: sample[:3].copy()),
        refused=(("spots.h5ad", "number of spots is 3", "at least 4"),),
    ),
    *(
        Case(
            f"{script}: {name}",
            make,
            scripts=(script,),
            refused=(("spots.h5ad", "h5ad"),),
            cure=cure * (script == "validate"),
        )
        for script in ("validate", "preprocess")
        for name, make, cure in (
            ("text", text("spot,gene\n"), "A table of text must become an AnnData file first: [usage.md](usage.md)."),
            ("nothing", text(""), ""),
            ("cut off early", cut(0.05), "The file is damaged or was copied in part: compare its size, copy it again."),
            ("cut off late", cut(0.9), ""),
            (
                "other HDF5",
                only(matrix=np.ones((3, 3))),
                "It is HDF5 of another kind, perhaps a vendor's: [usage.md](usage.md).",
            ),
            ("empty HDF5", only(), ""),
            ("HDF5 with X alone", only(X=np.ones((3, 3))), ""),
        )
    ),
    *(
        Case(
            f"{script}: more rows than names",
            dense(np.ones((N + 1, GENES))),
            scripts=(script,),
            refused=(("spots.h5ad", "(31, 20)", "30 spots and 20 genes"),),
            cure="The file was put together by hand, and wrongly: write it with anndata." * (script == "validate"),
        )
        for script in ("validate", "preprocess")
    ),
    Case(
        "a gene out of range, sparse",
        compressed(*beyond),
        refused=(("spots.h5ad", "h5ad"),),
    ),
    Case(
        "tables of anndata before 0.7",
        hdf5(old_tables),
        refused=(("spots.h5ad", "before 0.7", "newer anndata"),),
        cure="`anndata.read_h5ad('spots.h5ad').write_h5ad('new.h5ad')`, and use the new file.",
    ),
]
