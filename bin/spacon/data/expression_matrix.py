"""The matrix of expression as a file has it, of any type, order and form, made fit for arithmetic."""

import h5py
import numpy as np
import scipy.sparse as sp
from anndata.io import read_elem

from spacon.data.sparse import check_pattern
from spacon.errors import InputError

# Whole numbers up to here are exact in single precision.
EXACT = 2**24
LARGEST = float(np.finfo(np.float32).max)  # as a plain number: NumPy would compare in single precision


def shape_of(entry: h5py.Dataset | h5py.Group | None) -> tuple[int, ...] | None:
    """Return the shape that the header of X tells; None where there is no X.

    A sparse matrix of so many rows would be made before any of them is read.
    """
    found = getattr(entry, "shape", None)  # an array of HDF5's or zarr's
    if found is not None:
        return tuple(found)
    shape = None if entry is None else entry.attrs.get("shape", entry.attrs.get("h5sparse_shape"))
    return None if shape is None else tuple(int(length) for length in shape)


def form_of(entry: h5py.Dataset | h5py.Group) -> str:
    """Return whether a matrix is an `array`, `csr` or `csc`; ValueError for another form."""
    if hasattr(entry, "shape"):
        return "array"
    form = str(entry.attrs.get("encoding-type", entry.attrs.get("h5sparse_format")))[:3]
    if form not in ("csr", "csc"):
        raise ValueError(f"X is '{form}'; an array, CSR or CSC is needed")
    return form


def read_matrix(entry: h5py.Dataset | h5py.Group) -> np.ndarray | sp.csr_matrix | sp.csc_matrix:
    """Return X in the machine's byte order. scipy knows neither half precision nor a foreign order of bytes.

    Raises:
        ValueError, KeyError: a damaged matrix, whose pattern would crash what computes with it.
    """
    form = form_of(entry)
    if form == "array":
        return native(read_elem(entry))
    data, indices, pointer = (native(entry[name][()]) for name in ("data", "indices", "indptr"))
    data = single(data)
    matrix = {"csr": sp.csr_matrix, "csc": sp.csc_matrix}[form]((data, indices, pointer), shape=shape_of(entry))
    check_pattern(matrix)
    return matrix


def native(values: np.ndarray) -> np.ndarray:
    """Return an array in the machine's byte order."""
    return np.asarray(values).astype(values.dtype.newbyteorder("="), copy=False)


def single(values: np.ndarray) -> np.ndarray:
    """Return numbers of half precision, which scipy does not know, in single precision; others as they are."""
    return values.astype(np.float32) if values.dtype == np.float16 else values


def stored(expression: np.ndarray | sp.spmatrix) -> np.ndarray:
    """Return the stored entries: of a dense matrix, the matrix itself."""
    return expression if isinstance(expression, np.ndarray) else np.asarray(expression.data)


def check_expression(expression: np.ndarray | sp.spmatrix, name: str, first: int = 0) -> None:
    """Raise InputError for NaN, infinite or negative expression, naming the first such entry.

    `first` is the number of the spot that the first row is of.
    """
    values = stored(expression)
    if values.dtype.kind not in "biuf":
        raise InputError(f"{name}: expression (X) must be real numbers, found {values.dtype}")
    if values.dtype.kind in "bu":
        return
    checks: tuple[tuple[np.ndarray, str, str], ...] = (
        (np.logical_not(np.isfinite(values)), "not a finite number", "0 is no expression"),
        (np.less(values, 0), "negative", "bring counts or logarithms of them, not scaled values"),
    )
    for wrong, word, cure in checks:
        if wrong.any():
            if isinstance(expression, np.ndarray):
                row, column = np.argwhere(wrong)[0]
                value = values[row, column]
            else:
                entries = expression.tocoo()
                place = int(np.flatnonzero(wrong)[0])
                row, column = entries.row[place], entries.col[place]
                value = values[place]
            raise InputError(f"{name}: expression of spot {first + row}, gene {column} is {word} ({value}): {cure}")


def working(expression: np.ndarray | sp.spmatrix, name: str) -> np.ndarray | sp.csr_matrix:
    """Return expression as arithmetic takes it: float32, canonical CSR where it is sparse.

    Narrow types overflow in sums (float16 above 65,504, uint8 above 255), and repeated entries of a sparse matrix must
    be summed before any function is taken of them. Whole numbers above 2^24 are kept exact in float64.

    Raises:
        InputError: a number too large for single precision.
    """
    values = stored(expression)
    largest = float(values.max()) if values.size else 0.0
    if values.dtype.kind == "f" and largest > LARGEST:
        raise InputError(f"{name}: the largest expression is {largest:.4g}, more than single precision holds (3.4e38)")
    whole = values.dtype.kind in "iu" or (values.dtype == np.float64 and largest > EXACT)
    kind = np.float64 if whole and largest > EXACT else np.float32
    if isinstance(expression, np.ndarray):
        return np.ascontiguousarray(values, dtype=kind)
    matrix = sp.csr_matrix(expression.astype(kind, copy=False))
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    if not np.isfinite(matrix.data).all():
        raise InputError(
            f"{name}: repeated entries of the sparse matrix X sum to more than single precision holds (3.4e38)"
        )
    return matrix


def check_sums(expression: np.ndarray | sp.csr_matrix, name: str) -> None:
    """Raise InputError where the expression of a spot sums to more than single precision holds."""
    total = np.asarray(expression.sum(axis=1, dtype=np.float64)).ravel()
    if total.max() > LARGEST:
        spot = int(total.argmax())
        raise InputError(
            f"{name}: the counts of spot {spot} sum to {total[spot]:.3g}, more than single precision holds"
        )
