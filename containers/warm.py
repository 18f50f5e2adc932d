"""Call what tasks call of UMAP and scanpy, so that numba keeps the machine code, in NUMBA_CACHE_DIR or by the source.

Matplotlib, once imported, lists the fonts in MPLCONFIGDIR.

As bin/spacon/clusters/layout.py and bin/spacon/data/expression.py call them, with the same types.
"""

import anndata as ad
import matplotlib.font_manager  # noqa: F401
import numpy as np
import scanpy as sc
import scipy.sparse as sp
from numba.core.dispatcher import Dispatcher
from umap import layouts, umap_

# UMAP does not ask numba to keep these; that file asks for the same.
for module in (umap_, layouts):
    for each in vars(module).values():
        if isinstance(each, Dispatcher):
            each.enable_caching()
points = np.random.default_rng(1).normal(size=(100, 16)).astype(np.float32)
weights = sp.random_array((100, 100), density=0.2, format="csr", dtype=np.float32, rng=1)
umap_.simplicial_set_embedding(
    points,
    sp.csr_matrix(weights + weights.T),
    n_components=2,
    initial_alpha=1.0,
    a=0.6,
    b=1.3,
    gamma=1.0,
    negative_sample_rate=5,
    n_epochs=200,
    init="spectral",
    random_state=np.random.RandomState(1),
    metric="euclidean",
    metric_kwds={},
    densmap=False,
    densmap_kwds={},
    output_dens=False,
)

counts = sp.random_array((100, 100), density=0.2, format="csr", dtype=np.float32, rng=1)
spots = ad.AnnData(sp.csr_matrix(counts))
sc.pp.normalize_total(spots, target_sum=1e4)
sc.pp.log1p(spots)
sc.pp.highly_variable_genes(spots, flavor="seurat", n_top_genes=50)
