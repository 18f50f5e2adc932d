"""Places that are named regions: a cell lies in the region that its label names."""

import numpy as np
import pandas as pd

from spacon.alignment.assignment import Assignment, Why, assigned
from spacon.data.columns import known_labels, natural_order
from spacon.errors import InputError

# How atlases say that a cell lies in no region, in small letters; Allen's index of the background is 0.
OUTSIDE = frozenset({"0", "-1", "unassigned", "brain-unassigned", "unknown", "none", "nan"})


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


def coded(label: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Return the number of each label (n,), -1 where it is missing or blank, and the labels in natural order, as text.

    Only labels that differ are made text: among millions of cells they are few.
    """
    code, distinct = pd.factorize(label)
    text = known_labels(pd.Series(distinct)).str.strip()
    names = natural_order(text.dropna().unique())
    number = np.append(pd.Index(names).get_indexer(text), -1)  # the last: of what is missing
    return number[code], names
