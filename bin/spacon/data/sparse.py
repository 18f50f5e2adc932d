"""Sparse matrices as files have them: checked before compiled code, which trusts their pattern, may touch them."""

import numpy as np
import scipy.sparse as sp


def check_pattern(matrix: sp.spmatrix | sp.sparray) -> None:
    """Check the pattern of a matrix (CSR, CSC or BSR); a wrong one makes compiled code read and write anywhere.

    scipy's own check looks at nothing where the last pointer is 0.

    Raises:
        ValueError: pointers that fall or that do not end at the number of entries, or an index out of range.
    """
    if (np.diff(matrix.indptr) < 0).any() or matrix.indptr[-1] != len(matrix.indices):
        raise ValueError(f"its pointers fall, or do not end at its {len(matrix.indices):,} entries")
    matrix.check_format(full_check=True)
