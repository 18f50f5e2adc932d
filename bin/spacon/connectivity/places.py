"""Which row of a file of connectivity is of which spot: told by names, by a column, or, without either, by order."""

import difflib
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from spacon.counts import counted, of_all
from spacon.data.columns import column, known_labels
from spacon.errors import InputError
from spacon.parameters import ConnectivitySource

SHOWN = 5  # names in a message
By = Literal["names of spots", "names of regions", "index of places", "order"]
Places = tuple[By, np.ndarray, list[str]]


def places_of(
    names: Sequence[str] | None, m: int, spots: pd.DataFrame, source: ConnectivitySource, file: str, of: str
) -> Places:
    """Return what told it, the row of each spot (n,), -1 where there is none, and notes on what has no partner.

    Args:
        names: of the rows, where the file has them.
        m: how many rows there are.
        spots, source, file, of: as `matched` takes them.

    Raises:
        InputError: no row belongs to any spot, or, without names, there are more or fewer rows than spots.
    """
    if source.region_key is not None:
        return _by_region(names, m, spots, source.region_key, file, of)
    if source.region_diagonal != "given":
        raise InputError(f"{file}: region_diagonal is set, but its rows are spots, not regions: leave it out")
    if names is not None:
        return _by_name(names, spots, file)
    check_number(m, len(spots), file, of)
    return "order", np.arange(m), []


def check_number(rows: int, spots: int, file: str, of: str) -> None:
    """Raise InputError unless there are as many rows as spots."""
    if rows != spots:
        raise InputError(
            f"{file}: connectivity is of {rows} spots, but {of} has {spots}: both need the same spots in the same "
            "order, or names (docs/usage.md, section 3)"
        )


def _by_name(names: Sequence[str], spots: pd.DataFrame, file: str) -> Places:
    own = [str(name) for name in spots.index]
    place = pd.Index(names).get_indexer(pd.Index(own))
    if (place < 0).all():
        hint = _column_with(names, spots)
        raise InputError(
            f"{file}: its rows have names ({listed(names)}), of which no spot ({listed(own)}) has one: "
            f"{hint or 'store it without names if its rows are the spots in their order, or'} set --region_key to the "
            "column of obs that has them"
        )
    return (
        "names of spots",
        place,
        [
            *_without_row(np.array(own), place, names, file),
            *_without_spots(place, names, "spot", file),
        ],
    )


def _by_region(names: Sequence[str] | None, m: int, spots: pd.DataFrame, key: str, file: str, of: str) -> Places:
    label = known_labels(column(spots, key, of)).str.strip()
    by: By = "index of places" if names is None else "names of regions"
    if names is None:
        names = [str(row) for row in range(m)]
        place = _numbers(label, m, key, file, of)
    else:
        place = pd.Index(names).get_indexer(label.fillna(""))
    if (place < 0).all():
        raise InputError(
            f"{file}: no spot lies in any of its {m} regions ({listed(names)}): obs['{key}'] has "
            f"{listed(label.dropna().unique()) or 'no label'}"
        )
    notes = [
        *_without_row(label.to_numpy(), place, names, file),
        *_without_spots(place, names, "place" if key == "place" else "region", file),
    ]
    return by, place, notes


def _numbers(label: pd.Series, m: int, key: str, file: str, of: str) -> np.ndarray:
    """Return the row of each spot (n,), -1 where there is none; labels are texts of whole numbers from 0."""
    number = pd.to_numeric(label, errors="coerce")
    wrong = label.notna() & ~(number % 1 == 0)
    if wrong.any():
        raise InputError(
            f"{file}: has no names of its rows, so that obs['{key}'] must hold their numbers, from 0; "
            f"{of} has '{label[wrong].iloc[0]}'"
        )
    place = number.fillna(-1).to_numpy().astype(np.int64)
    if place.max(initial=-1) >= m:
        counted = ": is it counted from 1? Subtract 1" if place.max() == m else ""
        raise InputError(f"{of}: obs['{key}'] is {place.max()}, but {file} has rows 0 to {m - 1}{counted}")
    return np.maximum(place, -1)


def _without_row(labels: np.ndarray, place: np.ndarray, names: Sequence[str], file: str) -> list[str]:
    """Return a note on the spots that the file does not know."""
    lacking = place < 0
    if not lacking.any():
        return []
    unknown = pd.Series(labels[lacking], dtype=object)
    counts = unknown.dropna().value_counts(sort=False).sort_values(ascending=False, kind="stable")
    lower = {name.lower(): name for name in names}
    parts = [f"{int(unknown.isna().sum()):,} without a label"] if unknown.isna().any() else []
    for name, count in counts.head(SHOWN).items():
        close = difflib.get_close_matches(str(name).lower(), lower, n=1, cutoff=0.8)
        parts.append(f"{count:,} of '{name}'" + (f" (did you mean '{lower[close[0]]}'?)" if close else ""))
    rest = f" and {counted(len(counts) - SHOWN, 'more name')}" if len(counts) > SHOWN else ""
    have = of_all(int(lacking.sum()), len(place), "spot", "has", "have")
    return [f"{have} no row in {file} and so no connections: {', '.join(parts)}{rest}"]


def _without_spots(place: np.ndarray, names: Sequence[str], what: str, file: str) -> list[str]:
    """Return a note on the rows that no spot has."""
    free = np.setdiff1d(np.arange(len(names)), place)
    if not len(free):
        return []
    rows = of_all(len(free), len(names), "row", f"of {file} is", f"of {file} are")
    return [f"{rows} of no {what} here: {listed([names[i] for i in free])}"]


def _column_with(names: Sequence[str], spots: pd.DataFrame) -> str:
    """Return a hint at the column that has most of these names."""
    known = set(names)
    shares = {str(key): float(known_labels(spots[key]).isin(known).mean()) for key in spots}
    best = max(shares, key=lambda key: shares[key], default=None)
    return f"did you mean --region_key {best}? Otherwise" if best is not None and shares[best] > 0 else ""


def listed(names: Sequence[str]) -> str:
    """Return the first few names, in quotes."""
    return ", ".join(f"'{name}'" for name in names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
