"""Which spot is which parcel: told by a column, else by the spots' names."""

import difflib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from spacon.counts import of_all
from spacon.data.columns import column, known_labels
from spacon.errors import InputError
from spacon.surfaces.file import Surface

SHOWN = 5  # names in a message


def parcels_of(spots: pd.DataFrame, region_key: str | None, file: str) -> pd.Series:
    """Return the parcel that each spot (n,) names, as text, missing where it names none.

    Args:
        spots: a row per spot, whose index holds the names.
        region_key: the column that tells; None: the names.
        file: of the spots, for messages.

    Raises:
        InputError: there is no such column.
    """
    if region_key is None:
        return pd.Series(spots.index.astype(str), dtype=object).str.strip()
    return known_labels(column(spots, region_key, file)).str.strip()


def check_spots(label: pd.Series, surface: Surface, region_key: str | None, file: str) -> list[str]:
    """Return notes on spots (n,) and parcels without a partner.

    Raises:
        InputError: no spot is a parcel, several are the same one, or names of spots that are their numbers from 0.
    """
    names = surface.names
    what = "their names" if region_key is None else f"obs['{region_key}']"
    if region_key is None and label.tolist() == [str(number) for number in range(len(label))] and "0" not in names:
        raise InputError(
            f"{file}: its spots are named 0, 1, ..., as AnnData numbers them, but 0 is no parcel of {surface.files}: "
            "name each spot by its parcel (spots.obs_names = ...), or set --region_key to the column of obs that tells"
        )
    found = label.isin(names).to_numpy()
    if not found.any():
        raise InputError(
            f"{file}: no spot is a parcel of {surface.files}: {what} are {_listed(label.dropna().unique())}, parcels "
            f"{_listed(names)}; set --region_key to the column of obs that has the parcels"
        )
    counts = label[found].value_counts(sort=False)
    if counts.max() > 1:
        parcel = counts.index[counts.to_numpy() > 1][0]
        raise InputError(
            f"{file}: {counts[parcel]:,} spots lie in the parcel '{parcel}' of {surface.files}, which has room for one "
            "label: set --align surface, without --align_by_section"
        )
    return [*_spots_without_parcel(label[~found], len(label), names), *_parcels_without_spot(label, surface)]


def _spots_without_parcel(label: pd.Series, spots: int, names: Sequence[str]) -> list[str]:
    if label.empty:
        return []
    lower = {name.lower(): name for name in names}
    parts = [f"{int(label.isna().sum()):,} without a label"] if label.isna().any() else []
    unknown = label.dropna().unique()
    for name in unknown[:SHOWN]:
        close = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0)
        parts.append(f"'{name}' (the nearest parcel is '{lower[close[0]]}')")
    rest = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
    said = of_all(len(label), spots, "spot", "is no parcel", "are no parcel") + " of the surface, and on no map of it"
    return [f"{said}: {', '.join(parts)}{rest}"]


def _parcels_without_spot(label: pd.Series, surface: Surface) -> list[str]:
    names, taken = surface.names, set(label)
    free = [name for name in names if name not in taken]
    if not free:
        return []
    said = of_all(
        len(free), len(names), "parcel", f"of {surface.files} has no spot", f"of {surface.files} have no spot"
    )
    return [f"{said}: {_listed(free)}"]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def spot_of_vertex(label: pd.Series, surface: Surface) -> list[np.ndarray]:
    """Return the number of the spot of each vertex, (v,) per hemisphere, -1 where there is none.

    `label` is the parcel of each spot (n,), one spot of each at most (`check_spots`).
    """
    row = np.flatnonzero(label.isin(surface.names))
    known = pd.Index(label.iloc[row])
    spots = []
    for found in surface.hemispheres:
        place = known.get_indexer(pd.Index(found.names))
        of_parcel = np.where(place < 0, -1, row[place])
        spots.append(np.append(of_parcel, -1)[found.parcel])
    return spots
