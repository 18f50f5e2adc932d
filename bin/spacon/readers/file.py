"""A file of connectivity, by the reader of its kind."""

from collections.abc import Callable
from pathlib import Path

from spacon.errors import InputError
from spacon.readers.arrays import read_npy, read_npz
from spacon.readers.cifti import read_cifti
from spacon.readers.hdf5 import read_h5ad, read_hdf5
from spacon.readers.matlab import read_matlab
from spacon.readers.table import Table
from spacon.readers.text import read_text

# By the end of the file's name: of files that hold one matrix, and of those that may hold several, by their names.
SINGLE: dict[str, Callable[[Path], Table]] = {
    ".npy": read_npy,
    ".npz": read_npz,
    ".pconn.nii": read_cifti,
    ".dconn.nii": read_cifti,
}
SEVERAL: dict[str, Callable[[Path, str | None], Table]] = {
    **dict.fromkeys((".csv", ".csv.gz", ".tsv", ".tsv.gz"), read_text),
    ".mat": read_matlab,
    ".h5": read_hdf5,
    ".hdf5": read_hdf5,
    ".h5ad": read_h5ad,
}


def read_table(path: Path, variable: str | None = None) -> Table:
    """Read a file of connectivity; `variable` names one of several matrices.

    Raises:
        InputError: of another kind, damaged, not square, not numeric, or names that repeat.
    """
    name = path.name.lower()
    ending = next((known for known in (*SINGLE, *SEVERAL) if name.endswith(known)), None)
    if ending is None:
        kinds = ", ".join((*SINGLE, *SEVERAL))
        raise InputError(f"{path.name}: connectivity must be a file of one of these kinds: {kinds}")
    if ending in SEVERAL:
        return SEVERAL[ending](path, variable)
    if variable is not None:
        raise InputError(f"{path.name}: holds one matrix: leave out --connectivity_variable")
    return SINGLE[ending](path)
