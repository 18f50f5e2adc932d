"""Nearest neighbours of spots in the fused embedding, and their UMAP."""

import warnings

import numpy as np
import scipy.sparse as sp
from numba.core.dispatcher import Dispatcher
from umap import UMAP, layouts, umap_, utils

# As scanpy lays out: points may not lie as close as UMAP's own default allows, which reads better as a map.
LEAST_DISTANCE = 0.5


def keep_compiled() -> None:
    """Let numba keep on disk what it compiles of UMAP, which does not ask for it: six seconds in every task."""
    for module in (layouts, umap_, utils):
        for each in vars(module).values():
            if isinstance(each, Dispatcher):
                each.enable_caching()


def neighbors_and_umap(fused: np.ndarray, neighbors: int, seed: int) -> tuple[sp.csr_matrix, np.ndarray]:
    """Weigh each spot's nearest neighbours as UMAP does and lay them out in two dimensions.

    The search is exact below 4,096 spots and by nearest-neighbour descent above. Memory grows with n times neighbors.

    Args:
        fused: Z, shape (n, d).
        neighbors: of each spot, itself counted, as UMAP counts.
        seed: of the approximate search and the layout.

    Returns:
        Symmetric weights, CSR (n, n), and positions, shape (n, 2).
    """
    keep_compiled()
    layout = UMAP(n_neighbors=neighbors, min_dist=LEAST_DISTANCE, random_state=seed)
    with warnings.catch_warnings():
        # A fixed seed makes UMAP run on one thread; that is what we want, and it warns of it.
        warnings.filterwarnings("ignore", message="n_jobs value")
        layout.fit(fused.astype(np.float32))
    return sp.csr_matrix(layout.graph_), layout.embedding_
