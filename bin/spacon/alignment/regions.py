"""Places that are named regions, or parcels of a surface: a cell lies in the one that its label names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spacon.alignment.assignment import Assignment, Why, assigned
from spacon.data.columns import known_labels, natural_order
from spacon.errors import InputError

SHOWN = 5  # names in a message
# How atlases say that a cell lies in no region, in small letters; Allen's index of the background is 0.
OUTSIDE = frozenset({"0", "-1", "unassigned", "brain-unassigned", "unknown", "none", "nan"})


@dataclass(frozen=True)
class Parcels:
    """Parcels of a surface.

    Args:
        label: the parcel that each cell names (n,), missing where it names none.
        names: of the parcels (m,).
        positions: where each lies (m, 3).
        files: of the surface, for messages.
    """

    label: pd.Series
    names: Sequence[str]
    positions: np.ndarray
    files: str


def regions(label: pd.Series) -> Assignment:
    """Assign cells to the regions of their labels; regions stand in their natural order.

    A cell lies outside every region where its label (n,) is missing, blank or one of `OUTSIDE`.

    Raises:
        InputError: every cell lies outside.
    """
    code, names = coded(label)
    named = np.array([name.lower() not in OUTSIDE for name in names], dtype=bool)
    if not named.any():
        raise InputError(f"obs['{label.name}'] puts no cell in a region: every label is missing, or means outside")
    number = np.where(named, np.cumsum(named) - 1, -1)
    place = np.where(code < 0, -1, number[code])
    why = np.where(place < 0, Why.OUTSIDE_REGIONS, Why.PLACED).astype(np.uint8)
    return assigned(place, [name for name, kept in zip(names, named, strict=True) if kept], why)


def in_parcels(parcels: Parcels) -> Assignment:
    """Assign cells to the parcels that they name; where there is no such parcel, they have no place.

    Raises:
        InputError: no cell names a parcel.
    """
    place = pd.Index(parcels.names).get_indexer(parcels.label.fillna(""))
    if (place < 0).all():
        own = ", ".join(f"'{name}'" for name in parcels.label.dropna().unique()[:SHOWN])
        theirs = ", ".join(f"'{name}'" for name in parcels.names[:SHOWN])
        raise InputError(
            f"no cell lies in a parcel of {parcels.files} ({theirs}, ...): cells name {own or 'none'}; set "
            "--region_key to the column of obs that has the parcels"
        )
    return assigned(place, parcels.names, np.where(place < 0, Why.NO_PARCEL, Why.PLACED).astype(np.uint8))


def coded(label: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Return the number of each label (n,), -1 where it is missing or blank, and the labels in natural order, as text.

    Only labels that differ are made text: among millions of cells they are few.
    """
    code, distinct = pd.factorize(label)
    text = known_labels(pd.Series(distinct)).str.strip()
    names = natural_order(text.dropna().unique())
    number = np.append(pd.Index(names).get_indexer(text), -1)  # the last: of what is missing
    return number[code], names
