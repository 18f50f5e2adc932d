"""A square matrix as a file holds it, before its rows are matched to spots, and the names of its rows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import scipy.sparse as sp

from spacon.errors import InputError, suggestion

Values: TypeAlias = "np.ndarray | sp.csr_matrix"
SHOWN = 5  # arrays in a message


@dataclass(frozen=True)
class Table:
    """What a file holds of connectivity.

    Args:
        values: (m, m), entry (i, j) from place i to place j.
        names: of the places, where the file has them.
        index: the place of each spot (n,), where the file has it.
        notes: on what was read.
    """

    values: Values
    names: tuple[str, ...] | None = None
    index: np.ndarray | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Product:
    """Two thin matrices, whose product left @ right is connectivity, or time series; and the names of its m places.

    Args:
        left: (m, r).
        right: (r, m), or, of time series, (r, frames).
        image: height and width, where the places are the pixels of images.
        notes: on what was read.
    """

    left: np.ndarray
    right: np.ndarray
    names: tuple[str, ...] | None = None
    image: tuple[int, ...] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Series:
    """Time series (m, frames) of m places, or, unless `is_known`, perhaps (frames, m); names of the places; notes."""

    values: np.ndarray
    names: tuple[str, ...] | None
    is_known: bool
    notes: tuple[str, ...] = ()


def series(values: np.ndarray, rows: Sequence[str] | None, columns: Sequence[str] | None, file: str) -> Series:
    """Return time series, whose places are on the side that has names.

    Raises:
        InputError: fewer than 3 frames, not real numbers, names on both sides, or names that repeat.
    """
    check_series(values.shape, file)
    check_kind(values.dtype, file)
    if rows is not None and rows == columns:
        raise InputError(f"{file}: rows and columns have the same names, as a matrix has: leave out --time_series")
    if rows is not None and columns is not None:
        raise InputError(f"{file}: rows and columns have names: leave out those of the frames")
    if columns is not None:
        values, rows = values.T, columns
    if rows is None:
        return Series(values, None, is_known=False)
    _check_names(rows, len(values), "place", file)
    return Series(values, tuple(rows), is_known=True)


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
    check_kind(values.dtype, file)


def check_kind(kind: np.dtype, file: str) -> None:
    """Raise InputError unless entries of a type are real numbers."""
    if kind.kind not in "biuf":
        raise InputError(f"{file}: connectivity must be real numbers, found {kind}")


def check_shape(shape: tuple[int, ...], file: str) -> None:
    """Raise InputError unless a shape is that of a square matrix."""
    if len(shape) != 2 or shape[0] != shape[1]:
        hint = "; if these are time series, set --time_series" if len(shape) == 2 else ""
        raise InputError(f"{file}: connectivity must be square, found shape {shape}{hint}")
    if shape[0] == 0:
        raise InputError(f"{file}: connectivity has no rows")


def check_series(shape: tuple[int, ...], file: str) -> None:
    """Raise InputError unless a shape is that of time series."""
    if len(shape) != 2 or min(shape) < 2 or max(shape) < 3:
        raise InputError(f"{file}: time series must be places x frames, found shape {shape}")


def _check_names(names: Sequence[str], needed: int, side: str, file: str) -> None:
    if len(names) != needed:
        raise InputError(f"{file}: there are {len(names)} names of {side}s for {needed} {side}s")
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise InputError(f"{file}: {side} name '{name}' appears {times} times; each needs its own")
    if any(not name.strip() for name in names):
        raise InputError(f"{file}: {side} {next(i for i, name in enumerate(names) if not name.strip())} has no name")


def check_no_variable(variable: str | None, file: str) -> None:
    """Raise InputError where one of several matrices is named, and the file holds one."""
    if variable is not None:
        raise InputError(f"{file}: holds one matrix: leave out --connectivity_variable")


def chosen(shapes: Mapping[str, tuple[int, ...]], variable: str | None, file: str) -> str:
    """Return which matrix of a file is meant: the one named, else the only square one of at least 2 x 2.

    Args:
        shapes: of the file's arrays of numbers, by name.
        variable: the name, if one is given.
        file: for messages.

    Raises:
        InputError: there is none of that name, or, without a name, no square matrix or several.
    """
    squares = [name for name, shape in shapes.items() if len(shape) == 2 and shape[0] == shape[1] >= 2]
    words = Words("matrix of numbers", "square matrix of at least 2 x 2 numbers", "square matrices")
    return _one_of(squares, shapes, variable, words, file)


def chosen_series(shapes: Mapping[str, tuple[int, ...]], variable: str | None, file: str) -> str:
    """Return which array of a file is meant as time series: the one named, else the only one of two dimensions.

    The arguments and errors are those of `chosen`; arrays of a single row or column are left aside.
    """
    possible = [name for name, shape in shapes.items() if len(shape) == 2 and min(shape) > 1]
    words = Words("array of numbers", "array of places x frames", "arrays that may be time series")
    return _one_of(possible, shapes, variable, words, file)


class Words(NamedTuple):
    """What messages call any array of numbers, one that may be meant, and several of these."""

    anything: str
    possible: str
    several: str


def _one_of(
    possible: Sequence[str], shapes: Mapping[str, tuple[int, ...]], variable: str | None, words: Words, file: str
) -> str:
    """Return the array that is named, else the only possible one; raises as `chosen`."""
    if variable is not None:
        if variable not in shapes:
            raise InputError(f"{file}: has no {words.anything} '{variable}'; {suggestion(variable, possible)}")
        return variable
    if not possible:
        found = ", ".join(f"'{name}' {shape}" for name, shape in list(shapes.items())[:SHOWN]) or "no numbers"
        raise InputError(f"{file}: has no {words.possible}; found {found}")
    return only(possible, words.several, file)


def only(names: Sequence[str], what: str, file: str) -> str:
    """Return the one name; raise InputError where there are several."""
    if len(names) > 1:
        raise InputError(
            f"{file}: has {len(names)} {what}: choose one by --connectivity_variable NAME; {suggestion('', names)}"
        )
    return names[0]


def names_among(found: Iterable[Any], rows: int, others: bool = True) -> list[str] | None:
    """Return the first texts or whole numbers among some arrays that are as many as rows.

    Where none are as many, the first texts, whose number `square` refuses, unless no others are wanted; else None.
    """
    every = [(texts(stored), numbers(stored)) for stored in found]
    fitting = (names for pair in every for names in pair if names is not None and len(names) == rows)
    named = [names for names, _ in every if names is not None]
    return next(fitting, named[0] if named and others else None)


def texts(stored: Any) -> list[str] | None:
    """Return an array of texts, in any of its libraries' forms, without blanks around them; None where it is none."""
    if isinstance(stored, list):  # of JSON
        stored = np.array(stored, dtype=object)
    if not isinstance(stored, np.ndarray) or stored.ndim == 0 or stored.dtype.kind not in "SUOT":
        return None
    found = [_text(entry) for entry in stored.ravel()]
    return None if None in found else [text for text in found if text is not None]


def numbers(stored: Any) -> list[str] | None:
    """Return whole numbers, each its own, as texts; None for anything else: numbers that repeat name no rows."""
    values = np.array(stored) if isinstance(stored, list) else stored
    if isinstance(values, np.ndarray) and values.dtype == object:  # MATLAB's cells
        values = np.array([np.asarray(cell).item() for cell in values.ravel() if np.size(cell) == 1])
    if not isinstance(values, np.ndarray) or values.size != max(values.shape, default=0):
        return None
    if values.dtype.kind not in "iuf" or not np.isfinite(values).all() or (values % 1 != 0).any():
        return None
    return [str(int(value)) for value in values.ravel()] if len(np.unique(values)) == values.size else None


def _text(entry: Any) -> str | None:
    if isinstance(entry, np.ndarray) and entry.size <= 1:  # a cell of MATLAB's
        entry = entry.item() if entry.size else ""
    if isinstance(entry, bytes):
        entry = entry.decode()
    return entry.strip() if isinstance(entry, str) else None
