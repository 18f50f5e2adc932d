"""The user's columns about the spots: found by name, and carried into the results without meeting ours."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import anndata as ad
import natsort
import numpy as np
import pandas as pd

from spacon.data import keys
from spacon.errors import InputError, suggestion

# A clustering's name (clustering_file.py): such a column is a result of an earlier run, fed back.
EARLIER = re.compile(r"spacon_alpha.+_resolution.+_seed\d+(_refined)?")
RESERVED = "_index"  # anndata keeps the spots' names under it


def carried(obs: pd.DataFrame, sample: str) -> tuple[pd.DataFrame, dict[str, str | None]]:
    """Return the user's columns under names that neither ours nor the file format's can meet.

    Our own column `sample` and the clusterings of an earlier run are left out, so that a result can be brought again
    any number of times; a column `sample` of the user's is kept as `original_sample`, or with a number behind it.

    Returns:
        The table, and each name that was changed with the new one, None for a column that was left out.
    """
    taken = {str(name) for name in obs.columns} | {keys.SAMPLE, RESERVED}
    changed: dict[str, str | None] = {}
    columns: dict[str, pd.Series] = {}
    for position, name in enumerate(obs.columns):
        column, new = obs.iloc[:, position], str(name)
        if EARLIER.fullmatch(new) or (new == keys.SAMPLE and _is_constant(column, sample)):
            changed[new] = None
            continue
        if new in (keys.SAMPLE, RESERVED) or new in columns or new.strip("./ ") == "" or "/" in new:
            new = _free(f"original_{new.strip('_./ ').replace('/', '_') or 'column'}", taken)
            changed[str(name)] = new
            taken.add(new)
        columns[new] = _writable(column)
    table = pd.DataFrame(columns, index=obs.index)
    table.index.name = None  # the name of the index is a column's in the file
    return table, changed


def renaming_notes(changed: Mapping[str, str | None]) -> list[str]:
    """Return a note on each column that `carried` changed, but for our own `sample` of an earlier run."""
    return [
        f"the column obs['{old}'] is "
        + ("left out: it is a result of an earlier run" if new is None else f"kept as '{new}'")
        for old, new in changed.items()
        if old != keys.SAMPLE or new is not None
    ]


def _is_constant(column: pd.Series, value: str) -> bool:
    return bool((column.astype(str) == value).all())


def _free(name: str, taken: set[str]) -> str:
    numbered = (name if number == 1 else f"{name}_{number}" for number in range(1, len(taken) + 2))
    return next(each for each in numbered if each not in taken)


def _writable(column: pd.Series) -> pd.Series:
    """Return a column that can be stored: numbers, truth values, text and categories of these; all else as text."""
    kind = column.cat.categories.dtype if isinstance(column.dtype, pd.CategoricalDtype) else column.dtype
    if isinstance(kind, pd.StringDtype) or (isinstance(kind, np.dtype) and kind.kind in "biuf"):
        return column
    if pd.api.types.is_integer_dtype(kind) or pd.api.types.is_bool_dtype(kind):  # with missing values
        return column
    values = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column.dropna()
    if all(isinstance(value, str) for value in values):
        return column
    return column.astype(object).map(str, na_action="ignore").astype("category")


def column(obs: pd.DataFrame, key: str, name: str) -> pd.Series:
    """Return a column of obs.

    Raises:
        InputError: there is no such column; names the nearest.
    """
    if key not in obs:
        raise InputError(f"{name}: no column '{key}' in obs; {suggestion(key, obs.columns)}")
    return obs[key]


def labels(spots: ad.AnnData, key: str, name: str) -> pd.Series:
    """Return the known label of each spot as text, shape (n,); raises as `column`."""
    return known_labels(column(spots.obs, key, name))


def known_labels(column: pd.Series) -> pd.Series:
    """Return a column as text; missing where it has no value or only blanks."""
    text = as_text(column)
    return text.where(column.notna() & (text.str.strip() != ""))


def sections(spots: ad.AnnData, key: str, name: str) -> np.ndarray:
    """Return the section of each spot as text, shape (n,).

    Raises:
        InputError: there is no such obs column, or a spot has no section.
    """
    found = labels(spots, key, name)
    if found.isna().any():
        raise InputError(f"{name}: spot '{spots.obs_names[found.isna()][0]}' has no section in obs['{key}']")
    return found.to_numpy(dtype=object).astype(str)


def section_order(sections: np.ndarray, order: Sequence[str] | None) -> list[str]:
    """Return the order in which sections lie on each other: the given one, checked, else the natural one.

    Raises:
        InputError: the order names a section that is not in the data, names one twice or leaves one out.
    """
    present = set(sections.tolist())
    if order is None:
        return natural_order(present)
    for name in order:
        if name not in present:
            raise InputError(f"section_order names section '{name}', which no spot has; {suggestion(name, present)}")
        if order.count(name) > 1:
            raise InputError(f"section_order names section '{name}' twice")
    missing = natural_order(present - set(order))
    if missing:
        known = ", ".join(natural_order(present))
        raise InputError(f"section_order leaves out section '{missing[0]}'; the spots' sections are {known}")
    return list(order)


def as_text(column: pd.Series) -> pd.Series:
    """Return a column as text; whole numbers that a missing value made fractions (2.0) are whole again."""
    values = column.astype(object)
    if pd.api.types.is_float_dtype(column.dtype) and (column.dropna() % 1 == 0).all():
        return values.map(lambda number: f"{number:.0f}", na_action="ignore").astype(object).fillna("")
    return values.map(str, na_action="ignore").astype(object).fillna("")


def natural_order(names: Iterable[str]) -> list[str]:
    """Return names in the order in which people count: numbers by value, then text, `slice9` before `slice10`."""
    key = natsort.natsort_keygen()
    return sorted(
        names, key=lambda name: (not _is_number(name), float(name) if _is_number(name) else 0.0, key(name), name)
    )


def _is_number(name: str) -> bool:
    try:
        return math.isfinite(float(name))
    except ValueError:
        return False
