"""The file of spots as the user brought it (h5ad): opened with care, and in a form that arithmetic can rely on.

Only what the pipeline uses is read: X, the columns of obs, the names of var, obsm, and two entries of uns. What else is
in the file can neither fail a run nor take its memory.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anndata as ad
import h5py
import hdf5plugin  # noqa: F401  its import lets HDF5 read Zstandard, Blosc and other compressions
import numpy as np
import pandas as pd
import scipy.sparse as sp
from anndata._io.specs.registry import IORegistryError  # anndata has no public name for it
from anndata.io import read_elem

from spacon.data import keys
from spacon.data.expression_matrix import check_expression, check_sums, read_matrix, shape_of, working
from spacon.data.hierarchy import datasets, is_group
from spacon.data.memory import preprocessing_need
from spacon.errors import InputError, suggestion, unreadable
from spacon.files import replacing
from spacon.memory import FLOAT, require

# What h5py and anndata raise for files that are not their own, or damaged.
UNREADABLE = (
    OSError,
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    IORegistryError,
)
MARK = "log1p"  # of uns: X holds logarithms
UNS = (MARK, keys.SOURCE, keys.STACKED)
LEGACY = "obs or var is in the form of anndata before 0.7: read and write the file once with a newer anndata"


def read_spots(path: Path, source: str = "X") -> ad.AnnData:
    """Read an h5ad file of spots x genes.

    Args:
        path: the file.
        source: where in it the expression is: `X`, `raw`, or a layer, `layers/NAME`.

    Returns:
        X: dense or canonical CSR, float32 (float64 where float32 cannot hold its whole numbers), whatever type and
        order the file has. obs and obsm as they are, names as plain text; of uns only `log1p` and `spacon_source`,
        and of another source than X no `log1p`, which tells what X holds. A file that this pipeline assembled
        (bin/assemble.py) has the expression of the source in X.

    Raises:
        InputError: not an h5ad file, too large for this machine, no expression, names of spots that are missing or
            repeat, or expression that is no number, negative or not finite.
    """
    if not path.is_file():
        raise InputError(f"{path.name}: there is no such file")
    if not h5py.is_hdf5(path):
        raise InputError(f"{path.name}: not an h5ad file (it is not HDF5)")
    with (
        unreadable(f"{path.name}: not an h5ad file that can be read", UNREADABLE),
        h5py.File(path) as file,
        warnings.catch_warnings(action="ignore"),  # of odd files: what matters is told in one line
    ):
        spots = _read(file, source, path.name)
    check_names(spots.obs_names, path.name)
    check_expression(spots.X, path.name)
    spots.X = working(spots.X, path.name)
    check_sums(spots.X, path.name)
    return spots


def _read(file: h5py.File, source: str, name: str) -> ad.AnnData:
    matrix, genes = places_of(file, source, name)
    need = preprocessing_need(stored_bytes(file, name, matrix, genes))
    require(f"{name}: reading the expression", need, "bring fewer spots or genes")
    obs, names = read_tables(file, matrix, genes, name)
    spots = ad.AnnData(obs=obs, var=pd.DataFrame(index=names))
    for key, values in read_obsm(file, obs.index, name):
        spots.obsm[key] = values
    spots.uns.update(read_uns(file, matrix))
    # Set past AnnData's checks, which would turn an array into a matrix of another type.
    spots.X = read_matrix(file[matrix])
    return spots


def places_of(file: h5py.Group, source: str, name: str) -> tuple[str, str]:
    """Return where the matrix and its genes are in a file; in one that this pipeline assembled, in X."""
    if "obs" not in file or "var" not in file:
        raise InputError(f"{name}: not an h5ad file (it has no {'obs' if 'obs' not in file else 'var'})")
    if source == "X" or keys.ASSEMBLED in file.get("uns", {}):
        return "X", "var"
    if source == "raw":
        if not is_group(file.get("raw")) or not {"X", "var"} <= set(file["raw"]):
            raise InputError(f"{name}: has no raw, which expression_from names")
        return "raw/X", "raw/var"
    layers = file.get("layers")
    known = [f"layers/{layer}" for layer in layers] if is_group(layers) else []
    if source not in known:
        raise InputError(f"{name}: has no {source}, which expression_from names; {suggestion(source, ['X', *known])}")
    return source, "var"


def read_tables(file: h5py.Group, matrix: str, genes: str, name: str) -> tuple[pd.DataFrame, pd.Index]:
    """Return obs and the names of the genes, as many as the matrix has rows and columns."""
    if not is_group(file["obs"]) or not is_group(file[genes]):
        raise InputError(f"{name}: {LEGACY}")
    obs, var = _named(file["obs"], name), read_elem(file[genes])
    shape = shape_of(file.get(matrix))
    if shape is None or len(var) == 0:
        raise InputError(f"{name}: has no expression ({matrix} is empty)")
    if shape != (len(obs), len(var)):
        raise InputError(f"{name}: {matrix} has shape {shape}, but there are {len(obs)} spots and {len(var)} genes")
    return obs, _text(var.index)


def read_obsm(file: h5py.Group, names: pd.Index, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the entries of obsm, whose rows are the spots of such names."""
    for key, values in _readable(file.get("obsm", {})):
        yield key, _place(values, key, names, name)


def read_uns(file: h5py.Group, matrix: str) -> dict[str, Any]:
    """Return what uns says of the data; of another matrix than X no `log1p`, which tells what X holds."""
    wanted = UNS if matrix == "X" else UNS[1:]
    return {key: read_elem(file["uns"][key]) for key in wanted if key in file.get("uns", {})}


def _readable(group: h5py.Group) -> Iterator[tuple[str, Any]]:
    """Yield the entries of a group, but for those of kinds that anndata cannot read here: none holds coordinates."""
    for key in group:
        try:
            values = read_elem(group[key])
        except (IORegistryError, ImportError):
            continue
        yield key, values


def _named(group: h5py.Group, name: str) -> pd.DataFrame:
    table = read_elem(group)
    missing = np.flatnonzero(table.index.isna())
    if len(missing):
        raise InputError(f"{name}: spot {missing[0]} has no name in obs")
    table.index = _text(table.index)
    return table


def _text(names: pd.Index) -> pd.Index:
    """Return names as plain text: nullable strings, categories and numbers are also found in files."""
    return pd.Index([str(name) for name in names], dtype=object)


def _place(values: Any, key: str, names: pd.Index, file: str) -> Any:
    """Return an obsm entry; a table must name the spots in their order, or rows could belong to other spots."""
    if not isinstance(values, pd.DataFrame):
        return values.toarray() if sp.issparse(values) else values
    found = _text(values.index)
    if not found.equals(names):
        other = int(np.flatnonzero(np.asarray(found) != np.asarray(names))[0]) if len(found) == len(names) else 0
        row = f"its row {other} '{found[other]}'" if len(found) else "no row"
        raise InputError(
            f"{file}: the table in obsm['{key}'] names {row}, but spot {other} is '{names[other]}': give it the spots' "
            "names as its index, or store its values alone (.to_numpy())"
        )
    values.index = names
    return values


def stored_bytes(file: h5py.File, name: str, matrix: str = "X", genes: str = "var") -> int:
    """Return the bytes that what is read of an h5ad file takes in memory, told from its headers alone."""

    def size(entry: h5py.Dataset) -> int:
        # Dense expression becomes float32 at least; of a text, a pointer and Python's object count.
        least = FLOAT if entry.name == f"/{matrix}" else 1 if entry.name.startswith(f"/{matrix}/") else 8
        return (entry.size or 0) * max(least, entry.dtype.itemsize)

    wanted = (matrix, "obs", genes, "obsm", *(f"uns/{key}" for key in UNS))
    return sum(size(entry) for entry in datasets(file, wanted, name))


def check_names(names: pd.Index, name: str) -> None:
    """Raise InputError for a name that several spots have."""
    repeated = names[names.duplicated()]
    if len(repeated):
        times = int((names == repeated[0]).sum())
        raise InputError(f"{name}: spot name '{repeated[0]}' appears {times} times; each spot needs its own")


def write_spots(spots: ad.AnnData, path: Path, compression: str | None = None) -> None:
    """Write an h5ad that anndata 0.11 reads too: all text is plain, as newer versions of pandas would not have it."""
    for table in (spots.obs, spots.var):
        table.index = pd.Index(np.asarray(table.index, dtype=object), dtype=object)
        for column in table:
            table[column] = plain(table[column])
    with replacing(path) as temporary:
        spots.write_h5ad(temporary, compression=compression)


def plain(column: pd.Series) -> pd.Series:
    """Return a column whose text, as values or as categories, is of Python's own type."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = column.cat.categories
        if not pd.api.types.is_string_dtype(names.dtype):
            return column
        return column.cat.rename_categories(pd.Index([str(name) for name in names], dtype=object))
    if isinstance(column.dtype, pd.StringDtype):
        known = column.notna()
        return (
            column.astype(object)
            .where(known, None)
            .astype(pd.CategoricalDtype(_text(pd.Index(column[known].unique()))))
        )
    return column
