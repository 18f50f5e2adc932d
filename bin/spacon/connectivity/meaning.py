"""What an entry of connectivity means: from its row or from its column, and what a negative one is worth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from spacon.connectivity.correlation import Correlations
from spacon.connectivity.forms import Connectivity, Dense, Entries, Factored, Sparse
from spacon.parameters import ConnectivitySource
from spacon.readers.table import wide

NEGATIVE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "drop": lambda entries: np.maximum(entries, 0),
    "absolute": np.abs,
}


@dataclass(frozen=True)
class Changed(Connectivity):
    """Another connectivity, whose rows are changed a block at a time; what is not finite must not come from the change.

    Args:
        original: what is changed.
        change: gives the changed rows from start to stop.
    """

    original: Connectivity
    change: Callable[[int, int], np.ndarray]

    @property
    def form(self) -> str:  # type: ignore[override]  # of the original
        """What it is, in a word."""
        return self.original.form

    @property
    def n(self) -> int:
        """How many spots there are."""
        return self.original.n

    @property
    def held(self) -> int:
        """Bytes that it takes in memory."""
        return self.original.held

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return the rows from start to stop, dense."""
        return self.change(start, stop)

    def blocks(self, bound: float = -np.inf) -> list[tuple[int, int]]:
        """Return ranges of rows, as the original has them."""
        return self.original.blocks(bound)

    def not_finite(self) -> Iterator[Entries]:
        """Yield the entries of the original between two spots that are no finite number."""
        yield from self.original.not_finite()


def widened(entries: np.ndarray) -> np.ndarray:
    """Return entries in a type in which they can be negated and added."""
    return entries.astype(wide(entries.dtype), copy=False)


def meant(connectivity: Connectivity, source: ConnectivitySource) -> Connectivity:
    """Return connectivity as the method reads it, from row to column, with negative entries as they are to count."""
    if source.connection_direction == "columns":
        connectivity = transposed(connectivity)
    elif source.connection_direction == "both":
        connectivity = _both_ways(connectivity)
    if source.negative == "keep":
        return connectivity
    change = NEGATIVE[source.negative]
    if isinstance(connectivity, Factored):
        return replace(connectivity, values=change(widened(connectivity.values)))
    if isinstance(connectivity, Sparse):
        entries = connectivity.matrix
        return Sparse(sp.csr_matrix((change(entries.data), entries.indices, entries.indptr), shape=entries.shape))
    return Changed(connectivity, lambda start, stop: change(widened(connectivity.rows(start, stop))))


def transposed(connectivity: Connectivity) -> Connectivity:
    """Return the same with rows and columns exchanged; nothing dense is copied."""
    if isinstance(connectivity, Factored):
        return replace(connectivity, values=connectivity.values.T)
    if isinstance(connectivity, Sparse):
        return Sparse(_ordered(connectivity.matrix.T))
    if isinstance(connectivity, Correlations):
        return Correlations(connectivity.right, connectivity.left)
    if isinstance(connectivity, Dense):
        return replace(connectivity, matrix=connectivity.matrix.T)
    raise TypeError(connectivity)


def _both_ways(connectivity: Connectivity) -> Connectivity:
    if isinstance(connectivity, Factored):
        values = widened(connectivity.values)
        return replace(connectivity, values=(values + values.T) / 2)
    if isinstance(connectivity, Sparse):
        return Sparse(_ordered((connectivity.matrix + connectivity.matrix.T) / 2))
    other = transposed(connectivity)
    return Changed(
        connectivity, lambda start, stop: (widened(connectivity.rows(start, stop)) + other.rows(start, stop)) / 2
    )


def _ordered(matrix: sp.spmatrix) -> sp.csr_matrix:
    ordered = sp.csr_matrix(matrix)
    ordered.sort_indices()
    return ordered
