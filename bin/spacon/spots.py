"""The table of spots as the user brought it: opened, checked, and its coordinates found."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata._io.specs.registry import IORegistryError  # anndata has no public name for it

from spacon import keys, memory
from spacon.checks import InputError, suggestion

# What anndata raises for files that are not its own, or damaged.
UNREADABLE = (
    OSError,
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    NotImplementedError,
    IORegistryError,
)

# Looked through in this order when `coordinates` is not set; the first that is there is taken and the log says so.
SEARCHED = ("spatial_3d", "spatial", "X_spatial_3d", "X_spatial_2d", "X_spatial", "x,y,z", "x,y")


@dataclass(frozen=True)
class Coordinates:
    """Positions of the spots, shape (n, 2) or (n, 3), and where they were found."""

    positions: np.ndarray
    source: str


def read_spots(path: Path) -> ad.AnnData:
    """Read an h5ad file of spots x genes.

    Raises:
        InputError: not an h5ad file, no expression, fewer than two spots, or spot names that repeat.
    """
    if not path.is_file():
        raise InputError(f"{path.name}: there is no such file")
    if not h5py.is_hdf5(path):
        raise InputError(f"{path.name}: not an h5ad file (it is not HDF5)")
    try:
        need = memory.preprocessing(stored_bytes(path))
        with warnings.catch_warnings(action="ignore"):  # of odd files and repeated names: told below, in one line
            memory.require(f"{path.name}: reading the expression", need, "bring fewer spots or genes")
            spots = ad.read_h5ad(path)
    except InputError:
        raise
    except UNREADABLE as error:
        raise InputError(f"{path.name}: not an h5ad file that can be read ({' '.join(str(error).split())})") from error
    if spots.X is None or spots.n_vars == 0:
        raise InputError(f"{path.name}: has no expression (X is empty)")
    if spots.n_obs < 2:
        raise InputError(f"{path.name}: has {spots.n_obs} spot(s); at least 2 are needed")
    repeated = spots.obs_names[spots.obs_names.duplicated()]
    if len(repeated):
        raise InputError(f"{path.name}: spot name '{repeated[0]}' stands {sum(spots.obs_names == repeated[0])} times")
    check_expression(spots.X, path.name)
    return spots


def stored_bytes(path: Path) -> int:
    """Return the bytes that the expression of an h5ad file takes in memory; 0 if it has none that can be told."""
    with h5py.File(path) as file:
        expression = file.get("X")
        if isinstance(expression, h5py.Dataset):
            return expression.size * max(memory.FLOAT, expression.dtype.itemsize)  # whole numbers become fractions
        parts = expression.values() if isinstance(expression, h5py.Group) else ()
        return sum(part.size * part.dtype.itemsize for part in parts if isinstance(part, h5py.Dataset))


def check_expression(expression: np.ndarray | sp.spmatrix, name: str) -> None:
    """Raise InputError for NaN, infinite or negative expression, naming the first such entry."""
    values = expression.data if sp.issparse(expression) else np.asarray(expression)
    if values.dtype.kind not in "biuf":
        raise InputError(f"{name}: expression (X) must be real numbers, found {values.dtype}")
    for wrong, word in ((~np.isfinite(values), "not a finite number"), (values < 0, "negative")):
        if wrong.any():
            if sp.issparse(expression):
                entries = expression.tocoo()
                first = int(np.flatnonzero(wrong)[0])
                row, column = entries.row[first], entries.col[first]
            else:
                row, column = np.argwhere(wrong)[0]
            raise InputError(f"{name}: expression of spot {row}, gene {column} is {word} ({expression[row, column]})")


def find_coordinates(spots: ad.AnnData, wanted: str | None, name: str) -> Coordinates:
    """Find the positions of the spots.

    Args:
        spots: with coordinates in obsm or obs.
        wanted: an obsm key, or obs columns such as `x,y`; None searches `SEARCHED`.
        name: of the file, for messages.

    Raises:
        InputError: no such key, none found, not two or three finite numbers a spot, or all spots at one point.
    """
    available = [*spots.obsm.keys(), *spots.obs.columns]
    for place in [wanted] if wanted else SEARCHED:
        found = _positions(spots, place)
        if found is not None:
            return Coordinates(_checked(found, place, name), place)
    if wanted:
        raise InputError(f"{name}: no coordinates '{wanted}' in obsm or obs; {suggestion(wanted, available)}")
    raise InputError(
        f"{name}: no coordinates found; looked for {', '.join(SEARCHED)}; set `coordinates` to one of {available}"
    )


def _positions(spots: ad.AnnData, place: str) -> np.ndarray | pd.DataFrame | None:
    if place in spots.obsm:
        return spots.obsm[place]
    columns = place.split(",")
    return spots.obs[columns] if set(columns) <= set(spots.obs.columns) else None


def _checked(found: np.ndarray | pd.DataFrame, place: str, name: str) -> np.ndarray:
    try:
        positions = np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: coordinates '{place}' are not numbers") from error
    if positions.ndim != 2 or positions.shape[1] not in (2, 3):
        raise InputError(f"{name}: coordinates '{place}' have shape {positions.shape}; two or three columns are needed")
    if not np.isfinite(positions).all():
        spot = int(np.argwhere(~np.isfinite(positions))[0, 0])
        raise InputError(f"{name}: coordinates '{place}' of spot {spot} are not finite")
    if (positions == positions[0]).all():
        raise InputError(f"{name}: coordinates '{place}' put all {len(positions)} spots at one point")
    return positions


def map_coordinates(spots: ad.AnnData, coordinates: Coordinates) -> np.ndarray:
    """Return two coordinates for maps: the found ones, or obsm['spatial'] beside 3-D ones, or their first two."""
    if coordinates.positions.shape[1] == 2:
        return coordinates.positions
    beside = np.asarray(spots.obsm.get(keys.SPATIAL, coordinates.positions))
    return (beside if beside.shape[1] == 2 else coordinates.positions[:, :2]).astype(np.float64)


def column(spots: ad.AnnData, key: str, name: str) -> pd.Series:
    """Return an obs column.

    Raises:
        InputError: there is no such column; names the nearest.
    """
    if key not in spots.obs:
        raise InputError(f"{name}: no column '{key}' in obs; {suggestion(key, spots.obs.columns)}")
    return spots.obs[key]


def sections(spots: ad.AnnData, key: str, name: str) -> np.ndarray:
    """Return the section of each spot as text, shape (n,).

    Raises:
        InputError: there is no such obs column, or a spot has no section.
    """
    found = column(spots, key, name)
    if found.isna().any():
        raise InputError(f"{name}: spot '{spots.obs_names[found.isna()][0]}' has no section in obs['{key}']")
    return found.astype(str).to_numpy()


def positions(spots: ad.AnnData) -> np.ndarray:
    """Return the positions that preprocessing stored: three columns where there are three, else two."""
    return np.asarray(spots.obsm[keys.SPATIAL_3D if keys.SPATIAL_3D in spots.obsm else keys.SPATIAL])
