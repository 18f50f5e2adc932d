"""Connectivity in zarr, of versions 2 and 3: an array in a folder of any layout, or an entry of obsp in AnnData's."""

import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zarr

from spacon.data.hierarchy import is_group
from spacon.data.spots_file import UNREADABLE
from spacon.errors import InputError, unreadable
from spacon.readers.hdf5 import obsp_within, series_within, table_within
from spacon.readers.table import Series, Table

ZARR = ".zarr"
METADATA = ("zarr.json", ".zgroup", ".zarray")  # of version 3, and of groups and arrays of version 2


def is_zarr(path: Path) -> bool:
    """Return whether a folder is a zarr, of either version."""
    return any((path / name).is_file() for name in METADATA)


@contextmanager
def opened_zarr(path: Path) -> Iterator[Any]:
    """Open a zarr; what libraries raise while it is read becomes one line.

    A link would have no end behind it in a container, and what is not there is read as zeros.
    """
    if not is_zarr(path):
        raise InputError(f"{path.name}: not a zarr (a folder with one of {', '.join(METADATA)})")
    link = next((file for file in sorted(path.rglob("*")) if file.is_symlink()), None)
    if link is not None:
        raise InputError(f"{path.name}: {link.relative_to(path)} is a link: copy the folder with what it points at")
    with (
        unreadable(f"{path.name}: not a zarr that can be read", (*UNREADABLE, zlib.error)),
        warnings.catch_warnings(action="ignore"),  # of what may not be read in the future
    ):
        yield zarr.open(path, mode="r")


def read_zarr(path: Path, variable: str | None) -> Table:
    """Return an array of a zarr, chosen and named as those of HDF5 are; of AnnData's, an entry of obsp.

    Raises:
        InputError: as `read_hdf5` and `read_h5ad`, or with links, or copied in part.
    """
    with opened_zarr(path) as root:
        read = obsp_within if is_group(root) and "obs" in root else table_within
        return read(root, variable, path.name)


def read_zarr_series(path: Path, variable: str | None) -> Series:
    """Return the time series of a zarr, chosen and named as those of HDF5 are; raises as `read_zarr`."""
    with opened_zarr(path) as root:
        return series_within(root, variable, path.name)
