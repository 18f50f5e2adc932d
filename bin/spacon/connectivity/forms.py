"""Connectivity in its three forms, read a block of rows at a time so that it never has to fit in memory twice."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from spacon.errors import InputError

# 2 MB of float32 a block: what is computed of it stays in a core's cache, and is nothing beside the libraries.
BLOCK_ENTRIES = 500_000

Entries = tuple[np.ndarray, np.ndarray, np.ndarray]  # row, column, value


class Connectivity(ABC):
    """An n x n matrix whose entry (i, j) is the connection from spot i to spot j."""

    form: str

    @property
    @abstractmethod
    def n(self) -> int:
        """How many spots there are."""

    @property
    @abstractmethod
    def held(self) -> int:
        """Bytes that it takes in memory."""

    @abstractmethod
    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return the rows from start to stop, dense, shape (stop - start, n)."""

    def blocks(self, bound: float = -np.inf) -> list[tuple[int, int]]:
        """Return ranges of rows (start, stop), each with about `BLOCK_ENTRIES` entries to look at for those above."""
        del bound  # which matters where most entries are 0
        return row_blocks(self.n, BLOCK_ENTRIES)

    def above(self, start: int, stop: int, bound: np.ndarray) -> Entries:
        """Return the entries above a bound of their row, of rows start to stop: row from 0, column, value, in order."""
        block = self.rows(start, stop)
        place = np.flatnonzero(block > _comparable(bound, block)[:, None])
        ends = np.searchsorted(place, np.arange(1, stop - start + 1) * self.n)
        count = np.diff(ends, prepend=0)
        value = block.ravel()[place]
        place -= np.repeat(np.arange(stop - start) * self.n, count)
        return np.repeat(np.arange(stop - start, dtype=np.int32), count), place.astype(np.int32), value

    def not_finite(self) -> Iterator[Entries]:
        """Yield the entries between two spots that are no finite number, by blocks of rows."""
        for start, stop in self.blocks():
            block = self.rows(start, stop)
            row, column = np.nonzero(~np.isfinite(block))
            between = row + start != column
            yield row[between] + start, column[between], block[row, column][between]

    def largest(self) -> float:
        """Return the largest entry between two spots."""
        return max(self._largest_of(start, stop) for start, stop in self.blocks())

    def _largest_of(self, start: int, stop: int) -> float:
        block = self.rows(start, stop)
        between = np.ones(block.shape, dtype=bool)
        between[np.arange(stop - start), np.arange(start, stop)] = False
        entries = block[between]
        return float(entries.max()) if len(entries) else -np.inf


@dataclass(frozen=True)
class Dense(Connectivity):
    """A matrix (n, n), in memory or mapped from its file."""

    matrix: np.ndarray
    form = "dense"

    @property
    def n(self) -> int:
        """How many spots there are."""
        return len(self.matrix)

    @property
    def held(self) -> int:
        """Bytes that it takes in memory: none where it is mapped."""
        return 0 if isinstance(self.matrix, np.memmap) else self.matrix.nbytes

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return the rows from start to stop."""
        return np.asarray(self.matrix[start:stop])


@dataclass(frozen=True)
class Reordered(Dense):
    """A matrix (m, m) and the place in it of each spot (n,); a spot at a place below 0 has no connections."""

    place: np.ndarray

    @property
    def n(self) -> int:
        """How many spots there are."""
        return len(self.place)

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return the rows from start to stop."""
        own = self.place[start:stop]
        block = np.asarray(self.matrix[own][:, self.place])
        block[own < 0] = 0
        block[:, self.place < 0] = 0
        return block


@dataclass(frozen=True)
class Sparse(Connectivity):
    """A CSR matrix (n, n) with sorted columns, which stays sparse where entries above 0 or more are asked for."""

    matrix: sp.csr_matrix
    form = "sparse"

    @property
    def n(self) -> int:
        """How many spots there are."""
        return int(self.matrix.shape[0])

    @property
    def held(self) -> int:
        """Bytes that it takes in memory."""
        return int(self.matrix.data.nbytes + self.matrix.indices.nbytes + self.matrix.indptr.nbytes)

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return the rows from start to stop, dense."""
        return np.asarray(self.matrix[start:stop].toarray())

    def blocks(self, bound: float = -np.inf) -> list[tuple[int, int]]:
        """Return ranges of rows, each with about `BLOCK_ENTRIES` entries: stored ones, if no other can be above."""
        if bound < 0:
            return super().blocks(bound)
        even = np.searchsorted(self.matrix.indptr, np.arange(0, self.matrix.nnz, BLOCK_ENTRIES))
        return list(pairwise(np.unique(np.concatenate([[0], even, [self.n]])).tolist()))

    def above(self, start: int, stop: int, bound: np.ndarray) -> Entries:
        """Return the entries above a bound of their row, as `Connectivity.above`."""
        if bound.min() < 0:
            return super().above(start, stop, bound)
        pointer = self.matrix.indptr[start : stop + 1]
        column, value = (part[pointer[0] : pointer[-1]] for part in (self.matrix.indices, self.matrix.data))
        row = np.repeat(np.arange(stop - start), np.diff(pointer))
        kept = value > _comparable(bound, value)[row]
        return row[kept], column[kept], value[kept]

    def not_finite(self) -> Iterator[Entries]:
        """Yield the entries between two spots that are no finite number."""
        entries = self.matrix.tocoo()
        wrong = ~np.isfinite(entries.data) & (entries.row != entries.col)
        yield entries.row[wrong], entries.col[wrong], entries.data[wrong]


@dataclass(frozen=True)
class Factored(Connectivity):
    """Values between regions (m, m) and the region of each spot (n,): entry (i, j) is values[index[i], index[j]]."""

    values: np.ndarray
    index: np.ndarray
    form = "factored"

    @property
    def n(self) -> int:
        """How many spots there are."""
        return len(self.index)

    @property
    def held(self) -> int:
        """Bytes that it takes in memory."""
        return self.values.nbytes + self.index.nbytes

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return the rows from start to stop, dense."""
        return np.asarray(self.values[self.index[start:stop]][:, self.index])

    def not_finite(self) -> Iterator[Entries]:
        """Yield the entries between regions of which two spots have one, and which are no finite number."""
        row, column = np.nonzero(~np.isfinite(self.values) & self._joins_spots())
        yield row, column, self.values[row, column]

    def largest(self) -> float:
        """Return the largest entry between two spots."""
        return float(np.max(self.values, where=self._joins_spots(), initial=-np.inf))

    def _joins_spots(self) -> np.ndarray:
        """Return which entries between regions (m, m) join two spots; a region's own takes two spots of it."""
        spots = np.bincount(self.index, minlength=len(self.values))
        return np.asarray((spots[:, None] > np.eye(len(spots), dtype=bool)) & (spots > 0))


def row_blocks(n: int, entries: int) -> list[tuple[int, int]]:
    """Return ranges of the rows of an n x n matrix (start, stop), each with about so many entries."""
    step = max(1, entries // max(1, n))
    return list(pairwise(np.append(np.arange(0, n, step), n).tolist()))


def _comparable(bound: np.ndarray, entries: np.ndarray) -> np.ndarray:
    """Return bounds in the precision of the entries, so that one equal to its bound in the file is not above it."""
    return bound.astype(np.result_type(entries.dtype, np.float32))


def check_finite(connectivity: Connectivity, name: str) -> None:
    """Read every entry once. The diagonal may hold anything: it is set to 1 in the end.

    Raises:
        InputError: an entry off the diagonal is NaN or infinite; names the file and the first such entry.
    """
    for row, column, value in connectivity.not_finite():
        if len(row):
            raise InputError(
                f"{name}: entry [{row[0]}, {column[0]}] is {value[0]}; numbers are required off the diagonal "
                "(0: no connection)"
            )
