"""Connectivity in NumPy's files, checked before they are read.

Dense (`.npy`, memory-mapped), sparse (scipy's `.npz`), and factored (`.npz` with `values` of shape (m, m) and `index`
of shape (n,)), where the entry from spot i to spot j is `values[index[i], index[j]]`.
"""

import math
import struct
import tokenize
import warnings
import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile, is_zipfile

import numpy as np
import scipy.sparse as sp

from spacon.data.sparse import check_pattern
from spacon.errors import InputError, unreadable
from spacon.memory import GB, require
from spacon.readers.table import Series, Table, check_matrix, check_shape, series, square, wide

# What zip, NumPy and scipy raise for a damaged archive.
DAMAGED = (
    *(ValueError, OSError, KeyError, EOFError, TypeError, IndexError, NotImplementedError, BadZipFile, zlib.error),
    *(RuntimeError, OverflowError, AttributeError, SyntaxError, struct.error, tokenize.TokenError),
    MemoryError,  # Python's parser, of a header that nests without end
)
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
PATTERN = {"indices", "indptr", "row", "col", "offsets", "shape"}  # of a sparse matrix; fractions would be cut
ARCHIVE_COPIES = 2.5  # the arrays, their canonical form, and what sorting takes beside them
POINTER = 40  # bytes per row of a sparse matrix, in both of its forms


def read_npy(path: Path) -> Table:
    """Return the matrix of a .npy file, mapped."""
    return square(mapped(path), None, None, path.name)


def read_npy_series(path: Path) -> Series:
    """Return the time series of a .npy file, mapped."""
    return series(mapped(path), None, None, path.name)


def mapped(path: Path) -> np.ndarray:
    """Return the array of a .npy file, of whatever shape and type, mapped."""
    with (
        unreadable(f"{path.name}: not a NumPy array file of numbers", DAMAGED),
        warnings.catch_warnings(action="ignore"),  # of a shape whose size is no number of the machine's
    ):
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(matrix, np.ndarray):
        raise InputError(f"{path.name}: not a NumPy array file but an archive of arrays, whose name must end in .npz")
    return matrix


def read_npz(path: Path) -> Table:
    """Return the sparse matrix, or the factored connectivity, of a .npz file."""
    if not is_zipfile(path):
        raise InputError(f"{path.name}: not a readable .npz file (not an archive of arrays)")
    with unreadable(f"{path.name}: not a readable .npz file", DAMAGED):
        check_archive(path)
        with np.load(path, allow_pickle=False) as archive:
            names = set(archive.files)
            if {"values", "index"} <= names:
                return _factored(path, archive["values"], archive["index"])
            if "format" not in names:
                raise InputError(
                    f"{path.name}: has the arrays {sorted(names)}; expected a matrix saved by "
                    "scipy.sparse.save_npz, or 'values' and 'index' (factored)"
                )
            shape = tuple(int(length) for length in archive["shape"].ravel())
        check_shape(shape, path.name)
        require(f"{path.name}: a sparse matrix of {shape[0]:,} rows", POINTER * shape[0], "bring fewer spots")
        matrix = canonical(sp.load_npz(path), path.name)
    return Table(matrix)


def canonical(stored: sp.sparray | sp.spmatrix, file: str) -> sp.csr_matrix:
    """Return a stored matrix as CSR with sorted columns, its repeated entries summed in a type that holds the sum."""
    check_matrix(stored, file)
    if stored.format in ("csr", "csc", "bsr"):
        check_pattern(stored)
    matrix = sp.csr_matrix(stored.astype(wide(stored.dtype)))
    matrix.sum_duplicates()
    return matrix


def _factored(path: Path, values: np.ndarray, index: np.ndarray) -> Table:
    check_matrix(values, path.name)
    if index.ndim != 1 or not np.issubdtype(index.dtype, np.integer):
        raise InputError(f"{path.name}: 'index' must be one whole number per spot, found {index.dtype} {index.shape}")
    outside = (index < 0) | (index >= len(values))
    if outside.any():
        spot = int(np.flatnonzero(outside)[0])
        raise InputError(
            f"{path.name}: 'index' of spot {spot} is {index[spot]}; 'values' has {len(values)} rows, "
            f"so 0 to {len(values) - 1} is allowed"
        )
    return Table(values.astype(wide(values.dtype), copy=False), index=index.astype(np.int64))


def check_archive(path: Path) -> None:
    """Refuse an archive of arrays that this machine cannot hold, from the sizes in its headers, before any is read.

    Raises:
        InputError: too large, or an array's header declares more than the archive has of it.
    """
    total = 0
    with ZipFile(path) as archive:
        for member in archive.infolist():
            total += member.file_size
            if not member.filename.endswith(".npy"):
                continue
            with archive.open(member) as stream:
                version = np.lib.format.read_magic(stream)
                if version not in HEADERS:
                    raise InputError(f"{path.name}: '{member.filename}' is of an unknown version of NumPy's format")
                shape, _, kind = HEADERS[version](stream)
            if Path(member.filename).stem in PATTERN and kind.kind not in "iu":
                raise InputError(f"{path.name}: '{member.filename}' must be whole numbers, found {kind}")
            declared = math.prod(shape) * kind.itemsize
            if declared > member.file_size:
                raise InputError(
                    f"{path.name}: '{member.filename}' declares {declared:,} bytes, but the archive has "
                    f"{member.file_size:,} of it: the file is damaged"
                )
    need = int(ARCHIVE_COPIES * total)
    require(f"{path.name}: an archive of {total / GB:.1f} GB of arrays", need, "bring fewer entries")
