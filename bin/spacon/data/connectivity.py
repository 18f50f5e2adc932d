"""Connectivity as the user brought it, read a block of rows at a time so that it never has to fit in memory twice.

Three forms: dense n x n (`.npy`, memory-mapped), sparse n x n (scipy's `.npz`), and factored (`.npz` with `values`
of shape (m, m) and `index` of shape (n,)), where the entry from spot i to spot j is `values[index[i], index[j]]`.
"""

import math
import struct
import tokenize
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile, ZipFile, is_zipfile

import numpy as np
import scipy.sparse as sp

from spacon.data.sparse import check_pattern
from spacon.errors import InputError, shortened
from spacon.memory import GB, require

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

# 2 MB of float32 a block: what is computed of it stays in a core's cache, and is nothing beside the libraries.
BLOCK_ENTRIES = 500_000

Entries = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Connectivity:
    """An n x n matrix whose entry (i, j) is the connection from spot i to spot j.

    `rows(start, stop)` returns dense rows. A sparse one is also in `stored`, CSR with sorted columns. Of a factored
    one, `regions` holds the values between regions, (m, m), and the region of each spot, (n,).
    """

    n: int
    form: str
    rows: Callable[[int, int], np.ndarray]
    stored: sp.csr_matrix | None = None
    regions: tuple[np.ndarray, np.ndarray] | None = None

    def blocks(self, bound: float = -np.inf) -> list[tuple[int, int]]:
        """Return ranges of rows (start, stop), each with about `BLOCK_ENTRIES` entries that must be looked at.

        Of a sparse one, these are all if the bound is below 0, and the stored ones if not.
        """
        if self.stored is None or bound < 0:
            step = max(1, BLOCK_ENTRIES // max(1, self.n))
            edges = np.append(np.arange(0, self.n, step), self.n)
        else:
            even = np.searchsorted(self.stored.indptr, np.arange(0, self.stored.nnz, BLOCK_ENTRIES))
            edges = np.unique(np.concatenate([[0], even, [self.n]]))
        return list(pairwise(edges.tolist()))

    def above(self, start: int, stop: int, bound: np.ndarray) -> Entries:
        """Return the entries above a bound of their row, of rows start to stop: row from 0, column, value, in order."""
        if self.stored is None or bound.min() < 0:
            block = self.rows(start, stop)
            place = np.flatnonzero(block > _comparable(bound, block)[:, None])
            ends = np.searchsorted(place, np.arange(1, stop - start + 1) * self.n)
            count = np.diff(ends, prepend=0)
            value = block.ravel()[place]
            place -= np.repeat(np.arange(stop - start) * self.n, count)
            return np.repeat(np.arange(stop - start, dtype=np.int32), count), place.astype(np.int32), value
        pointer = self.stored.indptr[start : stop + 1]
        column, value = (part[pointer[0] : pointer[-1]] for part in (self.stored.indices, self.stored.data))
        row = np.repeat(np.arange(stop - start), np.diff(pointer))
        kept = value > _comparable(bound, value)[row]
        return row[kept], column[kept], value[kept]


def _comparable(bound: np.ndarray, entries: np.ndarray) -> np.ndarray:
    """Return bounds in the precision of the entries, so that one equal to its bound in the file is not above it."""
    return bound.astype(np.result_type(entries.dtype, np.float32))


def read_connectivity(path: Path) -> Connectivity:
    """Open a connectivity file.

    Raises:
        InputError: not one of the three forms, not square, not numeric, or an index out of range.
    """
    if path.suffix == ".npy":
        return _dense(path)
    if path.suffix == ".npz":
        return _archive(path)
    raise InputError(f"{path.name}: connectivity must be a .npy (dense) or .npz (sparse or factored) file")


def _dense(path: Path) -> Connectivity:
    try:
        with warnings.catch_warnings(action="ignore"):  # of a shape whose size is no number of the machine's
            matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    except DAMAGED as error:
        raise InputError(f"{path.name}: not a NumPy array file of numbers ({shortened(error)})") from error
    if not isinstance(matrix, np.ndarray):
        raise InputError(f"{path.name}: not a NumPy array file but an archive of arrays, whose name must end in .npz")
    _check_matrix(path, matrix)
    return Connectivity(len(matrix), "dense", lambda start, stop: np.asarray(matrix[start:stop]))


def _archive(path: Path) -> Connectivity:
    if not is_zipfile(path):
        raise InputError(f"{path.name}: not a readable .npz file (not an archive of arrays)")
    try:
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
        _check_shape(path, shape)
        require(f"{path.name}: a sparse matrix of {shape[0]:,} rows", POINTER * shape[0], "bring fewer spots")
        matrix = _canonical(sp.load_npz(path), path)
    except InputError:
        raise
    except DAMAGED as error:
        raise InputError(f"{path.name}: not a readable .npz file ({shortened(error)})") from error
    return Connectivity(matrix.shape[0], "sparse", lambda start, stop: matrix[start:stop].toarray(), stored=matrix)


def _canonical(stored: sp.sparray | sp.spmatrix, path: Path) -> sp.csr_matrix:
    """Return a stored matrix as CSR with sorted columns, its repeated entries summed in a type that holds the sum."""
    _check_matrix(path, stored)
    if stored.format in ("csr", "csc", "bsr"):
        check_pattern(stored)
    matrix = sp.csr_matrix(stored.astype(wide(stored.dtype)))
    matrix.sum_duplicates()
    return matrix


def _factored(path: Path, values: np.ndarray, index: np.ndarray) -> Connectivity:
    _check_matrix(path, values)
    if index.ndim != 1 or not np.issubdtype(index.dtype, np.integer):
        raise InputError(f"{path.name}: 'index' must be one whole number per spot, found {index.dtype} {index.shape}")
    outside = (index < 0) | (index >= len(values))
    if outside.any():
        spot = int(np.flatnonzero(outside)[0])
        raise InputError(
            f"{path.name}: 'index' of spot {spot} is {index[spot]}; 'values' has {len(values)} rows, "
            f"so 0 to {len(values) - 1} is allowed"
        )
    values, index = values.astype(wide(values.dtype), copy=False), index.astype(np.int64)
    rows = lambda start, stop: values[index[start:stop]][:, index]  # noqa: E731
    return Connectivity(len(index), "factored", rows, regions=(values, index))


def wide(kind: np.dtype) -> np.dtype:
    """Return the type in which entries of a type are summed, negated and compared: float32 or float64, never narrower.

    Negated, unsigned and the least signed numbers turn round; summed, small ones overflow.
    """
    return np.result_type(kind.newbyteorder("="), np.float32)


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


def _check_matrix(path: Path, matrix: np.ndarray | sp.sparray | sp.spmatrix) -> None:
    _check_shape(path, matrix.shape)
    if matrix.dtype.kind not in "biuf":
        raise InputError(f"{path.name}: connectivity must be real numbers, found {matrix.dtype}")


def _check_shape(path: Path, shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or shape[0] != shape[1]:
        raise InputError(f"{path.name}: connectivity must be square, found shape {shape}")
    if shape[0] == 0:
        raise InputError(f"{path.name}: connectivity has no rows")


def check_finite(connectivity: Connectivity, name: str) -> None:
    """Read every entry once. The diagonal may hold anything: it is set to 1 in the end.

    Raises:
        InputError: an entry off the diagonal is NaN or infinite; names the file and the first such entry.
    """
    for row, column, value in _not_finite(connectivity):
        if len(row):
            raise InputError(
                f"{name}: entry [{row[0]}, {column[0]}] is {value[0]}; numbers are required off the diagonal "
                "(0: no connection)"
            )


def _not_finite(connectivity: Connectivity) -> Iterator[Entries]:
    """Yield the entries between spots that are no finite number: row, column, value, by blocks of rows."""
    if connectivity.regions is not None:
        values, index = connectivity.regions
        row, column = np.nonzero(~np.isfinite(values))
        spots = np.bincount(index, minlength=len(values))
        between = (spots[row] > (row == column)) & (spots[column] > 0)  # a region's own entry joins two spots of it
        yield row[between], column[between], values[row, column][between]
    elif connectivity.stored is not None:
        entries = connectivity.stored.tocoo()
        wrong = ~np.isfinite(entries.data) & (entries.row != entries.col)
        yield entries.row[wrong], entries.col[wrong], entries.data[wrong]
    else:
        for start, stop in connectivity.blocks():
            block = connectivity.rows(start, stop)
            row, column = np.nonzero(~np.isfinite(block))
            between = row + start != column
            yield row[between] + start, column[between], block[row, column][between]
