"""Connectivity as text, .csv or .tsv, gzipped or not: a matrix with or without names, a list of edges, or time series.

A first row that is not all numbers, or whose first cell alone is empty, holds names; so does the first column where
there is one column more than rows. A header that names a source and a target makes the file a list of edges. Two rows
of names, of which the upper repeats, head blocks of columns, as Allen's regional model has one for each hemisphere.
"""

import csv
import gzip
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from spacon.errors import InputError, suggestion, unreadable
from spacon.memory import require
from spacon.readers.edges import edges, ends_in
from spacon.readers.table import Series, Table, check_no_variable, only, series, square

# What Python and pandas raise for a text that is no table (most are kinds of ValueError); the warning is of cells that
# pandas would leave out.
DAMAGED = (OSError, EOFError, zlib.error, csv.Error, ValueError, pd.errors.ParserWarning)
SEPARATORS = {".csv": ",", ".tsv": "\t"}
TEXT_ENDINGS = tuple(end + packed for end in SEPARATORS for packed in ("", ".gz"))
NAMED = {",": "commas", "\t": "tabs", ";": "semicolons"}
COPIES = 3  # the numbers by column, as one matrix, and in the order of the rows
LARGEST_CELL = 2**20
ENCODING = "utf-8-sig"  # Excel puts a mark before UTF-8


def read_text(path: Path, variable: str | None) -> Table:
    """Return the matrix, or the edges, of a text file.

    `variable` names the column of weights of a list of edges, or a block of columns under two rows of names.
    """
    with _reading(path) as (options, header):
        if ends_in(header):
            with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):
                text = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False, **options)
            return edges(text, variable, path.name)
        first, second, start = _outline(path, options["sep"])
        if _has_blocks(first, second, start):
            return square(*_block(path, options, first, second, start, variable), path.name)
        check_no_variable(variable, path.name)
        width = len(second)
        require(f"{path.name}: a matrix of {width:,} columns", COPIES * 8 * width * width, "bring it as .npy")
        above, before = _names_in(first, second, len(start))
        if len(start) == width + 1 and not above:
            raise InputError(
                f"{path.name}: has {len(start)} rows of {width} numbers: if the first holds names, name the rows too"
            )
        return square(*_numbers(path, options, first, start, above, before, width), path.name)


def read_text_series(path: Path) -> Series:
    """Return the time series of a text file, whose places are named by the first row or by the first column."""
    return series(*read_text_numbers(path), path.name)


def read_text_numbers(path: Path) -> tuple[np.ndarray, list[str] | None, list[str] | None]:
    """Return the numbers of a text file of any shape, and the names of its rows and of its columns."""
    with _reading(path) as (options, _):
        first, second, start = _outline(path, options["sep"])
        width = len(second)
        require(f"{path.name}: {len(start):,} x {width:,} numbers", COPIES * 8 * width * len(start), "bring it as .npy")
        header, column = _names_of_series(first, width, start)
        values, rows, columns = _numbers(path, options, first, start, header, column, width)
        if header and not column and first[0].strip() == "":  # the numbers of frames, as pandas writes them
            values, columns = values[:, 1:], (columns or [])[1:]
        return values, rows, columns


@contextmanager
def _reading(path: Path) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Give what pandas must be told of a text, and its first row; what is raised inside becomes one line."""
    plain = path.name.lower().removesuffix(".gz")
    separator = SEPARATORS[plain[plain.rindex(".") :]]
    csv.field_size_limit(LARGEST_CELL)
    with unreadable(f"{path.name}: not a table of numbers that can be read", DAMAGED):
        with opened_text(path) as file:
            first = next(csv.reader(file, delimiter=separator), [])
        check_separator(first, separator, path.name)
        yield {"sep": separator, "encoding": ENCODING}, first


def opened_text(path: Path) -> TextIO:
    """Return a text file, unpacked where it is gzipped."""
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding=ENCODING, newline="")
    return path.open(encoding=ENCODING, newline="")


def check_separator(first: list[str], separator: str, file: str) -> None:
    """Raise InputError for a first row that is empty, or whose cells another letter separates."""
    if not any(cell.strip() for cell in first):
        raise InputError(f"{file}: its first line is empty")
    other = next((letter for letter in NAMED if letter != separator and len(first) == 1 and letter in first[0]), None)
    if other:
        raise InputError(f"{file}: its columns are separated by {NAMED[other]}; {NAMED[separator]} are needed")


def _numbers(
    path: Path, options: dict[str, Any], first: list[str], start: list[str], header: int, column: int, width: int
) -> tuple[np.ndarray, list[str] | None, list[str] | None]:
    """Return the numbers below so many rows and beside so many columns of names (0 or 1), and these names."""
    kinds = {0: str} | dict.fromkeys(range(column, width), np.float64)
    options = options | {"header": None, "names": range(width), "index_col": False, "float_precision": "round_trip"}
    values = pd.read_csv(path, skiprows=header, dtype=kinds, **options).iloc[:, column:].to_numpy()
    columns = [cell.strip() for cell in first[len(first) - values.shape[1] :]] if header else None
    rows = [name.strip() for name in start[header:]] if column else None
    return values, rows, columns


def _has_blocks(first: list[str], second: list[str], start: list[str]) -> bool:
    """Return whether the first two rows head blocks of columns: above each the block's name, below it that of a row."""
    above, names, rows = first[1:], second[1:], {name.strip() for name in start[2:]}
    if len(first) != len(second) or len(set(above)) == len(above) or any(map(_is_number, above)):
        return False
    blocks = [{name.strip() for block, name in zip(above, names, strict=True) if block == one} for one in set(above)]
    return not any(map(_is_number, names)) or any(block <= rows for block in blocks)


def _block(
    path: Path, options: dict[str, Any], first: list[str], second: list[str], start: list[str], variable: str | None
) -> tuple[np.ndarray, list[str], list[str]]:
    """Return the numbers of one block of columns, and the names of its rows and columns.

    Raises:
        InputError: there is none of that name, or, without a name, several; or it has not as many columns as rows.
    """
    above = [cell.strip() for cell in first[1:]]
    if variable is not None and variable not in above:
        raise InputError(f"{path.name}: has no columns under '{variable}'; {suggestion(variable, set(above))}")
    block = variable or only(sorted(set(above)), "blocks of columns under two rows of names", path.name)
    places = [place for place, name in enumerate(above, 1) if name == block]
    header = 2 + _names_its_rows(path, options["sep"])
    rows, columns = start[header:], [second[place] for place in places]
    if len(rows) != len(columns):
        raise InputError(
            f"{path.name}: has {len(columns)} columns under '{block}', but {len(rows)} rows: as many are needed"
        )
    what = f"{path.name}: {len(rows):,} rows of {len(columns):,} numbers"
    require(what, COPIES * 8 * len(rows) * len(columns), "bring it as .npy")
    kinds = dict.fromkeys(places, np.float64)
    options = options | {"header": None, "names": range(len(first)), "index_col": False, "usecols": places}
    values = pd.read_csv(path, skiprows=header, dtype=kinds, float_precision="round_trip", **options).to_numpy()
    return values, [name.strip() for name in rows], [name.strip() for name in columns]


def _names_its_rows(path: Path, separator: str) -> bool:
    """Return whether the third row holds nothing but a name above those of the rows, as pandas writes it."""
    with opened_text(path) as file:
        third = next(islice(filter(None, csv.reader(file, delimiter=separator)), 2, None), [])
    return not any(cell.strip() for cell in third[1:])


def _outline(path: Path, separator: str) -> tuple[list[str], list[str], list[str]]:
    """Return the first two rows and the first cell of every row; all have as many cells, but for one less above."""
    first: list[str] = []
    second: list[str] = []
    start: list[str] = []
    with opened_text(path) as file:
        reader = csv.reader(file, delimiter=separator)
        for row in filter(None, reader):
            first = first or row
            second = second if second or not start else row
            start.append(row[0])
            if second and len(row) != len(second):
                raise InputError(
                    f"{path.name}: line {reader.line_num} has {len(row)} cells, those above {len(second)}"
                    f"{_other_separator(first, separator)}"
                )
    second = second or first
    if len(first) not in (len(second), len(second) - 1):
        raise InputError(
            f"{path.name}: its first line has {len(first)} cells, the next {len(second)}"
            f"{_other_separator(first, separator)}"
        )
    return first, second, start


def _other_separator(first: list[str], separator: str) -> str:
    """Return a hint where cells of the first row have a letter that may be the one between columns."""
    other = next((letter for letter in NAMED if letter != separator and any(letter in cell for cell in first)), None)
    return f"; are its columns separated by {NAMED[other]}? {NAMED[separator].capitalize()} are needed" if other else ""


def _names_in(first: list[str], second: list[str], rows: int) -> tuple[int, int]:
    """Return how many rows and columns (0 or 1) of names there are, from the first two of so many rows."""
    width = len(second)
    # An empty corner is above names, unless the diagonal is empty throughout.
    has_corner = first[0].strip() == "" and not (width > 1 and second[1].strip() == "")
    # One text before numbers is the name of the first row where there is a row for each of the numbers.
    is_named_row = rows == width - 1 and all(map(_is_number, first[1:]))
    is_short = len(first) < width  # as R writes it: no cell above the names of rows
    header = int(is_short or has_corner or not (is_named_row or all(map(_is_number, first))))
    return header, int(width == rows - header + 1)


def _names_of_series(first: list[str], width: int, start: list[str]) -> tuple[int, int]:
    """Return how many rows and columns (0 or 1) of names there are, from the first row and the first column."""
    is_short = len(first) < width
    # A word before numbers stands above a column of numbers, or is the name of the first row.
    is_above = not all(map(_is_number, first[1:])) or (not _is_number(first[0]) and all(map(_is_number, start[1:])))
    header = int(is_short or first[0].strip() == "" or is_above)
    return header, int(is_short or not all(map(_is_number, start[header:])))


def _is_number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return False
    return True
