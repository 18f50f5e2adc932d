"""Two thin matrices whose product is connectivity (places x places) or time series (places x frames).

Two files, in either order: `weights` (places x components) and `nodes` (components x places) of Allen's voxel model, or
`U` (places x components, or height x width x components) and `SVT` (components x frames) of wide-field imaging. Or one
file of MATLAB's: `A` (height x width x components) and `C` (components x frames), as LocaNMF writes them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spacon.errors import InputError
from spacon.readers.arrays import mapped
from spacon.readers.matlab import read_matlab_arrays
from spacon.readers.table import Product, Series, check_kind, chosen_series, series, wide
from spacon.readers.text import TEXT_ENDINGS, read_text_numbers

# What providers call the two: the one of places, and the one of components.
LEFT, RIGHT = re.compile(r"weights|^u(?![a-z])", re.IGNORECASE), re.compile(r"nodes|^svt", re.IGNORECASE)
SPATIAL, TEMPORAL = "A", "C"  # as LocaNMF calls them
KINDS = (".npy", *TEXT_ENDINGS)


@dataclass(frozen=True)
class Thin:
    """A matrix (rows, columns), the names of both where there are any, and the shape of images that columns were."""

    values: np.ndarray
    file: str
    rows: list[str] | None = None
    columns: list[str] | None = None
    image: tuple[int, ...] | None = None


def read_product(paths: Sequence[Path], of_series: bool) -> Product:
    """Read two files whose product is connectivity or, `of_series`, time series.

    Which is which is told by their names, else by their shapes; where they would fit both ways, there are taken to be
    more places than components. Places of images count in C order, along their rows.

    Raises:
        InputError: of another kind, damaged, not real numbers, they do not fit, or it cannot be told which is which.
    """
    one, two = (_thin(path) for path in paths)
    return _joined(*_in_order(one, two, of_series), of_series)


def read_matlab_series(path: Path, variable: str | None) -> Series | Product:
    """Return the time series of a MATLAB file, chosen as by `chosen_series`; without a name, `A` and `C`.

    Raises:
        InputError: damaged, too large for this machine, no such array, or `A` and `C` do not fit; as `series`.
    """

    def wanted(shapes: Mapping[str, tuple[int, ...]]) -> list[str]:
        if variable is None and {SPATIAL, TEMPORAL} <= set(shapes):
            return [SPATIAL, TEMPORAL]
        return [chosen_series(shapes, variable, path.name)]

    found = read_matlab_arrays(path, wanted)
    if len(found) == 1:
        return series(next(iter(found.values())), None, None, path.name)
    spatial, temporal = (_flat(found[key], f"{path.name}:{key}") for key in (SPATIAL, TEMPORAL))
    return _joined(spatial, temporal, of_series=True)


def _thin(path: Path) -> Thin:
    name = path.name.lower()
    if name.endswith(TEXT_ENDINGS):
        values, rows, columns = read_text_numbers(path)
        return Thin(values, path.name, rows, columns)
    if name.endswith(".npy"):
        return _flat(mapped(path), path.name)
    raise InputError(
        f"{path.name}: of connectivity in two files, each must be of one of these kinds: {', '.join(KINDS)}"
    )


def _flat(values: np.ndarray, file: str) -> Thin:
    """Return a matrix as it is, and images (height, width, components) as one of places x components."""
    check_kind(values.dtype, file)
    if values.ndim not in (2, 3) or 0 in values.shape:
        raise InputError(f"{file}: must be a matrix, or height x width x components, found shape {values.shape}")
    image = values.shape[:2] if values.ndim == 3 else None
    return Thin(values.reshape(-1, values.shape[-1]), file, image=image)


def _in_order(one: Thin, two: Thin, of_series: bool) -> tuple[Thin, Thin]:
    """Return the one whose rows are places, and the other."""
    orders = [(one, two), (two, one)]
    said = [order for order in orders if order[0].image or _is_named(*order)]
    fitting = [order for order in said or orders if _fits(*order, of_series)]
    tall = [(left, right) for left, right in fitting if left.values.shape[0] > left.values.shape[1]]
    chosen = fitting if len(fitting) == 1 else tall
    if len(chosen) == 1:
        return chosen[0]
    if not fitting:
        return (said or orders)[0]  # of which `_joined` says what does not fit
    raise InputError(
        f"{one.file} {one.values.shape} and {two.file} {two.values.shape} can be multiplied both ways: name the file "
        f"of places x components {'U' if of_series else 'weights'} and the other {'SVT' if of_series else 'nodes'}"
    )


def _is_named(left: Thin, right: Thin) -> bool:
    return bool(LEFT.search(left.file) and RIGHT.search(right.file))


def _fits(left: Thin, right: Thin, of_series: bool) -> bool:
    (places, components), (inner, outer) = left.values.shape, right.values.shape
    return components == inner and (of_series or places == outer)


def _joined(left: Thin, right: Thin, of_series: bool) -> Product:
    """Return two matrices that fit, in types in which they can be multiplied."""
    if not _fits(left, right, of_series):
        other = "frames" if of_series else "the same places"
        raise InputError(
            f"{left.file} {left.values.shape} and {right.file} {right.values.shape} do not fit: places x components "
            f"and components x {other} are needed"
        )
    names = left.rows or (None if of_series else right.columns)
    if not of_series and left.rows and right.columns and left.rows != right.columns:
        raise InputError(f"{left.file} and {right.file}: the names of rows of one and of columns of the other differ")
    if names is not None and len(set(names)) < len(names):
        raise InputError(f"{left.file if left.rows else right.file}: names of places repeat; each needs its own")
    first, second = _wide(left), _wide(right)
    check_numbers(second, right.file)
    if not of_series:  # else there are places outside the images
        check_numbers(first, left.file)
    return Product(first, second, None if names is None else tuple(names), left.image)


def _wide(part: Thin) -> np.ndarray:
    """Return numbers in a type in which they are multiplied; a mapped file of such a type stays mapped."""
    check_kind(part.values.dtype, part.file)
    return part.values.astype(wide(part.values.dtype), copy=False)


def check_numbers(values: np.ndarray, file: str) -> None:
    """Raise InputError where an entry of a matrix is no finite number; names the first."""
    for row, entries in enumerate(values):
        if not np.isfinite(entries).all():
            column = int(np.flatnonzero(~np.isfinite(entries))[0])
            raise InputError(f"{file}: entry [{row}, {column}] is {entries[column]}; numbers are required")
