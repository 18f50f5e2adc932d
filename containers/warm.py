"""Call what tasks call of numba's compiled functions, so that their machine code is in NUMBA_CACHE_DIR.

Matplotlib, once imported, lists the fonts in MPLCONFIGDIR.

The few points are searched exactly, the many approximately; both ways stand in bin/spacon/neighbors.py.
"""

import anndata
import matplotlib.font_manager  # noqa: F401
import numpy as np
import scanpy

for points in (100, 5000):
    spots = anndata.AnnData(obsm={"X": np.random.default_rng(1).normal(size=(points, 16)).astype(np.float32)})
    scanpy.pp.neighbors(spots, n_neighbors=15, use_rep="X", random_state=1)
    scanpy.tl.umap(spots, random_state=1, maxiter=5)
