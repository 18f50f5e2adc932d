"""Expression as the model takes it: log-normalised (natural logarithm), the most variable genes."""

import math
import warnings
from collections.abc import Mapping
from typing import Literal

import anndata as ad
import numpy as np
import scipy.sparse as sp

from spacon.errors import InputError

TARGET_SUM = 10_000
# The logarithm of 1e13: no count, scaled to whatever sum, has a larger one.
LARGEST_LOGARITHM = 30.0
# So many spots are looked at to tell normalised from log-normalised values.
LOOKED_AT = 2_000
Kind = Literal["counts", "lognormalised"]
MARK = "uns['log1p']"


def values_kind(spots: ad.AnnData, wanted: Kind | Literal["auto"], name: str) -> Kind:
    """Tell raw counts (whole numbers) from log-normalised expression (marked by `uns['log1p']`).

    Args:
        spots: with expression in X.
        wanted: 'auto', or what the user says; counts may be fractions then, as corrected ones are.
        name: of the file, for messages.

    Raises:
        InputError: the numbers contradict what is wanted or the mark, or 'auto' cannot tell: a guess could spoil the
            result.
    """
    values = spots.X.data if sp.issparse(spots.X) else spots.X
    whole = bool((values == np.floor(values)).all())
    marked = "log1p" in spots.uns
    if wanted == "lognormalised" and whole:
        raise InputError(f"{name}: expression_values is 'lognormalised', but X holds whole numbers only, as counts do")
    if wanted == "counts" and marked and not whole:
        raise InputError(f"{name}: expression_values is 'counts', but X is marked as log-normalised ({MARK})")
    if wanted == "auto" and whole == marked:
        what = "whole numbers but is marked as log-normalised" if whole else "not whole numbers and has no mark"
        raise InputError(
            f"{name}: X is {what} ({MARK}); set --expression_values counts or --expression_values lognormalised to say "
            f"which it is (for all samples), or mark this file alone: {MARK} = {{}} stands for log-normalised"
        )
    kind: Kind = ("counts" if whole else "lognormalised") if wanted == "auto" else wanted
    if kind == "lognormalised":
        _check_logarithms(spots, name)
    return kind


def log_base(spots: ad.AnnData, name: str) -> float:
    """Return the base of the logarithm that `uns['log1p']['base']` tells; without one, e.

    Raises:
        InputError: it is no number above 1.
    """
    mark = spots.uns.get("log1p")
    base = mark.get("base") if isinstance(mark, Mapping) else None
    if base is None:
        return math.e
    try:
        number = float(np.asarray(base).reshape(()).item())
    except (TypeError, ValueError):
        number = math.nan
    if not (number > 1 and math.isfinite(number)):
        raise InputError(f"{name}: {MARK}['base'] is {str(base)[:40]!r}; a number above 1 is needed, or no base for e")
    return number


def _check_logarithms(spots: ad.AnnData, name: str) -> None:
    """Raise InputError for values that are marked, or declared, as logarithms and are none."""
    largest, unit = float(spots.X.max()), math.log(log_base(spots, name))
    cure = "bring raw counts, or take the logarithm (scanpy.pp.log1p)"
    if largest * unit > LARGEST_LOGARITHM:
        raise InputError(
            f"{name}: X is said to be log-normalised, but its largest value is {largest:,.6g}; no logarithm of counts "
            f"is above {LARGEST_LOGARITHM / unit:.0f}: {cure}"
        )
    some = spots.X[:LOOKED_AT]
    some = np.asarray(some.toarray() if sp.issparse(some) else some, dtype=np.float64)
    total, unlogged = some.sum(axis=1), np.expm1(some * unit).sum(axis=1)
    if np.ptp(total) <= 1e-5 * total.max() and np.ptp(unlogged) > 1e-2 * unlogged.max():
        raise InputError(
            f"{name}: X is said to be log-normalised, but every spot sums to {total[0]:,.6g}: it is normalised only; "
            f"{cure}"
        )


def normalise(spots: ad.AnnData, kind: Kind, name: str) -> None:
    """Bring X to log(1 + x), natural, in place: counts scaled to 10,000 per spot, logarithms of another base rescaled.

    `name` is that of the file, for messages; a base that is no number raises InputError, as `log_base` does.
    """
    if kind == "lognormalised":
        base = log_base(spots, name)
        if base != math.e:
            spots.X *= np.float32(math.log(base))
    else:
        import scanpy as sc  # imported late: it takes seconds, and telling counts from logarithms does not need it

        spots.uns.pop("log1p", None)  # a mark that was not believed
        with warnings.catch_warnings(action="ignore"):  # of spots without counts, which stay 0; a note tells of them
            sc.pp.normalize_total(spots, target_sum=TARGET_SUM)
        sc.pp.log1p(spots)
    spots.X = spots.X.astype(np.float32, copy=False)
    spots.uns["log1p"] = {}


def most_variable(spots: ad.AnnData, above: int, keep: int) -> ad.AnnData:
    """Return the spots with their `keep` most variable genes (scanpy's flavour `seurat`), if there are over `above`.

    Fewer are kept where fewer vary, and more where several are as variable as the last.
    """
    if spots.n_vars <= above:
        return spots
    import scanpy as sc

    with warnings.catch_warnings(action="ignore"):  # of fewer genes than asked for: a note tells of them
        sc.pp.highly_variable_genes(spots, flavor="seurat", n_top_genes=keep)
    return spots[:, spots.var["highly_variable"].to_numpy()].copy()


def is_same_everywhere(expression: np.ndarray | sp.csr_matrix, kind: Kind) -> bool:
    """Return whether all spots have the same expression (n, genes), counts once they are scaled to one sum.

    Memory: none beside it, unless the first spots are all alike.
    """

    def alike(rows: np.ndarray | sp.csr_matrix) -> bool:
        values = np.asarray(rows if isinstance(rows, np.ndarray) else rows.toarray(), dtype=np.float64)
        if kind == "counts":
            total = values.sum(axis=1, keepdims=True)
            values = values / np.where(total > 0, total, 1)
        return bool((np.ptp(values, axis=0) <= 1e-6 * values.max(initial=0)).all())

    return alike(expression[:LOOKED_AT]) and alike(expression)


def silent_spots(expression: np.ndarray | sp.csr_matrix) -> int:
    """Return how many spots have no expression at all, of expression (n, genes)."""
    return int((np.asarray(expression.sum(axis=1)).ravel() == 0).sum())
