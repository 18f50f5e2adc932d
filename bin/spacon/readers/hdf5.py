"""Connectivity in HDF5: an array in a file of any layout (`.h5`, `.hdf5`), or an entry of obsp (`.h5ad`).

What is done of an open file is done of a zarr group, too, whose entries have the same methods (`zarr.py`). Names of the
places are an array or an attribute `names` or `labels` beside the matrix, or the names of obs.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata.io import read_elem

from spacon.data.expression_matrix import native, read_matrix, shape_of
from spacon.data.hierarchy import check_ends, check_whole, datasets, is_group, zeros_notes
from spacon.data.spots_file import UNREADABLE
from spacon.errors import InputError, suggestion, unreadable
from spacon.memory import require
from spacon.readers.arrays import ARCHIVE_COPIES, POINTER, canonical
from spacon.readers.table import (
    Series,
    Table,
    Values,
    check_kind,
    check_no_variable,
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
        return table_within(file, variable, path.name)


def read_hdf5_series(path: Path, variable: str | None) -> Series:
    """Return the time series of an HDF5 file, chosen as by `chosen_series`, and the names beside them.

    Raises:
        InputError: as `read_hdf5`, but for the shape; as `series`.
    """
    with opened(path, "an HDF5 file") as file:
        return series_within(file, variable, path.name)


def read_h5ad(path: Path, variable: str | None) -> Table:
    """Return an entry of obsp, named by its key or the only one, and the names of obs.

    Raises:
        InputError: damaged, kept in another file, too large for this machine, or no such entry; as `square`.
    """
    with opened(path, "an h5ad file") as file:
        return obsp_within(file, variable, path.name)


def table_within(root: Any, variable: str | None, name: str) -> Table:
    """Return what `read_hdf5` does of an open HDF5 file, or of a zarr group; `name` is for messages."""
    matrix = _chosen_by(chosen, root, variable, name)
    values = read_dense(matrix, name)
    found = square(values, names_among(_beside(matrix, root, name), len(values)), None, name)
    return replace(found, notes=zeros_notes(matrix, name))


def series_within(root: Any, variable: str | None, name: str) -> Series:
    """Return what `read_hdf5_series` does of an open HDF5 file, or of a zarr group; `name` is for messages."""
    array = _chosen_by(chosen_series, root, variable, name)
    check_series(array.shape, name)
    values = read_array(array, name)
    names = list(_beside(array, root, name))
    rows, columns = (names_among(names, length, others=False) for length in values.shape)
    return replace(series(values, rows, None if rows else columns, name), notes=zeros_notes(array, name))


def obsp_within(root: Any, variable: str | None, name: str) -> Table:
    """Return what `read_h5ad` does of an open h5ad file, or of AnnData's zarr; `name` is for messages."""
    obsp = root.get("obsp")
    key = _key(sorted(obsp) if is_group(obsp) else [], variable, name)
    found = square(_read_entry(obsp, key, name), _names_of_obs(root, name), None, name)
    return replace(found, notes=zeros_notes(obsp[key], name))


@contextmanager
def opened(path: Path, what: str) -> Iterator[h5py.File]:
    """Open an HDF5 file; what libraries raise while it is read becomes one line that says what it is not."""
    if not h5py.is_hdf5(path):
        raise InputError(f"{path.name}: not {what} (it is not HDF5, or it is cut off at its start)")
    with unreadable(f"{path.name}: not {what} that can be read", UNREADABLE), h5py.File(path) as file:
        yield file


def is_numeric(entry: Any) -> bool:
    """Return whether an array is of numbers; MATLAB has complex ones as pairs."""
    return entry.shape is not None and (entry.dtype.kind in "biufc" or entry.dtype.names == ("real", "imag"))


def read_dense(entry: Any, file: str) -> np.ndarray:
    """Return a square array of real numbers, its size and type checked before it is read."""
    check_shape(entry.shape, file)
    return read_array(entry, file)


def read_array(entry: Any, file: str) -> np.ndarray:
    """Return an array of real numbers, its size and type checked before it is read."""
    check_kind(entry.dtype, file)
    check_ends(entry, file)
    copies = 1 if entry.dtype.isnative else 2
    need = copies * entry.size * entry.dtype.itemsize
    require(f"{file}: a matrix of {entry.shape[0]:,} rows", need, "bring fewer places")
    return native(entry[()])


def require_sparse(parts: list[Any], rows: int, file: str) -> None:
    """Refuse the parts of a sparse matrix that this machine cannot hold."""
    need = int(ARCHIVE_COPIES * sum(part.size * part.dtype.itemsize for part in parts)) + POINTER * rows
    require(f"{file}: a sparse matrix of {rows:,} rows", need, "bring fewer places")


def require_texts(entry: Any, file: str) -> None:
    """Refuse more names than this machine can hold."""
    need = (entry.size or 0) * (TEXT + entry.dtype.itemsize)
    require(f"{file}: {entry.size or 0:,} texts in '{entry.name}'", need, "bring fewer places")


def _chosen_by(choose: Choice, root: Any, variable: str | None, name: str) -> Any:
    """Return the array that a rule chooses; with a name, nothing else in the file matters, unless there is none."""
    if not is_group(root):  # a zarr of one array
        check_no_variable(variable, name)
        return root
    wanted = None if variable is None else variable.strip("/")
    arrays = _arrays(root, [] if wanted is None else [wanted], name)
    if wanted not in arrays:
        arrays = _arrays(root, sorted(root), name)
    return arrays[choose({key: entry.shape for key, entry in arrays.items()}, wanted, name)]


def _arrays(root: Any, among: list[str], name: str) -> dict[str, Any]:
    """Return the arrays of numbers below some entries of a file, by their paths."""
    return {entry.name.strip("/"): entry for entry in datasets(root, among, name) if is_numeric(entry)}


def _beside(matrix: Any, root: Any, file: str) -> Iterator[Any]:
    """Yield what may name the rows of a matrix: attributes of its own and of its group, and arrays in the group."""
    place = matrix.name.strip("/").rpartition("/")[0]
    group = root[place] if place else root
    for key in NAMES:
        yield matrix.attrs.get(key)
        for entry in datasets(group, [key], file) if is_group(group) else ():
            if _may_name(entry, matrix.shape):
                require_texts(entry, file)
                check_whole(entry, file)
                yield entry[()]
        yield group.attrs.get(key)


def _may_name(entry: Any, shape: tuple[int, ...]) -> bool:
    """Return whether an array holds texts, or as many numbers as an array of this shape is long."""
    if entry.dtype.kind in "iuf":
        return entry.size in shape
    if isinstance(entry, h5py.Dataset):
        return h5py.check_string_dtype(entry.dtype) is not None
    return entry.dtype.kind in "OSTU"


def _key(keys: list[str], variable: str | None, file: str) -> str:
    if not keys:
        raise InputError(f"{file}: has nothing in obsp, where an h5ad file has its connectivity")
    if variable is not None:
        key = variable.strip("/").removeprefix("obsp/")
        if key not in keys:
            raise InputError(f"{file}: has no obsp['{key}']; {suggestion(key, keys)}")
        return key
    return only(keys, "matrices in obsp", file)


def _read_entry(obsp: Any, key: str, file: str) -> Values:
    parts = list(datasets(obsp, [key], file))
    entry = obsp[key]
    if not is_group(entry):
        return read_dense(entry, file)
    kind = str(entry.attrs.get("encoding-type"))
    if kind not in ("csr_matrix", "csc_matrix"):
        raise InputError(f"{file}: obsp['{key}'] is of the kind '{kind}'; an array, CSR or CSC is needed")
    shape = shape_of(entry) or ()
    check_shape(shape, file)
    check_kind(entry["data"].dtype, file)
    require_sparse(parts, shape[0], file)
    for part in parts:
        check_whole(part, file)
    return canonical(sp.csr_matrix(read_matrix(entry)), file)


def _names_of_obs(root: Any, name: str) -> list[str]:
    """Return the names of the spots, as text whatever type they are stored in; nothing else of obs is read."""
    if not is_group(root.get("obs")):
        raise InputError(f"{name}: not an h5ad file of anndata 0.7 or newer (it has no group obs)")
    key = root["obs"].attrs.get("_index", "_index")
    for entry in datasets(root["obs"], [key], name):
        require_texts(entry, name)
        check_whole(entry, name)
    names = pd.Index(read_elem(root["obs"][key]))
    missing = np.flatnonzero(names.isna())
    if len(missing):
        raise InputError(f"{name}: spot {missing[0]} has no name in obs")
    return [str(text) for text in names]
