"""Cells joined with tables about them, by identifiers as text and never by order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from spacon.counts import of_all
from spacon.data.columns import as_text, known_labels
from spacon.errors import InputError
from spacon.findings import Findings
from spacon.sources.cells import Cells, kept, noted
from spacon.sources.tables import CellTable

# What stands for no number in a column of numbers; of texts, these are texts.
MISSING = ("NA", "N/A", "NaN", "nan", "null", "None")
LONG = r"[+-]?\d{16,}"  # more digits than double precision holds: an identifier


@dataclass(frozen=True)
class _Match:
    """A table and, for each cell, the row of it that is the cell's, -1 where there is none."""

    table: CellTable
    columns: pd.DataFrame
    rows: np.ndarray
    notes: tuple[str, ...]


def joined(cells: Cells, tables: Sequence[CellTable]) -> Cells:
    """Return the cells that have a row in every table, with the tables' columns.

    A column that is there already with the same values is kept once; one with other values gets the name of its file
    behind it. Coordinates of a layout that is known become obsm['spatial'] or obsm['spatial_3d'].

    Raises:
        InputError: identifiers that are missing, repeat or match none, coordinates that are no numbers, or no cell that
            every table has.
    """
    found, matches = Findings(), []
    for table in tables:
        with found.gathering():
            matches.append(_matched(cells, table))
    if found.problems:
        raise found.error()
    if not matches:
        return cells
    rows = np.logical_and.reduce([match.rows >= 0 for match in matches])
    if not rows.any():
        raise InputError(f"no cell has a row in each of {', '.join(match.table.name for match in matches)}")
    with_rows = kept(cells, rows)
    obs, obsm, notes = with_rows.obs.copy(), dict(with_rows.obsm), []
    for match in matches:
        columns = match.columns.iloc[match.rows[rows]].set_axis(obs.index).apply(typed)
        notes += [*match.notes, *_placed(columns, match.table, obsm), *_added(obs, columns, match.table)]
    if not rows.all():
        kept_rows = of_all(int(rows.sum()), len(rows), "cell", "has", "have")
        notes.append(f"{kept_rows} a row in every table and {'is' if rows.sum() == 1 else 'are'} kept")
    return noted(replace(with_rows, obs=obs, obsm=obsm), *notes)


def _matched(cells: Cells, table: CellTable) -> _Match:
    columns, notes = _counting(table)
    key = next((name for name in table.candidates if cells.obs.index.isin(columns[name]).any()), None)
    if key is None:
        names = ", ".join(f"'{name}'" for name in table.candidates[:5])
        raise InputError(
            f"{table.name}: none of its rows names one of the {len(cells.obs):,} cells, which are called "
            f"'{cells.obs.index[0]}'; looked at {names}, as in '{columns[table.candidates[0]].iloc[0]}'"
        )
    if columns[key].isna().any():
        raise InputError(
            f"{table.name}: row {int(np.flatnonzero(columns[key].isna())[0])} has no {key or 'identifier'}"
        )
    ids = pd.Index(columns[key], dtype=object)
    repeated = ids[ids.duplicated()]
    if len(repeated):
        times = int((ids == repeated[0]).sum())
        raise InputError(f"{table.name}: {key} '{repeated[0]}' appears {times} times; each cell needs one row")
    rows = ids.get_indexer(cells.obs.index)
    without, unused = int((rows < 0).sum()), len(ids) - int((rows >= 0).sum())
    if without:
        lost = of_all(without, len(rows), "cell", "has no row and is", "have no row and are")
        notes.append(f"{table.name}: {lost} left out")
    if unused:
        notes.append(f"{table.name}: {of_all(unused, len(ids), 'row', 'has', 'have')} no cell")
    return _Match(table, columns.drop(columns=key), rows, tuple(notes))


def _counting(table: CellTable) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows of a table that count by its layout, as those of spots in tissue."""
    needed = table.layout.needed if table.layout else None
    if needed is None:
        return table.columns, []
    counts = (as_text(table.columns[needed]) == "1").to_numpy()
    if not counts.any():
        raise InputError(f"{table.name}: no row has {needed} 1, so no cell is left")
    if counts.all():
        return table.columns, []
    aside = int((~counts).sum())
    have, count = of_all(aside, len(counts), "row", "has", "have"), "does not count" if aside == 1 else "do not count"
    return table.columns[counts], [f"{table.name}: {have} another {needed} than 1 and {count}"]


def _placed(columns: pd.DataFrame, table: CellTable, obsm: dict[str, np.ndarray]) -> Iterator[str]:
    """Put the coordinates of a layout that is known into obsm, and yield notes on it."""
    layout = table.layout
    if layout is None:
        return
    wrong = next((name for name in layout.coordinates if columns[name].dtype.kind not in "iuf"), None)
    if wrong:
        raise InputError(
            f"{table.name}: '{wrong}' must be numbers with decimal points, found '{columns[wrong].astype(str).iloc[0]}'"
        )
    place = np.column_stack([_floats(columns[name]) for name in layout.coordinates])
    if layout.place in obsm and not np.array_equal(obsm[layout.place], place, equal_nan=True):
        yield f"obsm['{layout.place}'] held other coordinates; those of {table.name} take their place"
    obsm[layout.place] = place
    axes = ", ".join(layout.coordinates)
    way = "downwards, as rows of an image do" if layout.y_counts_downwards else "upwards"
    yield f"{table.name}: {axes} ({layout.unit}; {layout.provider}) are obsm['{layout.place}']; y counts {way}"
    if layout.section in columns:
        yield f"{table.name}: sections are in the column {layout.section}, for --section_key"
    known = [name for name in layout.labels if name in columns]
    if known:
        yield f"{table.name}: labels are in {', '.join(known)}"


def _added(obs: pd.DataFrame, columns: pd.DataFrame, table: CellTable) -> Iterator[str]:
    """Add a table's columns to obs, and yield a note on those that get other names."""
    renamed, changed = table.layout.renamed if table.layout else {}, []
    for name, column in columns.items():
        new = renamed.get(str(name), str(name))
        if new in obs and _is_same(obs[new], column):
            continue
        if new in obs:
            new = next(free for free in _names(f"{name}_{table.stem}") if free not in obs)
        if new != name:
            changed.append(f"'{name}' as '{new}'")
        obs[new] = column
    if changed:
        yield f"{table.name}: columns are kept under other names: {', '.join(changed)}"


def _names(name: str) -> Iterator[str]:
    yield name
    number = 1
    while True:
        number += 1
        yield f"{name}_{number}"


def _is_same(one: pd.Series, other: pd.Series) -> bool:
    """Return whether two columns hold the same numbers or texts, and miss the same."""
    if one.dtype.kind in "iufb" and other.dtype.kind in "iufb":
        return np.array_equal(_floats(one), _floats(other), equal_nan=True)
    return known_labels(one).fillna("").equals(known_labels(other).fillna(""))


def _floats(column: pd.Series) -> np.ndarray:
    return column.to_numpy(np.float64, na_value=np.nan)


def typed(column: pd.Series) -> pd.Series:
    """Return a column of texts as numbers where all of them are, else as a category; others as they are.

    Texts of more digits than a number can hold exactly stay texts.
    """
    if column.dtype != object and not isinstance(column.dtype, pd.CategoricalDtype | pd.StringDtype):
        return column
    texts = column.astype(object).where(column.notna(), None).map(str, na_action="ignore").astype("category")
    names = texts.cat.categories
    words = names.str.strip()
    words = words.where(~words.isin(MISSING), "nan")
    numbers = pd.to_numeric(words, errors="coerce").to_numpy()  # knows what is a number, where float() takes `1_0`
    known = ~np.isnan(numbers.astype(np.float64))
    if not known.any() or not (known | (words == "nan")).all() or words.str.fullmatch(LONG).any():
        return texts
    if numbers.dtype.kind == "i" and texts.notna().all():
        return pd.Series(numbers[texts.cat.codes], index=column.index)
    exact = np.array([*map(float, words), np.nan])  # the last is of those without a text, whose code is -1
    return pd.Series(exact[texts.cat.codes], index=column.index)
