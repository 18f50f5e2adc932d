"""Rows of expression out of matrices in files, HDF5 or zarr, a chunk at a time: checked, and fit for arithmetic."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp

from spacon.data.expression_matrix import check_expression, form_of, native, read_matrix, shape_of, single, working
from spacon.data.sparse import check_pattern

CHUNK = 2**24  # numbers of a chunk, were it dense
ENTRY = 8  # bytes of an entry of CSR: its value and its column


def rows_at_once(genes: int) -> int:
    """Return how many rows of so many genes a chunk has."""
    return max(1, CHUNK // max(1, genes))


def matrix_rows(entry: Any, name: str) -> Iterator[sp.csr_matrix]:
    """Yield the rows of a matrix of AnnData's: an array or CSR by ranges, CSC read as a whole."""
    form = form_of(entry)
    if form == "csr":
        yield from sparse_rows(entry, shape_of(entry) or (), name)  # there is one: read_tables
        return
    matrix = entry if form == "array" else sp.csr_matrix(read_matrix(entry))
    for start, stop in ranges(*matrix.shape):
        rows = matrix[start:stop]
        yield checked(sparse(native(np.asarray(rows))) if form == "array" else rows, name, start)


def sparse_rows(parts: Mapping[str, Any], shape: tuple[int, ...], name: str) -> Iterator[sp.csr_matrix]:
    """Yield the rows of a CSR matrix of such a shape from its arrays `data`, `indices` and `indptr`.

    Raises:
        ValueError: pointers that fall or that do not end at the number of entries, or an index out of range.
    """
    pointer = native(parts["indptr"][:]).astype(np.int64)
    entries = parts["indices"].shape[0]
    if len(pointer) != shape[0] + 1 or (np.diff(pointer) < 0).any() or (pointer[0], pointer[-1]) != (0, entries):
        raise ValueError(f"its pointers fall, or are not those of {shape[0]:,} rows and {entries:,} entries")
    for start, stop in ranges(*shape):
        first, last = pointer[start], pointer[stop]
        data, columns = native(parts["data"][first:last]), native(parts["indices"][first:last])
        rows = sp.csr_matrix((single(data), columns, pointer[start : stop + 1] - first), shape=(stop - start, shape[1]))
        check_pattern(rows)
        yield checked(rows, name, start)


def sparse(values: np.ndarray) -> sp.csr_matrix:
    """Return a dense matrix as CSR."""
    return sp.csr_matrix(single(values))


def checked(rows: sp.csr_matrix, name: str, start: int) -> sp.csr_matrix:
    """Return rows, the first of which is cell `start`, in canonical form; InputError as of `check_expression`."""
    check_expression(rows, name, start)
    return working(rows, name)


def ranges(rows: int, genes: int) -> Iterator[tuple[int, int]]:
    """Yield the first row of each chunk and the one after its last."""
    step = rows_at_once(genes)
    return ((start, min(start + step, rows)) for start in range(0, rows, step))
