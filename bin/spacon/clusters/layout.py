"""A layout of spots in two dimensions from the weights of their neighbours: UMAP."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np
import scipy.sparse as sp
from numba.core.dispatcher import Dispatcher
from umap import layouts, umap_
from umap.umap_ import find_ab_params, simplicial_set_embedding

# As scanpy lays out: points may not lie as close as UMAP's own default allows, which reads better as a map.
LEAST_DISTANCE = 0.5
EPOCHS_OF_FEW, EPOCHS_OF_MANY, MANY_SPOTS = 500, 200, 10_000

# UMAP does not ask numba to keep what it compiles, which takes seconds; containers/warm.py compiles it at set-up.
for module in (layouts, umap_):
    for each in vars(module).values():
        if isinstance(each, Dispatcher):
            each.enable_caching()


def lay_out(mix: np.ndarray, weights: sp.csr_matrix, seed: int) -> np.ndarray:
    """Lay spots out by UMAP, from the eigenvectors of the graph that the weights make.

    Memory grows with n and the number of weights.

    Args:
        mix: Z, shape (n, d); used for how far parts of the graph that nothing joins lie from each other.
        weights: of neighbours, symmetric CSR (n, n), as `spacon.clusters.neighbors.neighbor_weights` makes them.
        seed: of the layout's randomness.

    Returns:
        Positions, shape (n, 2), float32.
    """
    a, b = find_ab_params(1.0, LEAST_DISTANCE)
    with seeded(seed), warnings.catch_warnings():
        # Too few spots for eigenvectors, or eigenvectors that do not converge: UMAP then starts at random and says so.
        warnings.filterwarnings("ignore", module="umap.spectral")
        positions, _ = simplicial_set_embedding(
            data=mix,
            graph=weights,
            n_components=2,
            initial_alpha=1.0,
            a=a,
            b=b,
            gamma=1.0,
            negative_sample_rate=5,
            n_epochs=EPOCHS_OF_FEW if len(mix) <= MANY_SPOTS else EPOCHS_OF_MANY,
            init="spectral",
            random_state=np.random.RandomState(seed),
            metric="euclidean",
            metric_kwds={},
            densmap=False,
            densmap_kwds={},
            output_dens=False,
        )
    return positions


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Give this seed to whatever asks NumPy for random numbers without one.

    SciPy's ARPACK starts again at random where it meets an invariant subspace, as in graphs with symmetry, and UMAP
    passes on no seed: the layout of such a graph was another one each time.
    """
    own = np.random.default_rng
    with mock.patch.object(np.random, "default_rng", lambda given=None: own(seed if given is None else given)):
        yield
