"""Call what tasks call of numba's compiled functions, so that their machine code is in NUMBA_CACHE_DIR.

Matplotlib, once imported, lists the fonts in MPLCONFIGDIR.

As bin/spacon/clusters/neighbors.py calls them: few points are searched exactly, many approximately.
"""

import matplotlib.font_manager  # noqa: F401
import numpy as np
from numba.core.dispatcher import Dispatcher
from umap import UMAP, layouts, umap_, utils

for module in (layouts, umap_, utils):
    for each in vars(module).values():
        if isinstance(each, Dispatcher):
            each.enable_caching()
for points in (100, 5000):
    fused = np.random.default_rng(1).normal(size=(points, 16)).astype(np.float32)
    UMAP(n_neighbors=15, min_dist=0.5, n_epochs=5, random_state=1).fit(fused)
