"""Connectivity as the user brought it, read a block of rows at a time so that it never has to fit in memory twice.

Three forms: dense n x n (`.npy`, memory-mapped), sparse n x n (scipy's `.npz`), and factored (`.npz` with `values`
of shape (m, m) and `index` of shape (n,)), where the entry from spot i to spot j is `values[index[i], index[j]]`.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, is_zipfile

import numpy as np
import scipy.sparse as sp

from spacon.checks import InputError

# What zip, NumPy and scipy raise for a damaged archive.
DAMAGED = (ValueError, OSError, KeyError, EOFError, TypeError, IndexError, NotImplementedError, BadZipFile, zlib.error)

# 64 MB of float32 a block: large enough for numpy's speed, small beside everything else.
BLOCK_ENTRIES = 16_000_000


@dataclass(frozen=True)
class Connectivity:
    """An n x n matrix whose entry (i, j) is the connection from spot i to spot j.

    Of a factored one, `regions` holds the values between regions, (m, m), and the region of each spot, (n,).
    """

    n: int
    form: str
    rows: Callable[[int, int], np.ndarray]
    regions: tuple[np.ndarray, np.ndarray] | None = None

    def blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (first row, dense block of rows of shape (b, n)), about 64 MB each."""
        for start in range(0, self.n, self._step):
            yield start, self.rows(start, min(self.n, start + self._step))

    @property
    def n_blocks(self) -> int:
        """How many blocks there are."""
        return -(-self.n // self._step)

    @property
    def _step(self) -> int:
        return max(1, BLOCK_ENTRIES // max(1, self.n))


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
    except InputError:
        raise
    except DAMAGED as error:
        raise InputError(f"{path.name}: not a readable .npz file ({error})") from error
    _check_matrix(path, matrix)
    return Connectivity(matrix.shape[0], "sparse", lambda start, stop: matrix[start:stop].toarray())


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
    return Connectivity(len(index), "factored", rows, (values, index))


def _check_matrix(path: Path, matrix: np.ndarray | sp.csr_matrix) -> None:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"{path.name}: connectivity must be square, found shape {matrix.shape}")
    if matrix.dtype.kind not in "iuf":
        raise InputError(f"{path.name}: connectivity must be real numbers, found {matrix.dtype}")


def checked_blocks(connectivity: Connectivity, name: str) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the blocks of rows; of a factored one, all values between regions as one block.

    Raises:
        InputError: an entry is NaN or infinite; names the file and the first such entry.
    """
    blocks = connectivity.blocks() if connectivity.regions is None else [(0, connectivity.regions[0])]
    for start, block in blocks:
        finite = np.isfinite(block)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise InputError(f"{name}: entry [{start + row}, {column}] is {block[row, column]}; numbers are required")
        yield start, block
