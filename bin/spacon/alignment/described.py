"""What is known of places, from the columns about their cells."""

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.alignment.assignment import Assignment
from spacon.alignment.regions import coded
from spacon.data import keys

SHARE = "_share"
IDENTIFIERS = 0.9  # a column with more labels than this share of the cells that have one names cells


def described(obs: pd.DataFrame, found: Assignment, labels: Collection[str]) -> tuple[pd.DataFrame, list[str]]:
    """Return one row per place: its name, how many cells it has, and each column of the cells.

    Of text, categories and the columns `labels`, the label that most cells have (of equally many, the first in natural
    order) and, in `<column>_share`, their share of the cells that have one; of numbers, the mean. What is missing is
    left out. A column of the cells that is named like one of ours becomes `original_<column>`.

    Returns:
        The table (m rows), indexed by the names of places, `section:place` where places are of one section; and notes
        on columns that were left out, or averaged though they may be labels.
    """
    kinds = [_kind(str(key), values, labels) for key, values in obs.items()]
    ours = [keys.PLACE, keys.CELLS, *(f"{key}{SHARE}" for key, kind in zip(obs, kinds, strict=True) if kind == "label")]
    columns: dict[str, np.ndarray | pd.Categorical] = {keys.PLACE: found.names, keys.CELLS: found.cells}
    for (key, values), kind in zip(obs.items(), kinds, strict=True):
        name = _free(str(key), {*ours, *columns})
        if kind == "label":
            columns[name], columns[f"{name}{SHARE}"] = majority(found.members, *coded(values))
        elif kind == "number":
            columns[name] = mean(found.members, values.to_numpy(dtype=np.float64, na_value=np.nan))
    table = pd.DataFrame(columns)
    table.index = pd.Index(names_of(found), dtype=object)
    return table, _notes(obs, kinds)


def names_of(found: Assignment) -> np.ndarray:
    """Return the name of each place (m,), which no other has."""
    if found.section is None:
        return found.names
    return np.array([f"{section}:{name}" for section, name in zip(found.section, found.names, strict=True)], object)


def _kind(name: str, values: pd.Series, labels: Collection[str]) -> Literal["label", "number", "identifier"]:
    """Return what a column holds; truth values are numbers, whose mean is the share that is true."""
    if name in labels:
        return "label"
    if pd.api.types.is_numeric_dtype(values):
        return "number"
    return "identifier" if values.nunique() > max(1, IDENTIFIERS * values.notna().sum()) else "label"


def _free(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name = f"original_{name}"
    return name


def majority(members: sp.csr_matrix, code: np.ndarray, labels: list[str]) -> tuple[pd.Categorical, np.ndarray]:
    """Return the commonest label of the cells of each place (m,), and its share of those that have one.

    Args:
        members: (n, m), which cell lies in which place.
        code: number of the label of each cell (n,), -1 where there is none; of a place without any the share is NaN.
        labels: in their order; among equally common ones, the first is taken.
    """
    known = np.flatnonzero(code >= 0)
    one_hot = sp.csr_matrix((np.ones(len(known)), (known, code[known])), shape=(len(code), len(labels)))
    counts = sp.csr_matrix(members.T @ one_hot).tocoo()
    first = np.lexsort((counts.col, -counts.data, counts.row))
    place, start = np.unique(counts.row[first], return_index=True)
    m = members.shape[1]
    best, most = np.full(m, -1), np.full(m, np.nan)
    best[place], most[place] = counts.col[first][start], counts.data[first][start]
    known_cells = np.bincount(counts.row, counts.data, minlength=m)
    share = np.divide(most, known_cells, out=np.full(m, np.nan), where=known_cells > 0)
    return pd.Categorical.from_codes(best, categories=pd.Index(labels, dtype=object)), share


def mean(members: sp.csr_matrix, values: np.ndarray) -> np.ndarray:
    """Return the mean of values (n, ...) over the cells of each place, (m, ...), NaN where no cell has one."""
    known = np.isfinite(values)
    total, count = members.T @ np.where(known, values, 0), members.T @ known.astype(np.float64)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _notes(obs: pd.DataFrame, kinds: Sequence[str]) -> list[str]:
    left_out = [str(key) for key, kind in zip(obs, kinds, strict=True) if kind == "identifier"]
    whole = [kind == "number" and pd.api.types.is_integer_dtype(obs.dtypes.iloc[i]) for i, kind in enumerate(kinds)]
    averaged = [str(key) for key, is_whole in zip(obs, whole, strict=True) if is_whole]
    notes = []
    if left_out:
        notes.append(f"columns of obs that name cells are not kept of places: {', '.join(left_out)}")
    if averaged:
        notes.append(
            f"columns of obs that hold whole numbers were averaged over the cells of a place: {', '.join(averaged)}; "
            "if these are labels, store them as text or categories"
        )
    return notes
