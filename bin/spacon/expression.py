"""Expression as the model takes it: log-normalised, the most variable genes."""

from typing import Literal

import anndata as ad
import numpy as np
import scipy.sparse as sp

from spacon.checks import InputError

TARGET_SUM = 10_000
Kind = Literal["counts", "lognormalised"]


def values_kind(spots: ad.AnnData, wanted: Kind | Literal["auto"], name: str) -> Kind:
    """Tell raw counts (whole numbers) from log-normalised expression (marked by `uns['log1p']`).

    Args:
        spots: with expression in X.
        wanted: 'auto', or what the user says; counts may be fractions then, as corrected ones are.
        name: of the file, for messages.

    Raises:
        InputError: the data contradict what is wanted, or 'auto' cannot tell, so that a guess could spoil the result.
    """
    values = spots.X.data if sp.issparse(spots.X) else spots.X
    whole = bool((values == np.floor(values)).all())
    marked = "log1p" in spots.uns
    if wanted == "lognormalised" and whole:
        raise InputError(f"{name}: expression_values is 'lognormalised', but X holds whole numbers only, as counts do")
    if wanted == "counts" and marked and not whole:
        raise InputError(f"{name}: expression_values is 'counts', but X is marked as log-normalised (uns['log1p'])")
    if wanted != "auto":
        return wanted
    if whole == marked:
        what = "whole numbers but is marked as log-normalised" if whole else "not whole numbers and has no mark"
        raise InputError(
            f"{name}: X is {what} (uns['log1p']); set expression_values to 'counts' or 'lognormalised' to say which "
            "it is (for all samples), or mark this file alone: uns['log1p'] = {} stands for log-normalised"
        )
    return "counts" if whole else "lognormalised"


def normalise(spots: ad.AnnData) -> None:
    """Scale raw counts to 10,000 a spot and take log(1 + x), in place."""
    import scanpy as sc  # imported late: telling counts from log-normalised values does not need it

    sc.pp.normalize_total(spots, target_sum=TARGET_SUM)
    sc.pp.log1p(spots)


def most_variable(spots: ad.AnnData, above: int, keep: int) -> ad.AnnData:
    """Return the spots with their `keep` most variable genes (scanpy's flavour `seurat`), if there are over `above`."""
    if spots.n_vars <= above:
        return spots
    import scanpy as sc

    spots.uns["log1p"] = {
        "base": None
    }  # scanpy looks the base up; None cannot be written, so the caller renews the mark
    sc.pp.highly_variable_genes(spots, flavor="seurat", n_top_genes=keep)
    return spots[:, spots.var["highly_variable"]].copy()
