"""Nearest neighbours of spots in the fused embedding, and their UMAP."""

import warnings

import anndata as ad
import numpy as np
import scanpy as sc
import scipy.sparse as sp


def neighbors_and_umap(fused: np.ndarray, neighbors: int, seed: int) -> tuple[sp.csr_matrix, np.ndarray]:
    """Weigh each spot's nearest neighbours as UMAP does and lay them out in two dimensions.

    Args:
        fused: Z, shape (n, d).
        neighbors: of each spot, itself counted, as scanpy counts.
        seed: of the approximate search (large n) and the layout.

    Returns:
        Symmetric weights, CSR (n, n), and positions, shape (n, 2).
    """
    holder = ad.AnnData(obsm={"X_fused": fused.astype(np.float32)}, shape=(len(fused), 0))
    with warnings.catch_warnings():
        # A fixed seed makes UMAP run on one thread; that is what we want, and it warns of it.
        warnings.filterwarnings("ignore", message="n_jobs value")
        sc.pp.neighbors(holder, n_neighbors=neighbors, use_rep="X_fused", random_state=seed)
        sc.tl.umap(holder, random_state=seed)
    return holder.obsp["connectivities"].tocsr(), holder.obsm["X_umap"]
