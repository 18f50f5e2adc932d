"""A file of connectivity, by the reader of its kind."""

from collections.abc import Callable, Sequence
from pathlib import Path

from spacon.errors import InputError
from spacon.readers.arrays import read_npy, read_npy_series, read_npz
from spacon.readers.cifti import read_cifti, read_cifti_series
from spacon.readers.edges import PARQUET, read_parquet
from spacon.readers.hdf5 import read_h5ad, read_hdf5, read_hdf5_series
from spacon.readers.matlab import read_matlab
from spacon.readers.product import read_matlab_series
from spacon.readers.table import Product, Series, Table, check_no_variable
from spacon.readers.text import TEXT_ENDINGS, read_text, read_text_series
from spacon.readers.zarr import ZARR, read_zarr, read_zarr_series

# By the end of the file's name: of files that hold one matrix, and of those that may hold several, by their names.
SINGLE: dict[str, Callable[[Path], Table]] = {
    ".npy": read_npy,
    ".npz": read_npz,
    ".pconn.nii": read_cifti,
    ".dconn.nii": read_cifti,
}
SEVERAL: dict[str, Callable[[Path, str | None], Table]] = {
    **dict.fromkeys(TEXT_ENDINGS, read_text),
    PARQUET: read_parquet,
    ".mat": read_matlab,
    ".h5": read_hdf5,
    ".hdf5": read_hdf5,
    ".h5ad": read_h5ad,
    ZARR: read_zarr,
}

SINGLE_SERIES: dict[str, Callable[[Path], Series]] = {
    ".npy": read_npy_series,
    **dict.fromkeys(TEXT_ENDINGS, read_text_series),
    ".ptseries.nii": read_cifti_series,
    ".dtseries.nii": read_cifti_series,
}
SEVERAL_SERIES: dict[str, Callable[[Path, str | None], Series | Product]] = {
    ".mat": read_matlab_series,
    ".h5": read_hdf5_series,
    ".hdf5": read_hdf5_series,
    ZARR: read_zarr_series,
}


def read_table(path: Path, variable: str | None = None) -> Table:
    """Read a file of connectivity; `variable` names one of several matrices.

    Raises:
        InputError: of another kind, damaged, not square, not numeric, or names that repeat.
    """
    ending = _ending(path, (*SINGLE, *SEVERAL), "connectivity")
    if ending in SEVERAL:
        return SEVERAL[ending](path, variable)
    check_no_variable(variable, path.name)
    return SINGLE[ending](path)


def read_series(path: Path, variable: str | None = None) -> Series | Product:
    """Read a file of time series, or of two matrices whose product they are; `variable` names one of several arrays.

    Raises:
        InputError: of another kind, damaged, of no such shape, not numeric, or names that repeat.
    """
    ending = _ending(path, (*SINGLE_SERIES, *SEVERAL_SERIES), "time series")
    if ending in SEVERAL_SERIES:
        return SEVERAL_SERIES[ending](path, variable)
    check_no_variable(variable, path.name)
    return SINGLE_SERIES[ending](path)


def _ending(path: Path, known: Sequence[str], what: str) -> str:
    """Return which of the known endings a file's name has."""
    ending = next((end for end in known if path.name.lower().endswith(end)), None)
    if ending is None:
        raise InputError(f"{path.name}: {what} must be a file of one of these kinds: {', '.join(known)}")
    return ending
