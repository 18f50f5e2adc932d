"""Connectivity as text, .csv or .tsv, gzipped or not: a matrix with or without names, or a list of edges.

A first row that is not all numbers, or whose first cell alone is empty, holds names; so does the first column where
there is one column more than rows. A header that names a source and a target makes the file a list of edges.
"""

import csv
import gzip
import warnings
import zlib
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from spacon.errors import InputError, shortened
from spacon.memory import require
from spacon.readers.edges import edges, ends_in
from spacon.readers.table import Table, square

# What Python and pandas raise for a text that is no table (most are kinds of ValueError); the warning is of cells that
# pandas would leave out.
DAMAGED = (OSError, EOFError, zlib.error, csv.Error, ValueError, pd.errors.ParserWarning)
SEPARATORS = {".csv": ",", ".tsv": "\t"}
NAMED = {",": "commas", "\t": "tabs", ";": "semicolons"}
COPIES = 3  # the numbers by column, as one matrix, and in the order of the rows
LARGEST_CELL = 2**20
ENCODING = "utf-8-sig"  # Excel puts a mark before UTF-8


def read_text(path: Path, variable: str | None) -> Table:
    """Return the matrix, or the edges, of a text file; `variable` names the column of weights of a list of edges."""
    plain = path.name.lower().removesuffix(".gz")
    options: dict[str, Any] = {"sep": SEPARATORS[plain[plain.rindex(".") :]], "encoding": ENCODING}
    csv.field_size_limit(LARGEST_CELL)
    try:
        with _opened(path) as file:
            first = next(csv.reader(file, delimiter=options["sep"]), [])
        _check_separator(first, options["sep"], path.name)
        if ends_in(first):
            with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):
                text = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False, **options)
            return edges(text, variable, path.name)
        if variable is not None:
            raise InputError(f"{path.name}: holds one matrix: leave out --connectivity_variable")
        return _matrix(path, options)
    except InputError:
        raise
    except DAMAGED as error:
        raise InputError(f"{path.name}: not a table of numbers that can be read ({shortened(error)})") from error


def _opened(path: Path) -> TextIO:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding=ENCODING, newline="")
    return path.open(encoding=ENCODING, newline="")


def _check_separator(first: list[str], separator: str, file: str) -> None:
    if not any(cell.strip() for cell in first):
        raise InputError(f"{file}: its first line is empty")
    other = next((letter for letter in NAMED if letter != separator and len(first) == 1 and letter in first[0]), None)
    if other:
        raise InputError(f"{file}: its columns are separated by {NAMED[other]}; {NAMED[separator]} are needed")


def _matrix(path: Path, options: dict[str, Any]) -> Table:
    """Return a matrix with the names that it has."""
    first, second, start = _outline(path, options["sep"])
    width = len(second)
    require(f"{path.name}: a matrix of {width:,} columns", COPIES * 8 * width * width, "bring it as .npy")
    header_rows, name_columns = _names_in(first, second, len(start))
    numbers = dict.fromkeys(range(name_columns, width), np.float64)
    options = options | {"header": None, "names": range(width), "index_col": False, "float_precision": "round_trip"}
    table = pd.read_csv(path, skiprows=header_rows, dtype={0: str, **numbers}, **options)
    values = table.iloc[:, name_columns:].to_numpy()
    header = [cell.strip() for cell in first[len(first) - values.shape[1] :]] if header_rows else None
    names = [name.strip() for name in start[header_rows:]] if name_columns else None
    return square(values, names, header, path.name)


def _outline(path: Path, separator: str) -> tuple[list[str], list[str], list[str]]:
    """Return the first two rows and the first cell of every row; all have as many cells, but for one less above."""
    first: list[str] = []
    second: list[str] = []
    start: list[str] = []
    with _opened(path) as file:
        reader = csv.reader(file, delimiter=separator)
        for row in filter(None, reader):
            first = first or row
            second = second if second or not start else row
            start.append(row[0])
            if second and len(row) != len(second):
                raise InputError(f"{path.name}: line {reader.line_num} has {len(row)} cells, those above {len(second)}")
    second = second or first
    if len(first) not in (len(second), len(second) - 1):
        raise InputError(f"{path.name}: its first line has {len(first)} cells, the next {len(second)}")
    return first, second, start


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


def _is_number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return False
    return True
