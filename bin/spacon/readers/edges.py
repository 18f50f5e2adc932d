"""Connectivity as a list of edges: a source, a target and a weight per row, as connectomes are published."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.data.columns import natural_order
from spacon.errors import InputError, suggestion
from spacon.readers.arrays import canonical
from spacon.readers.table import Table, square

# The names of these columns, in any case.
SOURCES = ("source", "pre", "from", "pre_id", "source_id", "pre_root_id", "pre_pt_root_id", "bodyid_pre")
TARGETS = ("target", "post", "to", "post_id", "target_id", "post_root_id", "post_pt_root_id", "bodyid_post")
WEIGHTS = ("weight", "syn_count", "synapses", "count", "value", "strength")


def ends_in(header: Sequence[str]) -> tuple[int, int] | None:
    """Return the positions of source and target in a header; None if it does not name both."""
    position = {cell.strip().lower(): number for number, cell in enumerate(header)}
    ends = [next((position[name] for name in names if name in position), None) for names in (SOURCES, TARGETS)]
    return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])


def edges(table: pd.DataFrame, variable: str | None, file: str) -> Table:
    """Return the matrix of a list of edges, the weights of repeated pairs summed.

    Args:
        table: one row per edge, all texts, with a header that `ends_in` knows.
        variable: the column of weights; None takes the one of `WEIGHTS` that is there, and 1 per row if there is none.
        file: its name, for messages.

    Returns:
        Values (m, m) between the m names that are a source or a target.

    Raises:
        InputError: several columns may be the weight, or a cell is empty or no number.
    """
    names = [str(name).strip() for name in table]
    if variable is not None and variable not in names:
        raise InputError(f"{file}: has no column '{variable}'; {suggestion(variable, names)}")
    chosen = [variable] if variable else [name for name in names if name.lower() in WEIGHTS]
    if len(chosen) > 1:
        raise InputError(
            f"{file}: several columns may be the weight ({', '.join(chosen)}): choose by --connectivity_variable"
        )
    source, target = (_texts(table.iloc[:, end], file) for end in ends_in(names) or ())
    weight = _numbers(table.iloc[:, names.index(chosen[0])], file) if chosen else np.ones(len(table))
    places = natural_order(set(source) | set(target))
    row, column = (pd.Index(places).get_indexer(pd.Index(end)) for end in (source, target))
    matrix = sp.coo_matrix((weight, (row, column)), shape=(len(places), len(places)))
    return square(canonical(matrix, file), places, None, file)


def _texts(column: pd.Series, file: str) -> pd.Series:
    texts = column.fillna("").str.strip()
    empty = np.flatnonzero(texts == "")
    if len(empty):
        raise InputError(f"{file}: line {empty[0] + 2} has no '{column.name}'")
    return texts


def _numbers(column: pd.Series, file: str) -> np.ndarray:
    numbers = pd.to_numeric(column.fillna("").str.strip(), errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(np.isnan(numbers))
    if len(wrong):
        value = column.iloc[wrong[0]]
        raise InputError(f"{file}: line {wrong[0] + 2} has '{value}' for '{column.name}'; a number is needed")
    return numbers
