"""Connectivity in HDF5: an array in a file of any layout (`.h5`, `.hdf5`), or an entry of obsp (`.h5ad`).

Names of the places are an array or an attribute `names` or `labels` beside the matrix, or the names of obs.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata.io import read_elem

from spacon.data.expression_matrix import native, read_matrix, shape_of
from spacon.data.spots_file import UNREADABLE, datasets
from spacon.errors import InputError, suggestion, unreadable
from spacon.memory import require
from spacon.readers.arrays import ARCHIVE_COPIES, POINTER, canonical
from spacon.readers.table import (
    Series,
    Table,
    Values,
    check_kind,
    check_series,
    check_shape,
    chosen,
    chosen_series,
    names_among,
    only,
    series,
    square,
)

Choice = Callable[[Mapping[str, tuple[int, ...]], str | None, str], str]
NAMES = ("names", "labels")
TEXT = 100  # bytes that Python takes for a short text, and the pointer to it


def read_hdf5(path: Path, variable: str | None) -> Table:
    """Return an array of an HDF5 file, named by its path in it or the only square one, and the names beside it.

    Raises:
        InputError: damaged, kept in another file, too large for this machine, or no such array; as `square`.
    """
    with opened(path, "an HDF5 file") as file:
        matrix = _chosen_by(chosen, file, variable, path.name)
        values = read_dense(matrix, path.name)
        return square(values, names_among(_beside(matrix, path.name), len(values)), None, path.name)


def read_hdf5_series(path: Path, variable: str | None) -> Series:
    """Return the time series of an HDF5 file, chosen as by `chosen_series`, and the names beside them.

    Raises:
        InputError: as `read_hdf5`, but for the shape; as `series`.
    """
    with opened(path, "an HDF5 file") as file:
        array = _chosen_by(chosen_series, file, variable, path.name)
        check_series(array.shape, path.name)
        values = read_array(array, path.name)
        names = list(_beside(array, path.name))
        rows, columns = (names_among(names, length, others=False) for length in values.shape)
        return series(values, rows, None if rows else columns, path.name)


def read_h5ad(path: Path, variable: str | None) -> Table:
    """Return an entry of obsp, named by its key or the only one, and the names of obs.

    Raises:
        InputError: damaged, kept in another file, too large for this machine, or no such entry; as `square`.
    """
    with opened(path, "an h5ad file") as file:
        obsp = file.get("obsp")
        key = _key(sorted(obsp) if isinstance(obsp, h5py.Group) else [], variable, path.name)
        matrix = _read_entry(obsp, key, path.name)
        return square(matrix, _names_of_obs(file, path.name), None, path.name)


@contextmanager
def opened(path: Path, what: str) -> Iterator[h5py.File]:
    """Open an HDF5 file; what libraries raise while it is read becomes one line that says what it is not."""
    if not h5py.is_hdf5(path):
        raise InputError(f"{path.name}: not {what} (it is not HDF5, or it is cut off at its start)")
    with unreadable(f"{path.name}: not {what} that can be read", UNREADABLE), h5py.File(path) as file:
        yield file


def is_numeric(entry: h5py.Dataset) -> bool:
    """Return whether an array is of numbers; MATLAB has complex ones as pairs."""
    return entry.shape is not None and (entry.dtype.kind in "biufc" or entry.dtype.names == ("real", "imag"))


def read_dense(entry: h5py.Dataset, file: str) -> np.ndarray:
    """Return a square array of real numbers, its size and type checked before it is read."""
    check_shape(entry.shape, file)
    return read_array(entry, file)


def read_array(entry: h5py.Dataset, file: str) -> np.ndarray:
    """Return an array of real numbers, its size and type checked before it is read."""
    check_kind(entry.dtype, file)
    copies = 1 if entry.dtype.isnative else 2
    need = copies * entry.size * entry.dtype.itemsize
    require(f"{file}: a matrix of {entry.shape[0]:,} rows", need, "bring fewer places")
    return native(entry[()])


def require_sparse(parts: list[h5py.Dataset], rows: int, file: str) -> None:
    """Refuse the parts of a sparse matrix that this machine cannot hold."""
    need = int(ARCHIVE_COPIES * sum(part.size * part.dtype.itemsize for part in parts)) + POINTER * rows
    require(f"{file}: a sparse matrix of {rows:,} rows", need, "bring fewer places")


def require_texts(entry: h5py.Dataset, file: str) -> None:
    """Refuse more names than this machine can hold."""
    need = (entry.size or 0) * (TEXT + entry.dtype.itemsize)
    require(f"{file}: {entry.size or 0:,} texts in '{entry.name}'", need, "bring fewer places")


def _chosen_by(choose: Choice, file: h5py.File, variable: str | None, name: str) -> h5py.Dataset:
    """Return the array that a rule chooses; with a name, nothing else in the file matters, unless there is none."""
    wanted = None if variable is None else variable.strip("/")
    arrays = _arrays(file, [] if wanted is None else [wanted], name)
    if wanted not in arrays:
        arrays = _arrays(file, list(file), name)
    return arrays[choose({key: entry.shape for key, entry in arrays.items()}, wanted, name)]


def _arrays(file: h5py.File, among: list[str], name: str) -> dict[str, h5py.Dataset]:
    """Return the arrays of numbers below some entries of a file, by their paths."""
    return {entry.name.strip("/"): entry for entry in datasets(file, among, name) if is_numeric(entry)}


def _beside(matrix: h5py.Dataset, file: str) -> Iterator[Any]:
    """Yield what may name the rows of a matrix: attributes of its own and of its group, and arrays in the group."""
    for key in NAMES:
        yield matrix.attrs.get(key)
        for entry in datasets(matrix.parent, [key], file):
            if h5py.check_string_dtype(entry.dtype) is not None:
                require_texts(entry, file)
                yield entry[()]
        yield matrix.parent.attrs.get(key)


def _key(keys: list[str], variable: str | None, file: str) -> str:
    if not keys:
        raise InputError(f"{file}: has nothing in obsp, where an h5ad file has its connectivity")
    if variable is not None:
        key = variable.strip("/").removeprefix("obsp/")
        if key not in keys:
            raise InputError(f"{file}: has no obsp['{key}']; {suggestion(key, keys)}")
        return key
    return only(keys, "matrices in obsp", file)


def _read_entry(obsp: h5py.Group, key: str, file: str) -> Values:
    parts = list(datasets(obsp, [key], file))
    entry = obsp[key]
    if isinstance(entry, h5py.Dataset):
        return read_dense(entry, file)
    kind = str(entry.attrs.get("encoding-type"))
    if kind not in ("csr_matrix", "csc_matrix"):
        raise InputError(f"{file}: obsp['{key}'] is of the kind '{kind}'; an array, CSR or CSC is needed")
    shape = shape_of(entry) or ()
    check_shape(shape, file)
    check_kind(entry["data"].dtype, file)
    require_sparse(parts, shape[0], file)
    return canonical(sp.csr_matrix(read_matrix(entry)), file)


def _names_of_obs(file: h5py.File, name: str) -> list[str]:
    """Return the names of the spots, as text whatever type they are stored in; nothing else of obs is read."""
    if not isinstance(file.get("obs"), h5py.Group):
        raise InputError(f"{name}: not an h5ad file of anndata 0.7 or newer (it has no group obs)")
    key = file["obs"].attrs.get("_index", "_index")
    for entry in datasets(file["obs"], [key], name):
        require_texts(entry, name)
    names = pd.Index(read_elem(file["obs"][key]))
    missing = np.flatnonzero(names.isna())
    if len(missing):
        raise InputError(f"{name}: spot {missing[0]} has no name in obs")
    return [str(text) for text in names]
