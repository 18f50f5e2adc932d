"""Tables of places: where the rows of the connectivity lie, in their order."""

import csv
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from spacon.data.columns import as_text, known_labels
from spacon.errors import InputError, unreadable

# What pandas, pyarrow (whose errors are kinds of these) and NumPy raise for a file that is no table.
DAMAGED = (OSError, EOFError, ValueError, LookupError, TypeError, NotImplementedError, zlib.error, csv.Error)
SEPARATORS = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}
AXES = ("x", "y", "z")
SECTION = "section"
NAMES = ("place", "name", "id", "index", "")  # the last two: as pandas writes an index


@dataclass(frozen=True)
class Places:
    """Where the rows of the connectivity lie.

    Args:
        positions: (m, 2 or 3), finite.
        names: of the rows (m,), each its own: from the table, or their numbers from 0 as text.
        section: of each place (m,), where the table has it.
        file: name of the table, for messages.
    """

    positions: np.ndarray
    names: np.ndarray
    section: np.ndarray | None
    file: str


def read_places(path: Path, section_key: str | None = None) -> Places:
    """Read a table of places: csv or tsv, gzipped or not, parquet, or npy of shape (m, 2 or 3).

    Of a table, coordinates are the columns x, y and, if it is there, z, or else its only two or three columns of
    numbers; sections the column `section_key` or `section`; names the column place, name, id, index or one without
    a name, else rows are numbered from 0. Names of columns may be in capitals.

    Raises:
        InputError: of another kind, damaged, without places, no such coordinates or not finite, or names that repeat.
    """
    kind = next((end for end in (*SEPARATORS, ".parquet", ".npy") if path.name.lower().endswith(end)), None)
    with unreadable(f"{path.name}: not a table of places that can be read", DAMAGED):
        if kind == ".npy":
            return _of_array(np.load(path, allow_pickle=False), path.name)
        if kind == ".parquet":
            table = pd.read_parquet(path)
            indexed = not isinstance(table.index, pd.RangeIndex)
            return _of_table(table.reset_index() if indexed else table, section_key, path.name)
        if kind is not None:
            return _of_table(_read_text(path, SEPARATORS[kind]), section_key, path.name)
    raise InputError(
        f"{path.name}: places must be a file of one of these kinds: {', '.join(SEPARATORS)}, .parquet, .npy"
    )


def _read_text(path: Path, separator: str) -> pd.DataFrame:
    """Return a table as text: as a number, a name of 39 digits would be another."""
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter=separator) if row]
    header = rows[0] if rows else []
    wrong = next((number for number, row in enumerate(rows) if len(row) != len(header)), None)
    if wrong is not None:
        raise InputError(f"{path.name}: row {wrong + 1} has {len(rows[wrong])} cells, the first {len(header)}")
    return pd.DataFrame(rows[1:], columns=header, dtype=object)


def _of_array(values: np.ndarray, file: str) -> Places:
    if not isinstance(values, np.ndarray):
        raise InputError(f"{file}: not a NumPy array file but an archive of arrays")
    if values.ndim != 2 or values.shape[1] not in (2, 3) or values.dtype.kind not in "iuf":
        raise InputError(
            f"{file}: places must be numbers of shape (m, 2) or (m, 3), found {values.dtype} {values.shape}"
        )
    return _checked(values.astype(np.float64), None, None, file)


def _of_table(table: pd.DataFrame, section_key: str | None, file: str) -> Places:
    columns = {str(name).strip().lower(): position for position, name in enumerate(table.columns)}
    if len(columns) < table.shape[1]:
        raise InputError(f"{file}: two columns have the same name: {', '.join(map(str, table.columns))}")
    section = _column(table, columns, (section_key or SECTION, SECTION))
    names = _column(table, columns, NAMES)
    taken = [part.name for part in (section, names) if part is not None]
    return _checked(_coordinates(table, columns, taken, file), names, section, file)


def _column(table: pd.DataFrame, columns: dict[str, int], wanted: tuple[str, ...]) -> pd.Series | None:
    """Return the first of the wanted columns that is there."""
    found = next((columns[name.lower()] for name in wanted if name.lower() in columns), None)
    return None if found is None else table.iloc[:, found]


def _coordinates(table: pd.DataFrame, columns: dict[str, int], taken: list[str], file: str) -> np.ndarray:
    """Return the coordinates of a table (m, 2 or 3)."""
    if {"x", "y"} <= set(columns):
        parts = [table.iloc[:, columns[axis]] for axis in AXES if axis in columns]
    else:
        rest = [table.iloc[:, position] for position in columns.values() if table.columns[position] not in taken]
        parts = [part for part in rest if _numbers(part).notna().all()]
    if len(parts) not in (2, 3):
        raise InputError(
            f"{file}: which columns are the coordinates? Name them x, y and, if there are three, z; found "
            f"{', '.join(map(str, table.columns))}"
        )
    return np.stack([_numbers(part).to_numpy() for part in parts], axis=1)


def _numbers(column: pd.Series) -> pd.Series:
    """Return a column as numbers, NaN for what is none."""
    if pd.api.types.is_bool_dtype(column):
        return pd.Series(np.nan, index=column.index)
    return pd.to_numeric(column, errors="coerce").astype(np.float64)


def _checked(positions: np.ndarray, names: pd.Series | None, section: pd.Series | None, file: str) -> Places:
    if not len(positions):
        raise InputError(f"{file}: has no places")
    wrong = np.flatnonzero(~np.isfinite(positions).all(axis=1))
    if len(wrong):
        raise InputError(f"{file}: the coordinates of place {wrong[0]} (from 0) are not finite numbers")
    numbers = np.arange(len(positions)).astype(str).astype(object)
    text = numbers if names is None else as_text(names).str.strip().to_numpy(dtype=object)
    repeated = pd.Series(text).duplicated()
    if repeated.any() or (text == "").any():
        of = "" if names is None else names.name
        first = next(number for number, name in enumerate(text) if repeated[number] or name == "")
        said = f"has the name '{text[first]}' of an earlier one" if text[first] else "has no name"
        raise InputError(
            f"{file}: place {first} (from 0) {said}; each needs its own: leave out the column '{of}' to number places "
            "by their rows"
        )
    if section is None:
        return Places(positions, text, None, file)
    known = known_labels(section).str.strip()
    if known.isna().any():
        raise InputError(f"{file}: place '{text[known.isna().to_numpy()][0]}' has no section in '{section.name}'")
    return Places(positions, text, known.to_numpy(dtype=object), file)
