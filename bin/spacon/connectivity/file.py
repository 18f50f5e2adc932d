"""A file of connectivity, by the reader of its kind."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from spacon.connectivity.arrays import read_npy, read_npz
from spacon.connectivity.cifti import read_cifti
from spacon.connectivity.forms import Factored
from spacon.connectivity.hdf5 import read_h5ad, read_hdf5
from spacon.connectivity.matching import Matched, matched
from spacon.connectivity.matlab import read_matlab
from spacon.connectivity.table import Table
from spacon.connectivity.text import read_text
from spacon.errors import InputError
from spacon.parameters import ConnectivitySource

Reader = Callable[[Path, str | None], Table | Factored]
# By the end of the file's name; the second argument names one of several matrices in a file.
READERS: dict[str, Reader] = {
    ".npy": lambda path, _variable: read_npy(path),
    ".npz": lambda path, _variable: read_npz(path),
    **dict.fromkeys((".csv", ".csv.gz", ".tsv", ".tsv.gz"), read_text),
    ".mat": read_matlab,
    ".h5": read_hdf5,
    ".hdf5": read_hdf5,
    ".h5ad": read_h5ad,
    ".pconn.nii": lambda path, _variable: read_cifti(path),
    ".dconn.nii": lambda path, _variable: read_cifti(path),
}


def read_table(path: Path, variable: str | None = None) -> Table | Factored:
    """Read a file of connectivity.

    Raises:
        InputError: of another kind, damaged, not square, not numeric, or names that repeat.
    """
    name = path.name.lower()
    for ending, read in READERS.items():
        if name.endswith(ending):
            return read(path, variable)
    raise InputError(f"{path.name}: connectivity must be a file of one of these kinds: {', '.join(READERS)}")


def read_connectivity(path: Path, spots: pd.DataFrame, source: ConnectivitySource, of: str) -> Matched:
    """Read a file of connectivity and match its rows to spots; arguments and errors as `read_table` and `matched`."""
    return matched(read_table(path, source.connectivity_variable), spots, source, path.name, of)
