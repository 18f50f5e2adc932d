"""Which cell lies in which place: what every rule of alignment returns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.data.columns import natural_order


class Why(IntEnum):
    """Why a cell has no place."""

    PLACED = 0
    NO_POSITION = 1
    TOO_FAR = 2
    NO_PLACE_IN_SECTION = 3
    OUTSIDE_REGIONS = 4
    OUTSIDE_VOLUME = 5
    ON_NO_STREAMLINE = 6
    TOO_FEW_CELLS = 7
    NO_PARCEL = 8


WORDS = {
    Why.PLACED: "",
    Why.NO_POSITION: "no position",
    Why.TOO_FAR: "farther than align_distance",
    Why.NO_PLACE_IN_SECTION: "no place in its section",
    Why.OUTSIDE_REGIONS: "outside every region",
    Why.OUTSIDE_VOLUME: "outside the volume",
    Why.ON_NO_STREAMLINE: "on no streamline",
    Why.TOO_FEW_CELLS: "too few cells in its place",
    Why.NO_PARCEL: "in no parcel of the surface",
}


@dataclass(frozen=True)
class Assignment:
    """Which of n cells lie in which of m places.

    Args:
        members: CSR (n, m), 1 where a cell lies in a place; none or one in a row, but for cells on several streamlines.
        names: of the places (m,), as the connectivity knows them.
        why: of each cell (n,), a `Why`.
        distance: from each cell to the nearest place (n,), whether it lies there or not; NaN where there is none.
        section: of each place (m,), where places are of one section each.
    """

    members: sp.csr_matrix
    names: np.ndarray
    why: np.ndarray
    distance: np.ndarray | None = None
    section: np.ndarray | None = None

    @property
    def place(self) -> np.ndarray:
        """The number of the first place of each cell (n,), int64, -1 where there is none."""
        first, filled = self.members.indptr[:-1], np.diff(self.members.indptr) > 0
        place = np.full(len(filled), -1, dtype=np.int64)
        place[filled] = self.members.indices[first[filled]]
        return place

    @property
    def cells(self) -> np.ndarray:
        """How many cells lie in each place (m,)."""
        return np.bincount(self.members.indices, minlength=self.members.shape[1])

    @property
    def is_shared(self) -> bool:
        """Whether a place holds several cells, whose expression is then added up or averaged."""
        return bool((self.cells > 1).any())


def assigned(
    place: np.ndarray, names: Sequence[str] | np.ndarray, why: np.ndarray, distance: np.ndarray | None = None
) -> Assignment:
    """Return the assignment of cells to at most one place each: `place` (n,), below 0 where there is none."""
    inside = place >= 0
    pointers = np.concatenate([[0], np.cumsum(inside)])
    members = sp.csr_matrix((np.ones(pointers[-1]), place[inside], pointers), shape=(len(place), len(names)))
    return Assignment(members, np.array(names, dtype=object), why, distance)


def by_section(found: Assignment, section: np.ndarray) -> Assignment:
    """Return the assignment to places of one section each: a place that cells of three sections share becomes three.

    Sections stand in their natural order, in each the places in the order that they had. Pairs without cells are none.
    """
    order = natural_order(set(section.tolist()))
    m = found.members.shape[1]
    of_entry = np.repeat(pd.Index(order).get_indexer(section), np.diff(found.members.indptr))
    pairs, entry = np.unique(of_entry.astype(np.int64) * m + found.members.indices, return_inverse=True)
    members = sp.csr_matrix((found.members.data, entry.ravel(), found.members.indptr), shape=(len(section), len(pairs)))
    return replace(
        found, members=members, names=found.names[pairs % m], section=np.array(order, dtype=object)[pairs // m]
    )


def with_enough(found: Assignment, fewest: int) -> Assignment:
    """Return the assignment without the places that have fewer cells; a place without any is always left out."""
    enough = found.cells >= max(1, fewest)
    members = sp.csr_matrix(found.members[:, enough])
    lost = (np.diff(found.members.indptr) > 0) & (np.diff(members.indptr) == 0)
    return replace(
        found,
        members=members,
        names=found.names[enough],
        why=np.where(lost, Why.TOO_FEW_CELLS, found.why).astype(np.uint8),
        section=None if found.section is None else found.section[enough],
    )
