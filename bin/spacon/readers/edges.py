"""Connectivity as a list of edges: a source, a target and a weight per row, as connectomes are published."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.sparse as sp

from spacon.data.columns import as_text, natural_order
from spacon.errors import InputError, suggestion, unreadable
from spacon.memory import require
from spacon.readers.arrays import canonical
from spacon.readers.table import Table, square

# The names of these columns, in any case.
SOURCES = ("source", "pre", "from", "pre_id", "source_id", "pre_root_id", "pre_pt_root_id", "bodyid_pre")
TARGETS = ("target", "post", "to", "post_id", "target_id", "post_root_id", "post_pt_root_id", "bodyid_post")
WEIGHTS = ("weight", "syn_count", "synapses", "count", "value", "strength")
DAMAGED = (OSError, ValueError, TypeError, NotImplementedError, pa.ArrowException)
PARQUET = ".parquet"
EDGE = 400  # bytes per edge of a file of columns: two texts, as such and as numbers of places, and a weight


def ends_in(header: Sequence[str]) -> tuple[int, int] | None:
    """Return the positions of source and target in a header; None if it does not name both."""
    position = {cell.strip().lower(): number for number, cell in enumerate(header)}
    ends = [next((position[name] for name in names if name in position), None) for names in (SOURCES, TARGETS)]
    return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])


def read_parquet(path: Path, variable: str | None) -> Table:
    """Return the edges of a file of columns; of others than source, target and weight nothing is read.

    Raises:
        InputError: damaged, too large for this machine, or it names no source and target; as `edges`.
    """
    with unreadable(f"{path.name}: not a Parquet file that can be read", DAMAGED):
        with pq.ParquetFile(path) as file:
            header, rows = file.schema_arrow.names, file.metadata.num_rows
        require(f"{path.name}: a list of {rows:,} edges", EDGE * rows, "bring fewer edges")
        chosen = [header[number] for number in _columns(header, variable, path.name)]
        # Types with missing values, as numbers of neurons are longer than a fraction holds.
        table = pd.read_parquet(path, engine="pyarrow", columns=chosen, dtype_backend="numpy_nullable")
        return edges(table[chosen], variable, path.name)


def edges(table: pd.DataFrame, variable: str | None, file: str) -> Table:
    """Return the matrix of a list of edges, the weights of repeated pairs summed.

    Args:
        table: one row per edge, with a header that `ends_in` knows; weights may be texts.
        variable: the column of weights; None takes the one of `WEIGHTS` that is there, and 1 per row if there is none.
        file: its name, for messages.

    Returns:
        Values (m, m) between the m names that are a source or a target.

    Raises:
        InputError: several columns may be the weight, or a cell is empty or no number.
    """
    source, target, *weights = _columns([str(name) for name in table], variable, file)
    ends = [_texts(table.iloc[:, end], file) for end in (source, target)]
    weight = _numbers(table.iloc[:, weights[0]], file) if weights else np.ones(len(table))
    places = natural_order(set().union(*ends))
    row, column = (pd.Index(places).get_indexer(pd.Index(end)) for end in ends)
    matrix = sp.coo_matrix((weight, (row, column)), shape=(len(places), len(places)))
    return square(canonical(matrix, file), places, None, file)


def _columns(header: Sequence[str], variable: str | None, file: str) -> list[int]:
    """Return the positions of source, target and, where there is one, weight."""
    names = [name.strip() for name in header]
    ends = ends_in(names)
    if ends is None:
        raise InputError(
            f"{file}: has no columns of sources and targets, such as source and target, or pre and post; found "
            f"{', '.join(names[:12])}"
        )
    if variable is not None and variable not in names:
        raise InputError(f"{file}: has no column '{variable}'; {suggestion(variable, names)}")
    chosen = [variable] if variable else [name for name in names if name.lower() in WEIGHTS]
    if len(chosen) > 1:
        raise InputError(
            f"{file}: several columns may be the weight ({', '.join(chosen)}): choose by --connectivity_variable"
        )
    return [*ends, *(names.index(name) for name in chosen)]


def _texts(column: pd.Series, file: str) -> pd.Series:
    texts = as_text(column).str.strip()
    empty = np.flatnonzero(texts == "")
    if len(empty):
        raise InputError(f"{file}: {_row(empty[0], file)} has no '{column.name}'")
    return texts


def _numbers(column: pd.Series, file: str) -> np.ndarray:
    found = column if pd.api.types.is_numeric_dtype(column.dtype) else column.fillna("").str.strip()
    numbers = pd.to_numeric(found, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero(np.isnan(numbers))
    if len(wrong):
        value = column.iloc[wrong[0]]
        raise InputError(f"{file}: {_row(wrong[0], file)} has '{value}' for '{column.name}'; a number is needed")
    return numbers


def _row(number: int, file: str) -> str:
    """Return how messages call a row: by its line where there are lines, below the header."""
    return f"row {number}" if file.lower().endswith(PARQUET) else f"line {number + 2}"
