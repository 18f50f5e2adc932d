"""Connectivity in two files whose product it is, what its entries mean, and a threshold from a share of them."""

from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist

from tests.corpus.case import Case
from tests.corpus.matched import both, with_areas
from tests.corpus.sample import PLACES, STRENGTH, N, matrix
from tests.corpus.truth import connected, connections_are

BOTH = ("validate", "connection_graph")
RANDOM = np.random.default_rng(12)
WEIGHTS, NODES = RANDOM.random((N, 4)), RANDOM.random((4, N)) / 4
VOXELS = WEIGHTS @ NODES
# Images of 5 x 6 pixels, of which spot 0's is outside of the brain.
U = RANDOM.normal(size=(5, 6, 3))
U[0, 0] = np.nan
SVT = RANDOM.normal(size=(3, 40))
CORRELATION = np.nan_to_num(np.corrcoef(np.nan_to_num(U.reshape(N, 3))[1:] @ SVT))
MOVIE = np.pad(CORRELATION, ((1, 0), (1, 0)))
VOXEL = np.arange(N) % 9 - 1  # of which spots 0, 9, 18 and 27 have none
SHARED = VOXELS[VOXEL][:, VOXEL] * ((VOXEL >= 0)[:, None] & (VOXEL >= 0))
# A tenth of the 870 entries between two spots.
OFF = ~np.eye(N, dtype=bool)
TENTH = np.sort(STRENGTH[OFF])[-88]


def two(first: np.ndarray, second: np.ndarray, names: tuple[str, str] = ("weights", "nodes")):
    """Return what writes two files, first.npy and second.npy, under other names if they are given."""

    def make(folder: Path) -> None:
        for name, values in zip(names, (first, second), strict=True):
            np.save(folder / f"{name}.npy", values)

    return make


PAIR = {"connectivity": ["weights.npy", "nodes.npy"]}
VIDEO = {"connectivity": ["U.npy", "SVT.npy"], "time_series": "pearson"}
REFUSED = [
    Case("product: no such places", two(WEIGHTS, NODES[:, :9]), PAIR, refused=(("do not fit", "(30, 4)", "(4, 9)"),)),
    Case(
        "product: other spots",
        two(WEIGHTS[:9], NODES[:, :9]),
        PAIR,
        refused=(("weights.npy and nodes.npy: connectivity is of 9 spots, but spots.h5ad has 30",),),
    ),
    Case(
        "product: partial correlations",
        two(U, SVT, ("U", "SVT")),
        VIDEO | {"time_series": "partial"},
        refused=(("U.npy and SVT.npy", "no partial correlations", "--time_series pearson"),),
    ),
    Case(
        "product: a variable",
        two(WEIGHTS, NODES),
        PAIR | {"connectivity_variable": "w"},
        refused=(("weights.npy and nodes.npy", "leave out --connectivity_variable"),),
    ),
    Case(
        "distances in place of strengths",
        matrix(cdist(PLACES, PLACES)),
        refused=(("matrix.npy", "in the order of the distances", "exp(-d)"),),
    ),
    Case(
        "the logarithm of a negative entry",
        matrix(STRENGTH - 0.5),
        {"connectivity_transform": "log1p"},
        refused=(("matrix.npy", "log1p", "an entry of -0.4", "--negative drop or absolute"),),
    ),
    Case(
        "Fisher's z of a matrix",
        given={"connectivity_transform": "fisher_z"},
        refused=(("fisher_z", "--time_series is not set"),),
    ),
    Case(
        "a density and a threshold",
        given={"connection_density": 0.1},
        refused=(("connection_density is 0.1 and connectivity_threshold 0.125", "leave one out"),),
    ),
    Case(
        "a density of more than all",
        given={"connection_density": 1.5, "connectivity_threshold": 0.0},
        refused=(("connection_density is 1.5", "between 0 and 1"),),
    ),
]
READ = [
    Case("a product", two(WEIGHTS, NODES), PAIR, BOTH, right=connections_are(connected(VOXELS, 0.125))),
    Case(
        "a product, the other file first",
        two(WEIGHTS, NODES),
        {"connectivity": ["nodes.npy", "weights.npy"]},
        BOTH,
        right=connections_are(connected(VOXELS, 0.125)),
    ),
    Case(
        "a product, of which spots share places",
        both(two(WEIGHTS, NODES), with_areas(VOXEL)),
        PAIR | {"region_key": "area"},
        BOTH,
        right=connections_are(connected(SHARED, 0.125)),
    ),
    Case(
        "a movie in two files",
        two(U, SVT, ("U", "SVT")),
        VIDEO,
        BOTH,
        notes=(("1 of 30 spots has a time series in U.npy and SVT.npy that never varies",),),
        right=connections_are(connected(MOVIE, 0.125)),
    ),
    Case(
        "a density",
        given={"connection_density": 0.1, "connectivity_threshold": 0.0},
        scripts=BOTH,
        notes=((f"--connection_density 0.1 set the threshold to {TENTH:.6g}: 10.00% of the entries",),),
        right=connections_are(connected(STRENGTH.astype(np.float64), float(TENTH))),
    ),
    Case(
        "the logarithm of weighted entries",
        given={"connectivity_transform": "log1p", "distance_decay": 0.5, "connectivity_threshold": 0.5},
        scripts=BOTH,
        right=connections_are(connected(np.log1p(STRENGTH.astype(np.float64)), 0.5, decay=0.5)),
    ),
]
