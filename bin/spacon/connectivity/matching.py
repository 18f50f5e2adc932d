"""Which row of a file of connectivity is which spot: by names, by an index, or, where there is neither, by order."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.connectivity.forms import Connectivity, Dense, Factored, Reordered, Sparse
from spacon.connectivity.places import By, check_number, places_of
from spacon.data.columns import known_labels, natural_order
from spacon.errors import InputError
from spacon.memory import require
from spacon.parameters import ConnectivitySource
from spacon.readers.table import Table, wide


@dataclass(frozen=True)
class Matched:
    """Connectivity of the spots in their order, and how its rows were matched.

    Args:
        connectivity: of n spots.
        by: what told which row is which spot.
        place: the row in the file of each spot (n,), below 0 where there is none.
        notes: on spots and rows without a partner.
        silent: spots whose row is there, but of a time series that never varies.
        rows: how many the file has; 0 where it tells the place of each spot itself.
        image: height and width, where rows are the pixels of images.
    """

    connectivity: Connectivity
    by: By
    place: np.ndarray
    notes: list[str] = field(default_factory=list)
    silent: int = 0
    rows: int = 0
    image: tuple[int, ...] | None = None

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

    Connectivity is factored where several spots lie in one region, whose values are then copied, or where the diagonal
    of the regions is chosen. Where each row is of one spot at most, it stays as it is in the file, sparse, or dense and
    perhaps mapped, and is read in the order of the spots.

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
        check_number(len(found.index), len(spots), file, of)
        values = _within(np.asarray(found.values), found.index, source, file)
        return Matched(Factored(values, found.index), "order", found.index)
    by, place, notes = places_of(found.names, found.values.shape[0], spots, source, file, of)
    some = place[place >= 0]
    if source.region_key is not None and (len(np.unique(some)) < len(some) or source.region_diagonal != "given"):
        connectivity: Connectivity = _between_regions(found, place, source, file)
    elif np.array_equal(place, np.arange(found.values.shape[0])):
        connectivity = in_order(Table(found.values))
    elif sp.issparse(found.values):
        connectivity = Sparse(_selected(found.values, place))
    else:
        connectivity = Reordered(found.values, place)
    return Matched(connectivity, by, place, notes, rows=found.values.shape[0])


def _selected(values: sp.csr_matrix, place: np.ndarray) -> sp.csr_matrix:
    """Return the entries between the rows at these places; nothing for a place below 0."""
    there = np.flatnonzero(place >= 0)
    ones = np.ones(len(there), dtype=values.dtype)
    chosen = sp.csr_matrix((ones, (there, place[there])), shape=(len(place), values.shape[0]))
    matrix = sp.csr_matrix(chosen @ values @ chosen.T)
    matrix.sort_indices()
    return matrix


def _between_regions(found: Table, place: np.ndarray, source: ConnectivitySource, file: str) -> Factored:
    """Return the values between the regions that have spots, and the region of each spot."""
    m = found.values.shape[0]
    names = found.names or [str(row) for row in range(m)]
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
    return Factored(values, index.astype(np.int64))


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


def circular(spots: pd.DataFrame, region_key: str | None, reference_key: str | None) -> list[str]:
    """Return a note where reference labels follow from the regions that decide on connections."""
    if region_key not in spots or reference_key not in spots:
        return []
    of_region = known_labels(spots[reference_key]).groupby(known_labels(spots[region_key]))
    if (of_region.nunique() > 1).any() or (of_region.count() <= 1).all():  # or none has two spots with a label
        return []
    return [
        f"each region of obs['{region_key}'] has one reference label of obs['{reference_key}'], and spots of one "
        "region have the same connections: that clusters agree with these labels shows nothing"
    ]
