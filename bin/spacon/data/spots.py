"""Where the spots lie: the coordinates that the user brought, found and checked."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import anndata as ad
import numpy as np
import pandas as pd

from spacon.data import keys
from spacon.data.columns import section_order, sections
from spacon.errors import InputError, about, suggestion
from spacon.parameters import Stacking

# Looked through in this order when `coordinates` is not set; the first that is there is taken and the log says so.
SEARCHED = ("spatial_3d", "spatial", "X_spatial_3d", "X_spatial_2d", "X_spatial", "x,y,z", "x,y")
# How tools tell the columns of two coordinates apart: `center_x`, `center_y`; `array_col`, `array_row`.
AXES = (
    ("x", "y"),
    ("col", "row"),
    ("column", "row"),
    ("lon", "lat"),
    ("longitude", "latitude"),
    ("ml", "ap"),
    ("1", "2"),
)
# Distances are squared: beyond these they are infinite or 0 in double precision.
LARGEST_EXTENT, SMALLEST_EXTENT = 1e150, 1e-150


@dataclass(frozen=True)
class Coordinates:
    """Positions of the spots, shape (n, 2) or (n, 3), where they were found, and whether sections told the third."""

    positions: np.ndarray
    source: str
    is_stacked: bool = False


def find_coordinates(spots: ad.AnnData, wanted: str | None, name: str) -> Coordinates:
    """Find the positions of the spots.

    Args:
        spots: with coordinates in obsm or obs.
        wanted: an obsm key, or obs columns such as `x,y`; None searches `SEARCHED`.
        name: of the file, for messages.

    Raises:
        InputError: no such key, none found, not two or three finite numbers per spot, or all spots at one point.
    """
    for place in [wanted] if wanted else SEARCHED:
        found = placed(spots, place)
        if found is not None:
            return Coordinates(_checked(found, place, name), place)
    if wanted:
        raise InputError(f"{name}: no coordinates '{wanted}' in obsm or obs; {suggestions(wanted, spots)}")
    raise InputError(f"{name}: no coordinates found; looked for {'; '.join(SEARCHED)}; {cure(spots)}")


def find_positions(spots: ad.AnnData, wanted: str | None, stacking: Stacking, name: str) -> Coordinates:
    """Find the positions of the spots and, where sections lie so far apart, their third coordinate, along the stack.

    It is the spacing times the number of the spot's section, from 0, in the order of the sections.

    Raises:
        InputError: as `find_coordinates`; of a spacing: it is not above 0, there are three coordinates already, or what
            `sections` and `section_order` refuse.
    """
    spacing = stacking.section_spacing
    if spacing is not None and keys.STACKED in spots.uns:  # when cells were aligned
        return replace(find_coordinates(spots, keys.SPATIAL_3D, name), is_stacked=True)
    found = find_coordinates(spots, wanted, name)
    if spacing is None:
        return found
    if not spacing > 0 or stacking.section_key is None:
        raise InputError(f"{name}: section_spacing is {spacing:g}: a number above 0 and --section_key are needed")
    if found.positions.shape[1] == 3:
        raise InputError(
            f"{name}: coordinates '{found.source}' are three already: leave out --section_spacing, or choose two of "
            "them with --coordinates"
        )
    section = sections(spots, stacking.section_key, name)
    with about(name):
        place = {key: number for number, key in enumerate(section_order(section, stacking.section_order))}
    height = spacing * np.array([place[key] for key in section])
    positions = np.column_stack([found.positions, height])
    return Coordinates(_checked(positions, found.source, name), found.source, is_stacked=True)


def numeric_columns(obs: pd.DataFrame) -> list[str]:
    """Return the names of the columns that hold numbers."""
    return [
        str(key) for key in obs if pd.api.types.is_numeric_dtype(obs[key]) and not pd.api.types.is_bool_dtype(obs[key])
    ]


def cure(spots: ad.AnnData) -> str:
    """Return what to type for coordinates that have another name, such as `--coordinates center_x,center_y`."""
    placed = [key for key, values in spots.obsm.items() if np.ndim(values) == 2 and np.shape(values)[1] in (2, 3)]
    columns = numeric_columns(spots.obs)
    guesses = [*placed, *pairs_among(columns)]
    if guesses:
        return "set " + " or ".join(f"--coordinates {guess}" for guess in guesses[:3])
    known = f"columns of numbers: {', '.join(columns[:12])}" if columns else "obs has no column of numbers"
    return f"set --coordinates to an obsm key or to columns of obs, as in --coordinates x,y ({known})"


def suggestions(wanted: str, spots: ad.AnnData) -> str:
    """Return what to type in place of an obsm key or columns that are not there; columns are corrected one by one."""
    columns = numeric_columns(spots.obs)
    if "," not in wanted:
        return suggestion(wanted, [*spots.obsm.keys(), *columns])
    parts = [part.strip() for part in wanted.split(",")]
    close = [part if part in columns else next(iter(closest(part, columns, parts)), None) for part in parts]
    if None in close or len(set(close)) < len(close):
        return cure(spots)
    return f"did you mean --coordinates {','.join(map(str, close))}?"


def closest(name: str, columns: list[str], taken: list[str]) -> list[str]:
    """Return the columns most like a name, the best first, without those that are already taken."""
    return difflib.get_close_matches(name, [column for column in columns if column not in taken], n=1, cutoff=0.5)


def pairs_among(columns: Iterable[str]) -> list[str]:
    """Return the pairs of columns whose names say that they are the two coordinates, as `first,second`."""
    names = {column.lower(): column for column in columns}
    partners: dict[str, None] = {}  # in the order found, each once
    for (first, second), low in product(AXES, names):
        part = rf"(?<![a-z]){first}(?![a-z])|{first}$"  # a word of its own, or the end of one
        other = re.sub(part, second, low)
        if other != low and other in names:
            partners[f"{names[low]},{names[other]}"] = None
    return list(partners)


def placed(spots: ad.AnnData, place: str) -> np.ndarray | pd.DataFrame | None:
    """Return what stands at a place, an obsm key or columns of obs such as `x,y`; None if nothing does."""
    if place in spots.obsm:
        return spots.obsm[place]
    columns = [part.strip() for part in place.split(",")]
    return spots.obs[columns] if set(columns) <= set(spots.obs.columns) else None


def choice_notes(spots: ad.AnnData, taken: Coordinates, wanted: str | None) -> list[str]:
    """Return a note where coordinates were chosen among several, and none were asked for."""
    others = [] if wanted is not None else _others(spots, taken)
    if not others:
        return []
    rest = ", ".join(f"'{place}'" for place in others)
    return [f"coordinates were taken from '{taken.source}'; there are also {rest}: choose with --coordinates"]


def _others(spots: ad.AnnData, taken: Coordinates) -> list[str]:
    """Return where there are coordinates that are neither the taken ones nor some of their columns."""
    known = {tuple(axis) for axis in taken.positions.T.tolist()}

    def differs(found: np.ndarray | pd.DataFrame | None) -> bool:
        return found is not None and not all(tuple(axis) in known for axis in np.asarray(found).T.tolist())

    return [place for place in SEARCHED if differs(placed(spots, place))]


def _checked(found: np.ndarray | pd.DataFrame, place: str, name: str) -> np.ndarray:
    what = f"{name}: coordinates '{place}'"
    try:
        if np.iscomplexobj(found):
            raise TypeError
        positions = np.array(found, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{what} are not numbers") from error
    if positions.ndim != 2 or positions.shape[1] not in (2, 3):
        raise InputError(f"{what} have shape {positions.shape}; two or three columns are needed")
    if not np.isfinite(positions).all():
        spot = int(np.argwhere(~np.isfinite(positions))[0, 0])
        raise InputError(f"{what} of spot {spot} are not finite")
    extent = float(np.ptp(positions, axis=0).max())
    if extent == 0:
        raise InputError(f"{what} put all {len(positions)} spots at one point")
    if not SMALLEST_EXTENT < extent < LARGEST_EXTENT:
        raise InputError(f"{what} span {extent:.3g}: give them in a unit in which they span 1e-150 to 1e150")
    return positions


def map_coordinates(spots: ad.AnnData, coordinates: Coordinates, section: np.ndarray | None) -> np.ndarray:
    """Return two coordinates for maps: the found ones, or obsm['spatial'] beside 3-D ones, or two of these.

    Of three, the two in which sections (n,) extend; without sections, the first two.
    """
    if coordinates.positions.shape[1] == 2 or coordinates.is_stacked:
        return coordinates.positions[:, :2]
    beside = np.asarray(spots.obsm.get(keys.SPATIAL, coordinates.positions))
    usable = beside.ndim == 2 and beside.shape[1] == 2 and beside.dtype.kind in "iuf" and np.isfinite(beside).all()
    return (beside if usable else coordinates.positions[:, plane_of(coordinates.positions, section)]).astype(np.float64)


def plane_of(positions: np.ndarray, section: np.ndarray | None) -> list[int]:
    """Return the axes of positions (n, 3) but for the one along which the spots of each section (n,) vary least."""
    if section is None:
        return [0, 1]
    _, code = np.unique(section, return_inverse=True)
    centre = np.stack([np.bincount(code, axis) for axis in positions.T], axis=1) / np.bincount(code)[:, None]
    across = int(((positions - centre[code]) ** 2).sum(axis=0).argmin())
    return [axis for axis in range(3) if axis != across]


def oriented(place: np.ndarray, flip: str, swap: bool) -> np.ndarray:
    """Return coordinates for maps (n, 2), their axes exchanged and then x, y or both of them turned round."""
    place = place[:, ::-1] if swap else place
    return place * [-1.0 if flip in (axis, "both") else 1.0 for axis in "xy"]


def positions(spots: ad.AnnData) -> np.ndarray:
    """Return the positions that preprocessing stored: three columns where there are three, else two."""
    return np.asarray(spots.obsm[keys.SPATIAL_3D if keys.SPATIAL_3D in spots.obsm else keys.SPATIAL])
