"""Connectivity as the user brought it, read a block of rows at a time so that it never has to fit in memory twice.

Three forms: dense n x n (`.npy`, memory-mapped), sparse n x n (scipy's `.npz`), and factored (`.npz` with `values`
of shape (m, m) and `index` of shape (n,)), where the entry from spot i to spot j is `values[index[i], index[j]]`.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile, is_zipfile

import numpy as np
import scipy.sparse as sp

from spacon.checks import InputError

# What zip, NumPy and scipy raise for a damaged archive.
DAMAGED = (ValueError, OSError, KeyError, EOFError, TypeError, IndexError, NotImplementedError, BadZipFile, zlib.error)

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
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError(f"{path.name}: not a NumPy array file of numbers ({error})") from error
    if not isinstance(matrix, np.ndarray):
        raise InputError(f"{path.name}: not a NumPy array file but an archive of arrays, whose name must end in .npz")
    _check_matrix(path, matrix)
    return Connectivity(len(matrix), "dense", lambda start, stop: np.asarray(matrix[start:stop]))


def _archive(path: Path) -> Connectivity:
    if not is_zipfile(path):
        raise InputError(f"{path.name}: not a readable .npz file (not an archive of arrays)")
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = set(archive.files)
            if {"values", "index"} <= names:
                return _factored(path, archive["values"], archive["index"])
            if "format" not in names:
                raise InputError(
                    f"{path.name}: has the arrays {sorted(names)}; expected a matrix saved by "
                    "scipy.sparse.save_npz, or 'values' and 'index' (factored)"
                )
        stored = sp.load_npz(path)
        if stored.format in ("csr", "csc"):
            stored.check_format(full_check=True)  # else an index out of range crashes the interpreter
        matrix = sp.csr_matrix(stored)
        matrix.sum_duplicates()
    except InputError:
        raise
    except DAMAGED as error:
        raise InputError(f"{path.name}: not a readable .npz file ({error})") from error
    _check_matrix(path, matrix)
    return Connectivity(matrix.shape[0], "sparse", lambda start, stop: matrix[start:stop].toarray(), stored=matrix)


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
    rows = lambda start, stop: values[index[start:stop]][:, index]  # noqa: E731
    return Connectivity(len(index), "factored", rows, regions=(values, index))


def _check_matrix(path: Path, matrix: np.ndarray | sp.csr_matrix) -> None:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"{path.name}: connectivity must be square, found shape {matrix.shape}")
    if matrix.dtype.kind not in "iuf":
        raise InputError(f"{path.name}: connectivity must be real numbers, found {matrix.dtype}")


def check_finite(connectivity: Connectivity, name: str) -> None:
    """Read every entry once.

    Raises:
        InputError: an entry is NaN or infinite; names the file and the first such entry.
    """
    if connectivity.regions is not None:
        parts = [(0, connectivity.regions[0])]
    else:
        parts = ((start, connectivity.rows(start, stop)) for start, stop in connectivity.blocks())
    if connectivity.stored is not None and np.isfinite(connectivity.stored.data).all():
        return
    for start, block in parts:
        finite = np.isfinite(block)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise InputError(f"{name}: entry [{start + row}, {column}] is {block[row, column]}; numbers are required")
