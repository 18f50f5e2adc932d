"""Cells of AnnData's layout: an h5ad file, a zarr of AnnData's, or the one table of a zarr of SpatialData's."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from spacon.data import keys
from spacon.data.expression_matrix import form_of
from spacon.data.hierarchy import check_ends, check_whole, datasets, is_group
from spacon.data.memory import PREPROCESSING_START
from spacon.data.spots_file import check_names, places_of, read_obsm, read_tables, read_uns
from spacon.errors import InputError, suggestion
from spacon.memory import require
from spacon.readers.hdf5 import opened
from spacon.readers.zarr import opened_zarr
from spacon.sources.cells import Cells, noted
from spacon.sources.rows import ENTRY, matrix_rows

Opened = Callable[[], AbstractContextManager[Any]]
COPIES = 3  # of a matrix by columns: itself, by rows, and sorted
TABLES = ("tables", "table")  # of SpatialData, and as its first versions had it


def read_h5ad(path: Path, source: str) -> Cells:
    """Return the cells of an h5ad file; `source` is `X`, `raw` or `layers/NAME`.

    Raises:
        InputError: not an h5ad file, damaged, too large for this machine, or names that repeat.
    """
    return _annotated(partial(opened, path, "an h5ad file"), source, path.name)


def read_zarr(path: Path, source: str) -> Cells:
    """Return the cells of a zarr; raises as `read_h5ad`, and where a SpatialData has no table, or several."""
    with opened_zarr(path) as root:
        names = set(root) if is_group(root) else set()
        if "obs" in names:
            inside = ""
        else:
            tables = next((name for name in TABLES if name in names), None)
            if tables is None:
                raise InputError(f"{path.name}: neither AnnData's zarr (it has no obs) nor SpatialData's (no tables)")
            inside = f"{tables}/{_only_table(list(root[tables]), path.name)}"
    cells = _annotated(partial(_opened_zarr, path, inside), source, path.name)
    if not inside or keys.SPATIAL in cells.obsm:
        return cells
    return noted(
        cells,
        f"{path.name}: its table has no obsm['{keys.SPATIAL}'], and shapes are not read: store their centroids there, "
        "or bring a table of them",
    )


def _only_table(names: list[str], file: str) -> str:
    if len(names) != 1:
        raise InputError(
            f"{file}: SpatialData with {len(names)} tables; one is needed: bring the folder of one, as in "
            f"{file}/tables/NAME; {suggestion('', names)}"
        )
    return names[0]


@contextmanager
def _opened_zarr(path: Path, inside: str) -> Iterator[Any]:
    with opened_zarr(path) as root:
        yield root[inside] if inside else root


def _annotated(opening: Opened, source: str, name: str) -> Cells:
    with opening() as group, warnings.catch_warnings(action="ignore"):  # of odd files: what matters is told in one line
        matrix, genes = places_of(group, source, name)
        kept = _bytes(group, ("obs", genes, "obsm"), name)
        size = _bytes(group, (matrix,), name)
        whole = COPIES * size if matrix in group and form_of(group[matrix]) == "csc" else 0
        require(f"{name}: reading the cells", int(PREPROCESSING_START) + COPIES * kept + whole, "bring fewer cells")
        _check_chunks(group, matrix, genes, name)
        obs, names = read_tables(group, matrix, genes, name)
        check_names(obs.index, name)
        obsm = {key: np.asarray(values) for key, values in read_obsm(group, obs.index, name) if _is_place(values)}
        uns, stored = read_uns(group, matrix), _entries(group[matrix]) * ENTRY
    return Cells(obs, tuple(names), obsm, uns, partial(_chunks, opening, matrix, name), stored=stored)


def _check_chunks(group: Any, matrix: str, genes: str, name: str) -> None:
    """Refuse a zarr that was copied in part: chunks that are not there would be read as zeros and empty texts.

    Chunks of zeros alone may rightly be left out, but the entries of a sparse matrix and names are never all zero.
    """
    names = [f"{table}/{group[table].attrs.get('_index', '_index')}" for table in ("obs", genes)]
    for entry in datasets(group, (f"{matrix}/data", *names), name):
        check_whole(entry, name)
    for entry in datasets(group, ("obs", genes, "obsm", matrix), name):
        check_ends(entry, name)


def _chunks(opening: Opened, matrix: str, name: str) -> Iterator[Any]:
    with opening() as group:
        yield from matrix_rows(group[matrix], name)


def _is_place(values: Any) -> bool:
    """Return whether an entry of obsm can be coordinates; others may be large, and nothing later reads them."""
    shape = np.shape(values)
    return len(shape) == 2 and shape[1] in (2, 3)


def _entries(matrix: Any) -> int:
    """Return how many numbers a matrix stores."""
    return int(np.prod(matrix.shape if form_of(matrix) == "array" else matrix["indices"].shape))


def _bytes(group: Any, wanted: tuple[str, ...], name: str) -> int:
    """Return the bytes of the arrays below some entries; of a text, a pointer and Python's object count."""
    found = datasets(group, wanted, name)
    return sum(int(np.prod(entry.shape or (0,))) * max(8, entry.dtype.itemsize) for entry in found)
