"""Arrays in one .npz: the same arrays give the same bytes, whichever Python writes them."""

from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
import scipy.sparse as sp
from numpy.lib import format as npy
from numpy.typing import ArrayLike

HEADER = 4096  # more than that of any array


def write_arrays(path: Path, **arrays: ArrayLike) -> None:
    """Write arrays by name, uncompressed, as `numpy.load` reads them.

    `numpy.savez` writes the same but for the zip's own headers: it always leaves room there for more than 4 GB, and
    Python 3.11.2 does that in other bytes than 3.11.7. Here there is such room only where an array needs it.
    """
    with ZipFile(path, "w", ZIP_STORED) as file:
        for name, array in arrays.items():
            values = np.asanyarray(array)
            entry = ZipInfo(f"{name}.npy")
            entry.external_attr = 0o600 << 16
            entry.file_size = values.nbytes + HEADER
            with file.open(entry, "w") as inside:
                npy.write_array(inside, values, allow_pickle=False)


def write_sparse(path: Path, matrix: sp.csr_matrix) -> None:
    """Write a sparse matrix, uncompressed, as `scipy.sparse.load_npz` reads it."""
    kind = np.array(matrix.format.encode("ascii"))
    parts = {"indices": matrix.indices, "indptr": matrix.indptr, "format": kind, "shape": matrix.shape}
    write_arrays(path, **parts, data=matrix.data)
