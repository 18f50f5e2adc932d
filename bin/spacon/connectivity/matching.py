"""Which row of a file of connectivity is which spot: by names, by an index, or, where there is neither, by order."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.connectivity.forms import Connectivity, Dense, Factored, Reordered, Sparse
from spacon.data.columns import column, known_labels, natural_order
from spacon.errors import InputError
from spacon.memory import require
from spacon.parameters import ConnectivitySource
from spacon.readers.table import Table, Values, wide

SHOWN = 5  # names in a message
By = Literal["names of spots", "names of regions", "index of places", "order"]


@dataclass(frozen=True)
class Matched:
    """Connectivity of the spots in their order, and how its rows were matched.

    Args:
        connectivity: of n spots.
        by: what told which row is which spot.
        place: the row in the file of each spot (n,), below 0 where there is none.
        notes: on spots and rows without a partner.
        silent: spots whose row is there, but of a time series that never varies.
    """

    connectivity: Connectivity
    by: By
    place: np.ndarray
    notes: list[str] = field(default_factory=list)
    silent: int = 0

    @property
    def outside(self) -> int:
        """How many spots have no connections, as the file knows of none."""
        return int((self.place < 0).sum()) + self.silent


def in_order(found: Table) -> Connectivity:
    """Return connectivity whose rows, or the entries of its index, are the spots as they stand."""
    if found.index is not None:
        return Factored(np.asarray(found.values), found.index)
    return Sparse(found.values) if sp.issparse(found.values) else Dense(found.values)


def matched(found: Table, spots: pd.DataFrame, source: ConnectivitySource, file: str, of: str) -> Matched:
    """Match the rows of connectivity to spots.

    Args:
        found: as read from the file.
        spots: one row per spot (n), whose index holds the names.
        source: its `region_key` names the column with the region of each spot: a name of the file, or, where the file
            has none, the number of its row, from 0.
        file, of: names of the file of connectivity and of that of spots, for messages.

    Raises:
        InputError: no row belongs to any spot, or, without names, there are more or fewer rows than spots.
    """
    if found.index is not None:
        if source.region_key is not None:
            raise InputError(f"{file}: has the region of each spot in 'index' already: leave out --region_key")
        _check_number(len(found.index), len(spots), file, of)
        values = _within(np.asarray(found.values), found.index, source, file)
        return Matched(Factored(values, found.index), "order", found.index)
    if source.region_key is not None:
        return _by_region(found, spots, source, file, of)
    if source.region_diagonal != "given":
        raise InputError(f"{file}: region_diagonal is set, but its rows are spots, not regions: leave it out")
    if found.names is not None:
        return _by_name(found.values, found.names, spots, file)
    _check_number(found.values.shape[0], len(spots), file, of)
    return Matched(in_order(found), "order", np.arange(len(spots)))


def _check_number(rows: int, spots: int, file: str, of: str) -> None:
    if rows != spots:
        raise InputError(
            f"{file}: connectivity is of {rows} spots, but {of} has {spots}: both need the same spots in the same "
            "order, or names (docs/usage.md, section 3)"
        )


def _by_name(values: Values, names: Sequence[str], spots: pd.DataFrame, file: str) -> Matched:
    """Match names of rows to names of spots."""
    place, notes = places_of(names, spots, file)
    if np.array_equal(place, np.arange(len(names))):
        return Matched(in_order(Table(values)), "names of spots", place, notes)
    connectivity = Sparse(_selected(values, place)) if sp.issparse(values) else Reordered(values, place)
    return Matched(connectivity, "names of spots", place, notes)


def places_of(names: Sequence[str], spots: pd.DataFrame, file: str) -> tuple[np.ndarray, list[str]]:
    """Return the row of each spot (n,), by its name, -1 where there is none; and notes on what has no partner."""
    own = [str(name) for name in spots.index]
    place = pd.Index(names).get_indexer(pd.Index(own))
    if (place < 0).all():
        hint = _column_with(names, spots)
        raise InputError(
            f"{file}: its rows have names ({listed(names)}), of which no spot ({listed(own)}) has one: "
            f"{hint or 'store it without names if its rows are the spots in their order, or'} set --region_key to the "
            "column of obs that has them"
        )
    return place, [*_without_row(np.array(own), place, names, file), *_without_spots(place, names, "spot", file)]


def _selected(values: sp.csr_matrix, place: np.ndarray) -> sp.csr_matrix:
    """Return the entries between the rows at these places; nothing for a place below 0."""
    there = np.flatnonzero(place >= 0)
    ones = np.ones(len(there), dtype=values.dtype)
    chosen = sp.csr_matrix((ones, (there, place[there])), shape=(len(place), values.shape[0]))
    matrix = sp.csr_matrix(chosen @ values @ chosen.T)
    matrix.sort_indices()
    return matrix


def _by_region(found: Table, spots: pd.DataFrame, source: ConnectivitySource, file: str, of: str) -> Matched:
    """Match the region of each spot, by name or by number, to a row."""
    key, m = str(source.region_key), found.values.shape[0]
    label = known_labels(column(spots, key, of)).str.strip()
    by: By = "index of places" if found.names is None else "names of regions"
    names = found.names or [str(row) for row in range(m)]
    place = _numbers(label, m, key, file, of) if found.names is None else pd.Index(names).get_indexer(label.fillna(""))
    if (place < 0).all():
        raise InputError(
            f"{file}: no spot lies in any of its {m} regions ({listed(names)}): obs['{key}'] has "
            f"{listed(label.dropna().unique()) or 'no label'}"
        )
    notes = [*_without_row(label.to_numpy(), place, names, file), *_without_spots(place, names, "region", file)]
    # In an order of their own: neither the file's nor regions without spots may decide what training draws at random.
    rank = {name: number for number, name in enumerate(natural_order(names))}
    used = sorted(set(place[place >= 0].tolist()), key=lambda row: rank[names[row]])
    require(f"{file}: connectivity between {len(used):,} regions", 8 * len(used) ** 2, "bring fewer regions")
    values = found.values[used][:, used]
    values = values if isinstance(values, np.ndarray) else values.toarray()
    index = np.full(m + 1, len(used))  # the last: a spot without a row
    index[used] = np.arange(len(used))
    index = index[place]
    values = _within(values.astype(wide(values.dtype), copy=False), index, source, file)
    if (place < 0).any():  # a region of its own, which is connected with none
        values = np.pad(values, (0, 1))
    return Matched(Factored(values, index.astype(np.int64)), by, place, notes)


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


def _within(values: np.ndarray, index: np.ndarray, source: ConnectivitySource, file: str) -> np.ndarray:
    """Return values between regions (m, m) whose diagonal says what two spots of one region are to each other."""
    several = np.bincount(index, minlength=len(values))[: len(values)] > 1
    if source.region_diagonal == "given":
        wrong = np.flatnonzero(several & ~np.isfinite(np.diagonal(values)))
        if len(wrong):
            raise InputError(
                f"{file}: entry [{wrong[0]}, {wrong[0]}], of a region to itself, is {values[wrong[0], wrong[0]]}, and "
                "several spots lie in it: set --region_diagonal connected or unconnected"
            )
        return values
    between = values[~np.eye(len(values), dtype=bool)]
    largest = between[np.isfinite(between)].max(initial=0)
    values = values.copy()
    np.fill_diagonal(values, largest if source.region_diagonal == "connected" else 0)
    return values


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
    rest = f" and {len(counts) - SHOWN:,} more names" if len(counts) > SHOWN else ""
    return [
        f"{int(lacking.sum()):,} of {len(place):,} spots have no row in {file} and so no connections: "
        f"{', '.join(parts)}{rest}"
    ]


def _without_spots(place: np.ndarray, names: Sequence[str], what: str, file: str) -> list[str]:
    """Return a note on the rows that no spot has."""
    free = np.setdiff1d(np.arange(len(names)), place)
    if not len(free):
        return []
    return [f"{len(free):,} of {len(names):,} rows of {file} are of no {what} here: {listed([names[i] for i in free])}"]


def _column_with(names: Sequence[str], spots: pd.DataFrame) -> str:
    """Return a hint at the column that has most of these names."""
    known = set(names)
    shares = {str(key): float(known_labels(spots[key]).isin(known).mean()) for key in spots}
    best = max(shares, key=lambda key: shares[key], default=None)
    return f"did you mean --region_key {best}? Otherwise" if best is not None and shares[best] > 0 else ""


def circular(spots: pd.DataFrame, region_key: str | None, reference_key: str | None) -> list[str]:
    """Return a note where reference labels follow from the regions that decide on connections."""
    if region_key not in spots or reference_key not in spots:
        return []
    labels = known_labels(spots[reference_key]).groupby(known_labels(spots[region_key])).nunique()
    if (labels > 1).any():
        return []
    return [
        f"each region of obs['{region_key}'] has one reference label of obs['{reference_key}'], and spots of one "
        "region have the same connections: that clusters agree with these labels shows nothing"
    ]


def listed(names: Sequence[str]) -> str:
    """Return the first few names, in quotes."""
    return ", ".join(f"'{name}'" for name in names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
