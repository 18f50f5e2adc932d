"""Connectivity (`.pconn.nii`, `.dconn.nii`) or time series (`.ptseries.nii`, `.dtseries.nii`) of a CIFTI-2 file."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import nibabel as nib
import numpy as np
from nibabel.cifti2.cifti2 import Cifti2Header, Cifti2HeaderError, Cifti2Image
from nibabel.cifti2.cifti2_axes import ParcelsAxis
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError, HeaderTypeError

from spacon.data.expression_matrix import native
from spacon.errors import InputError, unreadable
from spacon.memory import require
from spacon.readers.table import Series, Table, check_kind, check_series, check_shape, series, square

# What nibabel, and Python's reader of XML, raise for files that are not their own, or damaged.
DAMAGED = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, AssertionError),
    *(ImageFileError, HeaderDataError, HeaderTypeError, Cifti2HeaderError, ExpatError),
)
Check = Callable[[tuple[int, ...], str], None]
Read = tuple[np.ndarray, list[str] | None, list[str] | None]
SCALED = 8  # bytes of an entry that the header's factor has been applied to


def read_cifti(path: Path) -> Table:
    """Return the matrix of a CIFTI-2 file, mapped where it is stored as it is, with the names of its parcels.

    Rows and columns are nibabel's: entry (i, j) has i on the first axis, along which numbers are neighbors in the file.

    Raises:
        InputError: not CIFTI-2, damaged, too large for this machine, not square, or names of parcels that repeat.
    """
    values, rows, columns = _opened(path, check_shape)
    return square(values, rows, columns, path.name)


def read_cifti_series(path: Path) -> Series:
    """Return the time series of a CIFTI-2 file, whose first axis is time; raises as `read_cifti`."""
    values, _, places = _opened(path, check_series)
    return series(values, None, places, path.name)


def _opened(path: Path, check: Check) -> Read:
    """Return the values of a file, and the names along both of its axes."""
    with opened_image(path, "CIFTI-2") as image:
        return _read(image, path, check)


@contextmanager
def opened_image(path: Path, kind: str) -> Iterator[Any]:
    """Open a file of nibabel's; what its libraries raise while it is read becomes one line, which names the kind."""
    with (
        unreadable(f"{path.name}: not a {kind} file that can be read", DAMAGED),
        warnings.catch_warnings(action="ignore"),  # of headers that do not fit: what matters is told in one line
    ):
        yield nib.load(path)


def _read(image: Any, path: Path, check: Check) -> Read:
    if not isinstance(image, Cifti2Image):
        raise InputError(f"{path.name}: not a CIFTI-2 file but an image of another kind ({type(image).__name__})")
    header: Cifti2Header = image.header
    stored: Any = image.dataobj  # nibabel's types leave out the factor of a file's numbers
    check(stored.shape, path.name)
    check_kind(image.get_data_dtype(), path.name)
    axes = header.matrix.get_data_shape()
    if axes != stored.shape:
        raise ValueError(f"its data have shape {stored.shape}, but its axes {axes}")
    if (stored.slope, stored.inter) != (1, 0):
        need = SCALED * stored.shape[0] * stored.shape[1]
        require(f"{path.name}: a matrix of {stored.shape[0]:,} rows", need, "store it as floating-point numbers")
    return native(np.asanyarray(stored)), _parcels(header, 0), _parcels(header, 1)


def _parcels(header: Cifti2Header, number: int) -> list[str] | None:
    """Return the names of the parcels along an axis; None where it has none, as that of single places."""
    axis = header.get_axis(number)
    return [str(name).strip() for name in axis.name] if isinstance(axis, ParcelsAxis) else None
