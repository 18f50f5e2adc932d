"""Connectivity in MATLAB's files: dense or sparse, of versions 4 to 7.2, and of version 7.3, which is HDF5.

The names of the places are an array of texts or of whole numbers of the same file: `atlas_NAME_region_labels`, as
QSIRecon writes beside `atlas_NAME_..._connectivity`, or `names` or `labels`.
"""

import math
import struct
import zlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np
import scipy.sparse as sp
from scipy.io import loadmat, whosmat
from scipy.io.matlab import MatReadError, matfile_version

from spacon.data.expression_matrix import native
from spacon.data.hierarchy import datasets
from spacon.errors import InputError, unreadable
from spacon.memory import require
from spacon.readers.arrays import DAMAGED, POINTER, canonical
from spacon.readers.hdf5 import NAMES, TEXT, is_numeric, opened, read_array, read_dense, require_sparse, require_texts
from spacon.readers.table import Table, check_kind, check_shape, chosen, names_among, square, wide

# scipy's readers stumble over their own variables, too, where an array is of an unknown class.
UNREADABLE = (*DAMAGED, MatReadError, NameError, ArithmeticError)
WHOLE = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
# The bytes of an entry of each class of numbers; of a sparse matrix, the file has no number of entries at its start.
NUMBERS = {"double": 8, "single": 4, "logical": 1, "sparse": 0, **{kind: np.dtype(kind).itemsize for kind in WHOLE}}
LABELS = "_region_labels"
# Of the format of version 5: bytes of its header; types of parts that are numbers or characters, and of those that hold
# others; classes of arrays that are sparse, and that hold arrays (cells, structures, objects, functions).
HEADER = 128
PLAIN = (*range(1, 8), 9, 12, 13, 16, 17, 18)
INTEGERS, ARRAY, COMPRESSED = 5, 14, 15
SPARSE, NESTING = 5, (1, 2, 3, 16, 17)
CHUNK = 2**16  # of compressed bytes, a thousand times as many at most when unpacked


def read_matlab(path: Path, variable: str | None) -> Table:
    """Return a matrix of a MATLAB file, named or the only square one, and the names of its places.

    Raises:
        InputError: damaged, too large for this machine, or no such matrix; as `square`.
    """
    if h5py.is_hdf5(path):
        return _read_hdf5(path, variable)
    with unreadable(f"{path.name}: not a MATLAB file that can be read", UNREADABLE):
        _check_file(path)
        return _read(path, variable)


def read_matlab_arrays(
    path: Path, wanted: Callable[[Mapping[str, tuple[int, ...]]], Collection[str]]
) -> dict[str, np.ndarray]:
    """Return the arrays of real numbers of a MATLAB file that `wanted` chooses by names and shapes; not sparse ones.

    Raises:
        InputError: damaged, too large for this machine, or not real numbers; as `wanted`.
    """
    if h5py.is_hdf5(path):
        with opened(path, "a MATLAB file") as file:
            own = {key: entry for key, entry in _variables(file).items() if isinstance(entry, h5py.Dataset)}
            names = wanted({key: shape for key, entry in own.items() if (shape := _shape(entry)) is not None})
            kept = {key: next(datasets(file, [key], path.name)) for key in names}
            return {key: read_array(entry, path.name).T for key, entry in kept.items()}
    with unreadable(f"{path.name}: not a MATLAB file that can be read", UNREADABLE):
        _check_file(path)
        found = {name: (tuple(shape), kind) for name, shape, kind in whosmat(path) if NUMBERS.get(kind)}
        names = wanted({name: shape for name, (shape, _) in found.items()})
        require(f"{path.name}: its arrays", sum(_size(*found[name]) for name in names), "bring fewer numbers")
        stored = loadmat(path, variable_names=list(names))
        for name in names:
            check_kind(stored[name].dtype, path.name)
        return {name: native(stored[name]) for name in names}


def _check_file(path: Path) -> None:
    """Check the parts of a file of version 5 to 7.2, which scipy trusts: one of an unknown type would crash it.

    Raises:
        ValueError, struct.error: a part that cannot stand in its place, or is longer than what it is part of.
    """
    if matfile_version(path)[0] == 1:
        with path.open("rb") as stream:
            order = "<" if stream.read(HEADER).endswith(b"IM") else ">"
            _check_parts(stream, path.stat().st_size, order, (ARRAY, COMPRESSED))


def _check_parts(stream: BinaryIO, stop: int, order: str, holds: Collection[int]) -> list[tuple[int, int]]:
    """Return type and length of the parts up to a byte; `holds`: which types may be among them beside plain ones."""
    parts = []
    while stream.tell() < stop:
        kind, length = struct.unpack(f"{order}II", stream.read(8))
        start, align = stream.tell(), 8
        if kind >> 16:  # a short part, in the last four bytes of its own tag
            kind, length, start, align = kind & 0xFFFF, kind >> 16, start - 4, 4
        if kind not in (*PLAIN, *holds) or start + length > stop:
            raise ValueError(f"a part of type {kind} and {length:,} bytes does not fit at byte {start:,}")
        if kind == ARRAY and length:
            _check_array(stream, start + length, order)
        if kind == COMPRESSED:
            _check_compressed(stream, length)
        stream.seek(start + (length if kind == COMPRESSED else -(-length // align) * align))
        parts.append((kind, length))
    return parts


def _check_compressed(stream: BinaryIO, length: int) -> None:
    """Check the sum at the end of a compressed array, which scipy compares only after it has used what is before it."""
    unpacking = zlib.decompressobj()
    while length and not unpacking.eof:
        packed = stream.read(min(length, CHUNK))
        length -= len(packed)
        unpacking.decompress(packed)
    if not unpacking.eof:
        raise ValueError(f"the compressed array that ends at byte {stream.tell():,} is not whole")


def _check_array(stream: BinaryIO, stop: int, order: str) -> None:
    """Check that an array has as many parts as are read of its class: flags, shape, name, and what it holds."""
    start = stream.tell()
    stream.seek(start + 8)
    flags = struct.unpack(f"{order}I", stream.read(4))[0]
    stream.seek(start)
    form, is_complex = flags & 0xFF, flags >> 11 & 1
    least = 3 if form in NESTING else (6 if form == SPARSE else 4) + is_complex
    parts = _check_parts(stream, stop, order, (ARRAY,) if form in NESTING else ())
    if len(parts) < least:
        raise ValueError(f"the array at byte {start:,} has {len(parts)} of its {least} parts")
    kind, length = parts[1]
    if kind != INTEGERS or length < 8 or length % 4:
        raise ValueError(f"the array at byte {start:,} has no shape")


def _read(path: Path, variable: str | None) -> Table:
    """Read a file of version 7.2 or before. Of what it holds, the matrix and its names alone are read."""
    found = {name: (tuple(shape), kind) for name, shape, kind in whosmat(path)}
    shapes = {name: shape for name, (shape, kind) in found.items() if kind in NUMBERS}
    name = chosen(shapes, variable, path.name)
    check_shape(shapes[name], path.name)
    naming = _naming(name, found)
    need = sum(_size(*found[key]) for key in (name, *naming))
    require(f"{path.name}: a matrix of {shapes[name][0]:,} rows", need, "bring fewer places")
    stored = loadmat(path, variable_names=[name, *naming])
    values = canonical(stored[name], path.name) if sp.issparse(stored[name]) else native(stored[name])
    return square(values, _names({key: stored[key] for key in naming}, values.shape[0], path.name), None, path.name)


def _size(shape: tuple[int, ...], kind: str) -> int:
    return POINTER * shape[0] if kind == "sparse" else NUMBERS.get(kind, TEXT) * math.prod(shape)


def _naming(variable: str, keys: Collection[str]) -> list[str]:
    """Return the variables that may name the places of a matrix: the one made for it, or any for the whole file."""
    made = [key for key in keys if key.endswith(LABELS) and variable.startswith(f"{key.removesuffix(LABELS)}_")]
    return [max(made, key=len)] if made else [key for key in NAMES if key in keys]


def _names(stored: Mapping[str, Any], rows: int, file: str) -> list[str] | None:
    """Return the texts among some variables that name so many rows."""
    names = names_among(stored.values(), rows)
    for key in stored:
        if names is None and key.endswith(LABELS):
            raise InputError(f"{file}: '{key}' must be texts or whole numbers, one for each of {rows} rows")
    return names


def _read_hdf5(path: Path, variable: str | None) -> Table:
    """Read a file of version 7.3, whose arrays have their axes in the opposite order."""
    with opened(path, "a MATLAB file") as file:
        own = _variables(file)
        shapes = {key: shape for key, entry in own.items() if (shape := _shape(entry)) is not None}
        name = chosen(shapes, variable, path.name)
        check_shape(shapes[name], path.name)
        parts = list(datasets(file, [name], path.name))  # refuses what is kept in another file
        if isinstance(own[name], h5py.Group):
            values = _sparse(own[name], parts, shapes[name], path.name)
        else:
            values = read_dense(own[name], path.name).T
        stored = {key: _texts(file, key, path.name) for key in _naming(name, own)}
        return square(values, _names(stored, values.shape[0], path.name), None, path.name)


def _variables(file: h5py.File) -> dict[str, h5py.Group | h5py.Dataset]:
    """Return a file's variables. MATLAB knows no links: what lies elsewhere is no variable of the file."""
    return {key: file[key] for key in file if isinstance(file.get(key, getlink=True), h5py.HardLink)}


def _class(entry: h5py.Group | h5py.Dataset) -> str:
    """Return the class that MATLAB calls a variable; nothing where another program wrote it without one."""
    stored = entry.attrs.get("MATLAB_class", "")
    return stored.decode() if isinstance(stored, bytes) else str(stored)


def _shape(entry: h5py.Group | h5py.Dataset) -> tuple[int, ...] | None:
    """Return the shape of a variable of numbers, as MATLAB has it; None for any other."""
    if isinstance(entry, h5py.Group):
        rows = entry.attrs.get("MATLAB_sparse")
        return None if rows is None else (int(rows), entry["jc"].size - 1)
    if not isinstance(entry, h5py.Dataset) or not is_numeric(entry) or _class(entry) not in ("", *NUMBERS):
        return None
    return (0, 0) if "MATLAB_empty" in entry.attrs else entry.shape[::-1]


def _sparse(group: h5py.Group, parts: list[h5py.Dataset], shape: tuple[int, ...], file: str) -> sp.csr_matrix:
    """Return a sparse matrix, which MATLAB has by columns; without any entries, it has no `data` and no `ir`."""
    require_sparse(parts, shape[0], file)
    if not group["jc"][()].any():
        return sp.csr_matrix(shape)
    check_kind(group["data"].dtype, file)
    for key in ("ir", "jc"):
        if group[key].dtype.kind not in "iu":
            raise InputError(f"{file}: '{group[key].name}' must be whole numbers, found {group[key].dtype}")
    data = native(group["data"][()])
    rows, columns = (group[key][()].astype(np.int64) for key in ("ir", "jc"))
    return canonical(sp.csc_matrix((data.astype(wide(data.dtype)), rows, columns), shape=shape), file)


def _texts(file: h5py.File, key: str, name: str) -> np.ndarray | None:
    """Return the texts of a matrix of characters, one a row, or of a cell array; numbers as they are; else None."""
    if not isinstance(file[key], h5py.Dataset):
        return None
    entry = next(datasets(file, [key], name))  # refuses what is kept in another file
    require_texts(entry, name)
    if _class(entry) == "char":
        return _characters(entry)
    if entry.dtype.kind in "iuf":
        return np.asarray(entry[()])
    if h5py.check_ref_dtype(entry.dtype) is not h5py.Reference:
        return None
    cells = [file[reference] for reference in entry[()].ravel()]
    if all(cell.dtype.kind in "iuf" and cell.size == 1 and _class(cell) != "char" for cell in cells):
        return np.array([cell[()].item() for cell in cells])
    if any(_class(cell) != "char" for cell in cells):
        return None
    return np.array(["".join(_characters(cell)) for cell in cells], dtype=object)


def _characters(entry: h5py.Dataset) -> np.ndarray:
    """Return the rows of a matrix of characters, which are numbers of UTF-16."""
    if "MATLAB_empty" in entry.attrs:
        return np.array([], dtype=object)
    rows = np.ascontiguousarray(np.atleast_2d(entry[()].T)).astype("<u2")
    return np.array([row.tobytes().decode("utf-16-le") for row in rows], dtype=object)
