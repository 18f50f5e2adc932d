"""Expression of places: that of their cells added up, a chunk of cells at a time."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from spacon.data.expression_matrix import check_expression
from spacon.errors import InputError, about
from spacon.memory import require

ENTRY = 12  # bytes of an entry: its value, and its column
ADDING = 2  # times its two parts: these, and what the sum may take


@dataclass(frozen=True)
class Summed:
    """Sums by place.

    Args:
        values: CSR (m, genes), float64, canonical.
        is_whole: whether all expression was whole numbers; sums of these are exact up to 2^53.
        total: of the expression of all cells, whether they have a place or not.
    """

    values: sp.csr_matrix
    is_whole: bool
    total: float


def summed(chunks: Iterable[sp.csr_matrix], members: sp.csr_matrix, *, only_whole: bool, file: str) -> Summed:
    r"""Add up the expression of the cells of each place.

    .. math:: S = M^T X = \sum_c M_c^T X_c

    over chunks c of rows. The products are added in pairs of like size, so that each entry is added log2(chunks) times
    at most. Memory grows with the entries of the result: about four times its 12 bytes each at the last addition,
    beside one chunk; it does not grow with the number of cells.

    Args:
        chunks: expression X (n, genes) of the cells in their order, some rows at a time, of any real type.
        members: M (n, m), which cell lies in which place.
        only_whole: refuse other than whole numbers, as logarithms are, of which a sum means nothing.
        file: its name, for messages.

    Raises:
        InputError: expression that is negative, not finite, or no whole number where these are needed, fewer or more
            rows than cells, or more memory needed than there is.
    """
    n, stop, total, is_whole = members.shape[0], 0, 0.0, True
    parts: list[sp.csr_matrix] = []
    for chunk in chunks:
        start, stop = stop, stop + chunk.shape[0]
        with about(f"cells {start} to {stop - 1}"):
            check_expression(chunk, file)
        values = sp.csr_matrix(chunk, dtype=np.float64)
        is_whole = is_whole and bool((values.data == np.floor(values.data)).all())
        if only_whole and not is_whole:
            raise InputError(
                f"{file}: expression is not whole numbers, and sums of logarithms mean nothing: bring counts "
                "(--expression_from), set --place_expression mean, or, if these are counts that were corrected, "
                "--expression_values counts"
            )
        if stop > n:
            raise InputError(f"{file}: expression has more rows than there are cells, {n}")
        total += float(values.sum())
        _add(parts, _product(members[start:stop], values), file)
    if stop < n or not parts:
        raise InputError(f"{file}: expression has {stop} rows, but there are {n} cells")
    while len(parts) > 1:
        _merge(parts, file)
    return Summed(parts[0], is_whole, total)


def _product(members: sp.csr_matrix, values: sp.csr_matrix) -> sp.csr_matrix:
    """Return the sums of one chunk: CSR, its columns sorted, without which adding takes longer."""
    product = sp.csr_matrix(sp.csr_matrix(members.T) @ values)
    product.sort_indices()
    return product


def _add(parts: list[sp.csr_matrix], part: sp.csr_matrix, file: str) -> None:
    """Append a part, and merge the last two for as long as they are of like size."""
    parts.append(part)
    while len(parts) > 1 and parts[-2].nnz <= 2 * parts[-1].nnz:
        _merge(parts, file)


def _merge(parts: list[sp.csr_matrix], file: str) -> None:
    last = parts.pop()
    need = ADDING * ENTRY * (sum(part.nnz for part in parts) + last.nnz)
    require(f"{file}: expression of {last.shape[0]:,} places", need, "bring fewer genes or fewer places")
    parts[-1] = parts[-1] + last


def means(sums: sp.csr_matrix, cells: np.ndarray) -> sp.csr_matrix:
    """Return sums (m, genes) divided by the number of cells (m,), above 0, of each place."""
    return sp.csr_matrix((sums.data / np.repeat(cells, np.diff(sums.indptr)), sums.indices, sums.indptr), sums.shape)
