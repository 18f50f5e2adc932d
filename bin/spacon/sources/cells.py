"""Cells as a source has them: what is known of each, and their expression a chunk of rows at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.errors import InputError
from spacon.memory import require

COPIES = 2  # all chunks, and the one matrix that is made of them


@dataclass(frozen=True)
class Cells:
    """n cells x g genes.

    Args:
        obs: one row per cell; the index are their names as text, the columns those of the file.
        genes: their names, g.
        obsm: arrays of n rows, by key.
        uns: the mark `log1p` and `spacon_source`, where the file has them.
        chunks: makes an iterator over the expression of the cells in their order, a chunk of rows at a time:
            canonical CSR of g columns, float32, or float64 where float32 cannot hold its whole numbers.
        notes: what was counted on the way.
        stored: bytes of the whole expression as CSR, at most.
    """

    obs: pd.DataFrame
    genes: tuple[str, ...]
    obsm: dict[str, np.ndarray]
    uns: dict[str, Any]
    chunks: Callable[[], Iterator[sp.csr_matrix]]
    notes: tuple[str, ...] = ()
    stored: int = 0


def kept(cells: Cells, rows: np.ndarray) -> Cells:
    """Return the cells where `rows`, truth values of shape (n,), are true."""

    def chunks() -> Iterator[sp.csr_matrix]:
        start = 0
        for chunk in cells.chunks():
            wanted = rows[start : start + chunk.shape[0]]
            start += chunk.shape[0]
            if wanted.any():
                yield chunk[wanted]

    obsm = {key: values[rows] for key, values in cells.obsm.items()}
    return replace(cells, obs=cells.obs.loc[rows], obsm=obsm, chunks=chunks)


def with_genes(cells: Cells, columns: np.ndarray) -> Cells:
    """Return the cells with the genes where `columns`, truth values of shape (g,), are true."""
    if columns.all():
        return cells
    places = np.flatnonzero(columns)

    def chunks() -> Iterator[sp.csr_matrix]:
        for chunk in cells.chunks():
            some = chunk[:, places]
            some.sort_indices()
            yield some

    return replace(cells, genes=tuple(cells.genes[place] for place in places), chunks=chunks)


def noted(cells: Cells, *notes: str) -> Cells:
    """Return the cells with further notes."""
    return replace(cells, notes=(*cells.notes, *notes))


def whole(cells: Cells, name: str) -> sp.csr_matrix:
    """Return the expression of all cells as one matrix (n, g).

    Raises:
        InputError: it does not fit into the memory of this machine, or a chunk cannot be read.
    """
    require(f"{name}: the expression of {len(cells.obs):,} cells", COPIES * cells.stored, "bring fewer cells or genes")
    matrix = sp.vstack(list(cells.chunks()), format="csr")
    if matrix.shape != (len(cells.obs), len(cells.genes)):
        raise InputError(f"{name}: has expression of {matrix.shape[0]:,} cells, but names of {len(cells.obs):,}")
    return matrix
