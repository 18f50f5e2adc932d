"""What an entry of connectivity means: from its row or from its column, and how strong a connection it stands for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from spacon.connectivity.forms import Connectivity, Dense, Entries, Factored, Sparse
from spacon.connectivity.lowrank import LowRank
from spacon.errors import InputError
from spacon.parameters import ConnectivitySource
from spacon.readers.table import wide

Change = Callable[[np.ndarray], np.ndarray]
NEGATIVE: dict[str, Change] = {
    "drop": lambda entries: np.maximum(entries, 0),
    "absolute": np.abs,
}
# Correlations nearer to 1 than this are taken to be this, so that their arctanh is at most 8.4: copies of a series, or
# two spots of one region, differ from 1 by rounding alone.
LARGEST_CORRELATION = 1 - 1e-7


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


def _log1p(entries: np.ndarray) -> np.ndarray:
    least = float(entries.min(initial=0, where=entries > -np.inf))
    if least < 0:
        raise InputError(
            f"connectivity_transform is log1p, but there is an entry of {least:.4g}: set --negative drop or absolute, "
            "or leave it out"
        )
    with np.errstate(invalid="ignore"):  # of no number on the diagonal
        return np.log1p(entries)


def _fisher_z(entries: np.ndarray) -> np.ndarray:
    return np.arctanh(np.clip(entries, -LARGEST_CORRELATION, LARGEST_CORRELATION, dtype=np.float64))


TRANSFORM: dict[str, Change] = {"log1p": _log1p, "fisher_z": _fisher_z}


def check_meaning(source: ConnectivitySource) -> None:
    """Raise InputError where Fisher's z is wanted of what need not be correlations."""
    if source.connectivity_transform == "fisher_z" and source.time_series is None:
        raise InputError(
            "connectivity_transform is fisher_z, which is of correlations of time series, but --time_series is not set"
        )


def widened(entries: np.ndarray) -> np.ndarray:
    """Return entries in a type in which they can be negated and added."""
    return entries.astype(wide(entries.dtype), copy=False)


def meant(connectivity: Connectivity, source: ConnectivitySource) -> Connectivity:
    """Return connectivity as the method reads it, from row to column; of negative entries, and then of all, the change.

    The logarithm log(1 + x) of heavy-tailed strengths and Fisher's z, arctanh(r), of correlations keep the order of
    entries: they matter only where entries are multiplied, by `distance_decay`. A threshold is one of changed entries.

    Raises:
        InputError: the logarithm of a negative entry; where rows come a block at a time, when these are read.
    """
    if source.connection_direction == "columns":
        connectivity = transposed(connectivity)
    elif source.connection_direction == "both":
        connectivity = _both_ways(connectivity)
    for change in (NEGATIVE.get(source.negative), TRANSFORM.get(source.connectivity_transform)):
        if change is not None:
            connectivity = changed(connectivity, change)
    return connectivity


def changed(connectivity: Connectivity, change: Change) -> Connectivity:
    """Return connectivity each of whose entries is changed; what is 0 stays 0."""
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
    if isinstance(connectivity, LowRank):
        return replace(connectivity, left=connectivity.right, right=connectivity.left)
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
