"""Cells x genes as a table, text or parquet: one row per cell, its identifier in one column, numbers in all others."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sp

from spacon.data.spots_file import check_names
from spacon.errors import InputError, unreadable
from spacon.sources.cells import Cells, noted
from spacon.sources.providers import LAYOUTS
from spacon.sources.rows import ENTRY, checked, rows_at_once, sparse
from spacon.sources.tables import BROKEN, ID_NAMES, first_row, how_text, id_columns, id_texts, reading

Chunks = Callable[[], Iterator[sp.csr_matrix]]
# Columns that are found beside genes by mistake: of coordinates and, but for the one that is taken, of identifiers.
NO_GENES = {"x", "y", "z"} | {name for layout in LAYOUTS for name in (*layout.coordinates, *layout.header)}


def read_text_cells(path: Path) -> Cells:
    """Return the cells of a csv or tsv of cells x genes.

    Raises:
        InputError: no such table, damaged, cells without or with the same identifier, or columns that are no genes.
    """
    with reading(path):
        header = first_row(path)
        place = _place_of_ids(header, path.name)
        how = how_text(path) | {"header": 0, "names": range(len(header))}
        ids = pd.read_csv(path, usecols=[place], dtype=str, **{**how, "index_col": None})[place]
    return _cells(ids, header, place, path.name, partial(_text_chunks, path, len(header), place))


def read_parquet_cells(path: Path) -> Cells:
    """Return the cells of a parquet file of cells x genes; raises as `read_text_cells`."""
    with reading(path):
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
        place = _place_of_ids(schema.names, path.name)
        for entry in schema:
            kind = entry.type
            is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
            if entry.name != schema.names[place] and not is_number:
                raise InputError(
                    f"{path.name}: column '{entry.name}' is of the type {kind}; expression must be numbers"
                )
        column = file.read(columns=[schema.names[place]]).column(0)
        ids = id_texts(column, f"{path.name}: column '{schema.names[place]}'").to_pandas()
    return _cells(ids, schema.names, place, path.name, partial(_parquet_chunks, path, len(schema.names), place))


def _place_of_ids(header: list[str], name: str) -> int:
    """Return which column holds the identifiers: one with such a name, else the first."""
    named = id_columns(header)
    place = header.index(named[0]) if named else 0
    others = [column for number, column in enumerate(header) if number != place]
    wrong = next((column for column in others if column in NO_GENES or column.lower() in ID_NAMES), None)
    if wrong is not None:
        raise InputError(
            f"{name}: column '{wrong}' is no gene: put it into a table about the spots, and leave the genes and the "
            "identifiers here"
        )
    if len(header) < 2:
        raise InputError(f"{name}: has one column; identifiers of the cells and at least one gene are needed")
    return place


def _cells(ids: pd.Series, header: list[str], place: int, name: str, chunks: Chunks) -> Cells:
    if len(ids) == 0:
        raise InputError(f"{name}: has no cells")
    if ids.isna().any():
        raise InputError(f"{name}: cell {int(np.flatnonzero(ids.isna())[0])} has no identifier in '{header[place]}'")
    names = pd.Index(ids.to_numpy(dtype=object), dtype=object)
    check_names(names, f"{name}: identifiers in '{header[place]}'")
    genes = tuple(column for number, column in enumerate(header) if number != place)
    cells = Cells(pd.DataFrame(index=names), genes, {}, {}, chunks, stored=len(ids) * len(genes) * ENTRY)
    if header[place].lower() in ID_NAMES:
        return cells
    return noted(cells, f"{name}: the first column, '{header[place]}', is taken for the identifiers of the cells")


def _text_chunks(path: Path, width: int, place: int) -> Iterator[sp.csr_matrix]:
    kinds = {number: str if number == place else np.float64 for number in range(width)}
    how = how_text(path) | {"header": 0, "names": range(width), "dtype": kinds}
    start = 0
    with (
        reading(path),
        unreadable(f"{path.name}: expression must be a table of numbers with decimal points", (ValueError,)),
        pd.read_csv(path, chunksize=rows_at_once(width), **how) as frames,
    ):
        for frame in frames:
            yield checked(sparse(frame.drop(columns=place).to_numpy()), path.name, start)
            start += len(frame)


def _parquet_chunks(path: Path, width: int, place: int) -> Iterator[sp.csr_matrix]:
    start = 0
    with unreadable(f"{path.name}: not a table that can be read", BROKEN):
        for batch in pq.ParquetFile(path).iter_batches(rows_at_once(width)):
            columns = [column for number, column in enumerate(batch.columns) if number != place]
            rows = np.column_stack([column.to_numpy(zero_copy_only=False).astype(np.float64) for column in columns])
            yield checked(sparse(rows), path.name, start)
            start += len(rows)
