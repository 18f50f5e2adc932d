"""A square matrix as a file holds it, before its rows are matched to spots."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp

from spacon.errors import InputError, suggestion

Values: TypeAlias = "np.ndarray | sp.csr_matrix"


@dataclass(frozen=True)
class Table:
    """Values (m, m), entry (i, j) from place i to place j, and the names of the places where the file has them."""

    values: Values
    names: tuple[str, ...] | None = None


def square(values: Values, rows: Sequence[str] | None, columns: Sequence[str] | None, file: str) -> Table:
    """Return a table whose columns are in the order of its rows; where one side alone is named, it names both.

    Raises:
        InputError: not square, not real numbers, or names that repeat or that one side alone has.
    """
    check_matrix(values, file)
    for side, names in (("row", rows), ("column", columns)):
        if names is not None:
            _check_names(names, values.shape[0], side, file)
    if rows is None or columns is None or list(rows) == list(columns):
        names = rows if rows is not None else columns
        return Table(values, None if names is None else tuple(names))
    place = {name: number for number, name in enumerate(columns)}
    alone = [name for name in rows if name not in place]
    if alone:
        raise InputError(f"{file}: row '{alone[0]}' has no column of its name; {suggestion(alone[0], columns)}")
    return Table(values[:, [place[name] for name in rows]], tuple(rows))


def wide(kind: np.dtype) -> np.dtype:
    """Return the type in which entries of a type are summed, negated and compared: float32 or float64, never narrower.

    Negated, unsigned and the least signed numbers turn round; summed, small ones overflow.
    """
    return np.result_type(kind.newbyteorder("="), np.float32)


def check_matrix(values: np.ndarray | sp.sparray | sp.spmatrix, file: str) -> None:
    """Raise InputError unless values are a square matrix of real numbers."""
    check_shape(values.shape, file)
    if values.dtype.kind not in "biuf":
        raise InputError(f"{file}: connectivity must be real numbers, found {values.dtype}")


def check_shape(shape: tuple[int, ...], file: str) -> None:
    """Raise InputError unless a shape is that of a square matrix."""
    if len(shape) != 2 or shape[0] != shape[1]:
        raise InputError(f"{file}: connectivity must be square, found shape {shape}")
    if shape[0] == 0:
        raise InputError(f"{file}: connectivity has no rows")


def _check_names(names: Sequence[str], needed: int, side: str, file: str) -> None:
    if len(names) != needed:
        raise InputError(f"{file}: there are {len(names)} names of {side}s for {needed} {side}s")
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise InputError(f"{file}: {side} name '{name}' appears {times} times; each needs its own")
    if any(not name.strip() for name in names):
        raise InputError(f"{file}: {side} {next(i for i, name in enumerate(names) if not name.strip())} has no name")
