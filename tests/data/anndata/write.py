"""Write the small h5ad files of this folder with whichever anndata runs this script; README.md says how.

The values are formulas, so that every release writes the same ones and the tests can state them again.
"""

from __future__ import annotations  # the oldest release needs an older Python

import argparse
import warnings
from importlib.metadata import version
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

N_SPOTS, N_GENES = 60, 40
FORMS = ("dense", "csr", "csc", "lognormalised")
SPOTS = [f"spot {number} é" for number in range(N_SPOTS)]
GENES = [f"gene{number}" for number in range(N_GENES)]


def counts() -> np.ndarray:
    """Return whole numbers from 0 to 4, most of them 0, none of the spots without any; shape (spots, genes)."""
    spot, gene = np.indices((N_SPOTS, N_GENES))
    some = np.maximum((7 * spot + 3 * gene + spot * gene) % 17 - 13, 0)
    return (some + (gene == spot % N_GENES)).astype(np.float32)


def lognormalised() -> np.ndarray:
    """Return log(1 + 10,000 x / sum of the spot), shape (spots, genes)."""
    whole = counts().astype(np.float64)
    return np.log1p(1e4 * whole / whole.sum(axis=1, keepdims=True))


def positions() -> np.ndarray:
    """Return a grid of ten columns, shape (spots, 2)."""
    return np.stack([np.arange(N_SPOTS) % 10, np.arange(N_SPOTS) // 10], axis=1).astype(np.float64)


def columns() -> dict[str, list]:
    """Return the values of each obs column that any release can write, None where one is missing."""
    spots = range(N_SPOTS)
    return {
        "area": [None if spot == 3 else "ABC"[spot % 3] for spot in spots],
        "phase": [("early", "late")[spot % 2] for spot in spots],
        "note": [f"nº {spot}" for spot in spots],
        "cells": [spot % 5 for spot in spots],
        "kept": [spot % 4 > 0 for spot in spots],
        "depth": [None if spot % 6 == 0 else spot / 8 for spot in spots],
        "reads": [None if spot == 5 else 10 * spot for spot in spots],
        "checked": [None if spot == 7 else spot % 2 == 0 for spot in spots],
    }


def donors() -> list[str | None]:
    """Return the values of obs['donor'], a nullable string, which releases before 0.11 cannot write."""
    return [None if spot == 2 else f"donor {spot}" for spot in range(N_SPOTS)]


def table(nullable_strings: bool) -> pd.DataFrame:
    """Return obs with one column per type."""
    values = columns()
    obs = pd.DataFrame(
        {
            "area": pd.Categorical(values["area"]),
            "phase": pd.Categorical(values["phase"], categories=["late", "early"], ordered=True),
            "note": values["note"],
            "cells": values["cells"],
            "kept": values["kept"],
            "depth": np.array(values["depth"], dtype=np.float32),
            "reads": pd.array(values["reads"], dtype="Int64"),
            "checked": pd.array(values["checked"], dtype="boolean"),
        },
        index=SPOTS,
    )
    if nullable_strings:
        obs["donor"] = pd.array(donors(), dtype="string")
        obs.index = pd.Index(pd.array(SPOTS, dtype="string"))
    return obs


def beside(spots: ad.AnnData, form: str) -> None:
    """Give the spots what files have beside expression, none of which SpaCon-nf uses; a part of it to each file."""
    ring = sp.csr_matrix((np.ones(N_SPOTS), (range(N_SPOTS), np.roll(range(N_SPOTS), 1))))
    if form == "csr":
        spots.uns["neighbors"] = {"connectivities_key": "connectivities", "params": {"n_neighbors": 15}}
        spots.uns["area_colors"] = np.array(["#ff0000", "#00ff00", "#0000ff"], dtype=object)
        spots.uns["rank_genes_groups"] = {"names": np.array([("gene1", "gene2")], dtype=[("A", "U5"), ("B", "U5")])}
        spots.uns["empty"] = {}
        spots.uns["pairs"] = pd.DataFrame({"a": ["x", "y"]})
        spots.obsp["connectivities"] = ring
    if form == "csc":
        spots.layers["counts"] = sp.csr_matrix(counts())
        spots.obsm["scores"] = pd.DataFrame({"a": range(N_SPOTS)}, index=spots.obs_names)
        spots.varm["loadings"] = np.zeros((N_GENES, 2), dtype=np.float32)
    if form == "lognormalised":
        spots.uns["log1p"] = {"base": None}  # as scanpy leaves it
        spots.raw = ad.AnnData(sp.csr_matrix(counts()), obs=spots.obs[[]], var=spots.var[[]])


def made(form: str, nullable_strings: bool) -> ad.AnnData:
    """Return the spots of one file."""
    shapes = {"dense": np.asarray, "csr": sp.csr_matrix, "csc": sp.csc_matrix, "lognormalised": np.asarray}
    x = lognormalised().astype(np.float32) if form == "lognormalised" else counts()
    var = pd.DataFrame({"mean": x.mean(axis=0)}, index=GENES)
    spots = ad.AnnData(shapes[form](x), obs=table(nullable_strings), var=var, obsm={"spatial": positions()})
    beside(spots, form)
    return spots


def main() -> None:
    """Write one file per form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nullable-strings", action="store_true", help="dense alone, with nullable strings in obs")
    given = parser.parse_args()
    release = ".".join(version("anndata").split(".")[:2])
    if given.nullable_strings and hasattr(ad.settings, "allow_write_nullable_strings"):
        ad.settings.allow_write_nullable_strings = True
    warnings.simplefilter("ignore")  # the oldest release warns of what newer ones do
    for form in ["dense"] if given.nullable_strings else FORMS:
        name = f"{release}_{form}{'_nullable_strings' * given.nullable_strings}.h5ad"
        kept = {"convert_strings_to_categoricals": False} if given.nullable_strings else {}  # not in 0.8
        made(form, given.nullable_strings).write_h5ad(Path(__file__).parent / name, **kept)
        print(name)


if __name__ == "__main__":
    main()
