"""Tables about cells as text (.csv, .tsv, gzipped or not) or parquet: identifiers stay text, whatever their look."""

import csv
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from spacon.errors import InputError, unreadable
from spacon.memory import require
from spacon.readers.text import DAMAGED, ENCODING, LARGEST_CELL, SEPARATORS, TEXT_ENDINGS, check_separator, opened_text
from spacon.sources.providers import Layout, layout_of

PARQUET = ".parquet"
ENDINGS = (*TEXT_ENDINGS, PARQUET)
# Columns that hold the cells' identifiers, in small letters and in the order in which they are looked for; one without
# a name is the index that pandas and R write, which parquet calls as the last.
ID_NAMES = (
    *("cell_label", "cell_id", "barcode", "entityid", "cell", "cellid", "spot_id", "spot", "id", "index", ""),
    "__index_level_0__",
)
BROKEN = (*DAMAGED, pa.ArrowException, NotImplementedError, TypeError)
EXACT = 2**53  # whole numbers beyond it are rounded where some are missing; as text, `join.typed` decides
COPIES, PACKED = 4, 8  # of a text as a table in memory; gzip's usual ratio


@dataclass(frozen=True)
class CellTable:
    """A table about cells.

    Args:
        name: of its file.
        columns: its rows as the file has them.
        candidates: columns that may hold the cells' identifiers, as text.
        layout: the provider's, where it is one that is known.
    """

    name: str
    columns: pd.DataFrame
    candidates: tuple[str, ...]
    layout: Layout | None

    @property
    def stem(self) -> str:
        """Name of the file without its ending."""
        return self.name[: -len(ending_of(self.name, ENDINGS))]


def read_cell_table(path: Path) -> CellTable:
    """Read a table about cells.

    Raises:
        InputError: of another kind, damaged, too large for this machine, no rows, or columns that share a name.
    """
    with reading(path):
        header, is_first_row = _header(path)
        layout = layout_of(path.name, header)
        named = (layout.identifier,) if layout else id_columns(header)
        candidates = named or tuple(header)
        columns = _read(path, header, is_first_row, candidates)
    if columns.empty:
        raise InputError(f"{path.name}: the table has no rows")
    return CellTable(path.name, columns, candidates, layout)


def read_texts(path: Path) -> pd.DataFrame:
    """Read a table whose cells all stay text; raises as `read_cell_table`."""
    with reading(path):
        header, is_first_row = _header(path)
        return _read(path, header, is_first_row, header)


def id_columns(header: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that hold identifiers by their names, the likeliest first."""
    return tuple(sorted((n for n in header if n.lower() in ID_NAMES), key=lambda n: ID_NAMES.index(n.lower())))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what libraries raise while a table is read into one line."""
    ending_of(path.name, ENDINGS)
    csv.field_size_limit(LARGEST_CELL)
    with (
        unreadable(f"{path.name}: not a table that can be read", BROKEN),
        warnings.catch_warnings(action="error", category=pd.errors.ParserWarning),
    ):
        if path.stat().st_size == 0:
            raise InputError(f"{path.name}: the file is empty")
        yield


def ending_of(name: str, known: Sequence[str]) -> str:
    """Return which of the known endings a file's name has; InputError where it has none."""
    ending = next((end for end in known if name.lower().endswith(end)), None)
    if ending is None:
        raise InputError(f"{name}: a table must be a file of one of these kinds: {', '.join(known)}")
    return ending


def how_text(path: Path) -> dict[str, Any]:
    """Return what pandas must be told of a text: only empty cells are missing, and numbers are read exactly."""
    return {
        "sep": SEPARATORS[ending_of(path.name, TEXT_ENDINGS).removesuffix(".gz")],
        "encoding": ENCODING,
        "index_col": False,
        "keep_default_na": False,
        "na_values": [""],
        "float_precision": "round_trip",
    }


def first_row(path: Path) -> list[str]:
    """Return the first row of a text, without blanks around its cells."""
    separator = how_text(path)["sep"]
    with opened_text(path) as file:
        first = next(csv.reader(file, delimiter=separator), [])
    check_separator(first, separator, path.name)
    return [cell.strip() for cell in first]


def id_texts(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Return a column of parquet as text: bytes are decoded, whole numbers written out.

    Raises:
        InputError: it holds fractions, which have lost digits of an identifier.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        raise InputError(f"{name} holds fractions ({column.type}); identifiers must be text or whole numbers")
    return column.cast(pa.string())


def _header(path: Path) -> tuple[list[str], bool]:
    """Return the names of the columns, and whether the first row of a text holds them, as all but one layout has it."""
    if path.name.lower().endswith(PARQUET):
        header, is_first_row = list(pq.ParquetFile(path).schema_arrow.names), True
    else:
        first = first_row(path)
        headerless = layout_of(path.name, None)
        is_first_row = headerless is None or first[0] == headerless.header[0]
        header = first if is_first_row or headerless is None else list(headerless.header)
    name, times = Counter(header).most_common(1)[0] if header else ("", 0)
    if times > 1:
        raise InputError(f"{path.name}: column '{name}' appears {times} times; each needs its own name")
    return header, is_first_row


def _read(path: Path, header: list[str], is_first_row: bool, as_text: Sequence[str]) -> pd.DataFrame:
    _require(path)
    if not path.name.lower().endswith(PARQUET):
        how = how_text(path) | {"header": 0 if is_first_row else None, "names": header, "low_memory": False}
        table = pd.read_csv(path, dtype=dict.fromkeys(as_text, str), **how)
        rounded = [name for name in table if table[name].dtype.kind == "f" and (table[name].abs() > EXACT).any()]
        if not rounded:
            return table
        return pd.read_csv(path, dtype=dict.fromkeys([*as_text, *rounded], str), **how)
    table = pq.read_table(path)
    for number, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if name in as_text or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            table = table.set_column(number, name, id_texts(column, f"{path.name}: column '{name}'"))
    return table.to_pandas(ignore_metadata=True)


def _require(path: Path) -> None:
    """Refuse a table that this machine cannot hold."""
    if path.name.lower().endswith(PARQUET):
        metadata = pq.ParquetFile(path).metadata
        size = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    else:
        size = path.stat().st_size * (PACKED if path.name.lower().endswith(".gz") else 1)
    what = f"{path.name}: a table of {size / 1e6:,.0f} MB"
    require(what, COPIES * size, "leave out columns and rows that are not needed")
