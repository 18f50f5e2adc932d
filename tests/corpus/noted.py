"""What a run goes on with, and says: each note with its number, worked out by hand or pair by pair."""

import numpy as np
import scipy.sparse as sp

from tests.corpus.case import Case
from tests.corpus.connectivity_right import in_zarr
from tests.corpus.marks import LOGS, marked
from tests.corpus.sample import COUNTS, PLACES, N, archive, dense, matrix, spots
from tests.corpus.truth import connected, shares

BOTH = ("validate", "connection_graph")
SPATIAL = ("validate", "preprocess", "spatial_graph")
silent = COUNTS.astype(np.float32)
silent[[3, 7, 21]] = 0
constant = LOGS.copy()
constant[:, 8:] = 2

# Row i: equal entries to all spots, of which a tenth (3) may be kept; in rows 0 to 9 nothing is equal.
equal = np.where(np.arange(N)[:, None] < 10, np.arange(N)[None] + 1.0, 1.0)
np.fill_diagonal(equal, 0)
# Spots 0 to 3 are connected with each other, 26 others with none.
few = np.zeros((N, N))
few[:4, :4] = 1
sparse_edges = connected(few, 0.5)
lonely, median = shares(sparse_edges)
assert (lonely, median) == (26, 0.0)
# By hand: 24 of the 30 columns are 1, so of 870 pairs 24 * 29 = 696 are joined: 80 %.
full = np.repeat((np.arange(N) < 24)[None], N, axis=0).astype(np.float32)
# Four spots in a corner; the others farther from each other than the radius.
far = np.column_stack([np.arange(N) * 10.0, np.zeros(N)])
far[:4] = [[0, 0], [0, 1], [1, 0], [1, 1]]
near_all = {"spatial_rule": "radius", "spatial_radius": 2.0}


def put(places: np.ndarray):
    """Return what moves the spots."""
    return spots(lambda sample: sample.obsm.update(spatial=places))


def in_row(value: float) -> str:
    """Return a number as notes write it."""
    return f"{value:.3g}"


tenth = np.quantile(np.delete(few.ravel(), np.arange(0, N * N, N + 1)), 0.9)
CASES = [
    Case("nothing unusual", scripts=(*SPATIAL, "connection_graph"), given={"connectivity_threshold": 0.7}, notes=()),
    Case(
        "spots without expression",
        dense(silent),
        notes=(("3 of 30 spots have no expression at all", "filter them"),),
        cure="They are empty, and do not change the others. `scanpy.pp.filter_cells(spots, min_counts=1)` drops them; "
        "drop their rows and columns of the connectivity too.",
    ),
    Case(
        "fractions are counts, whatever the mark",
        marked(COUNTS, {}),
        {"expression_values": "counts"},
        notes=(("marked as log-normalised (uns['log1p'])", "--expression_values counts was believed"),),
        cure="Nothing, if X holds raw counts.",
    ),
    Case(
        "logarithms of base 2",
        marked(LOGS / np.log(2), {"base": 2}),
        notes=(("logarithms of base 2", "brought to base e"),),
        cure="Nothing: results are comparable with those of natural logarithms.",
    ),
    Case(
        "fewer genes vary than are asked for",
        marked(constant, {}),
        {"hvg_above": 10, "n_top_genes": 15, "widths": "6,4,2"},
        notes=(("--n_top_genes 15 was asked for, but only 8 genes vary",),),
        cure="The other genes are the same for every spot, and tell nothing.",
    ),
    Case(
        "equal entries, cut by their order",
        matrix(equal),
        {"connectivity_threshold": 0.5, "retained_fraction": 0.1},
        notes=(("--retained_fraction cut among equal entries in 20 spots", "the first spots in the file"),),
        cure="Counts of synapses are often equal. Raise the fraction, or choose by the threshold alone.",
    ),
    Case(
        "equal entries of regions, cut by their order",
        archive(values=np.ones((3, 3)), index=np.arange(N) % 3),
        {"connectivity": "matrix.npz", "connectivity_threshold": 0.5, "retained_fraction": 0.1},
        notes=(("cut among equal entries in 3 regions",),),
    ),
    Case(
        "equal entries of regions, cut between regions",
        archive(values=np.ones((3, 3)), index=np.arange(N) // 10),
        {"connectivity": "matrix.npz", "connectivity_threshold": 0.5, "retained_fraction": 0.34},
        notes=(("cut among equal entries in 3 regions",),),
    ),
    Case(
        "most spots without a connection",
        matrix(few),
        {"connectivity_threshold": 0.5},
        scripts=BOTH,
        notes=(
            (
                "says little: 26 of 30 spots (87%)",
                "the median spot projects to 0",
                f"(0.5 now; a tenth of the entries lie above {in_row(tenth)})",
            ),
        ),
        cure="Clusters at high alpha then rest on few spots. With correlations the threshold is too high; with synapse "
        "counts it may be as it is.",
    ),
    Case(
        "chunks of zeros in a zarr",
        in_zarr(few, chunks=(15, 15)),
        {"connectivity": "matrix.zarr", "connectivity_threshold": 0.5},
        notes=(("matrix.zarr: 3 of 4 chunks of wires are not there", "read as zeros", "copy it again"),),
        cure="zarr writes no chunk of zeros alone. If there should be others, the folder was not copied whole.",
    ),
    Case(
        "most spots without a connection, sparse",
        lambda folder: sp.save_npz(folder / "matrix.npz", sp.csr_matrix(few)),
        {"connectivity": "matrix.npz", "connectivity_threshold": 0.5},
        scripts=BOTH,
        notes=(("26 of 30 spots (87%)", "median spot projects to 0"),),
    ),
    Case(
        "nearly all pairs connected",
        matrix(full),
        {"connectivity_threshold": 0.5},
        scripts=BOTH,
        notes=(("joins 80% of all pairs", "raise --connectivity_threshold (0.5 now", "--retained_fraction 0.1"),),
        cure="Every spot is then wired like every other. Above the number at `lie above`, a tenth would be kept.",
    ),
    Case(
        "a spatial graph of few spots",
        put(far),
        near_all,
        scripts=SPATIAL,
        notes=(("26 of 30 spots (87%) have no neighbour", "raise --spatial_radius"),),
        cure="The radius is in the unit of your coordinates: take a few times the distance between neighbours.",
    ),
    Case(
        "a spatial graph of nearly all pairs",
        scripts=SPATIAL,
        given={"spatial_neighbors": 20},
        notes=(("the spatial graph joins 69% of all pairs", "lower --spatial_neighbors"),),
        cure="Neighbours in space should be few: the profiles take 10 or 15 per spot.",
    ),
    Case(
        "a decay that decides alone",
        put(PLACES * 100),
        {"distance_decay": 0.5, "connectivity_threshold": 0.5},
        notes=(
            (
                f"by e^{0.5 * 100 * float(np.linalg.norm(np.ptp(PLACES, axis=0))):.0f}",
                "distance alone decides",
                "unit of the coordinates",
            ),
        ),
        cure="Strengths no longer matter beside such weights. Lower the decay until the exponent is about 5.",
    ),
    Case(
        "a decay between sections in one plane",
        given={"distance_decay": 0.5, "section_key": "section", "section_order": "front,middle,back"},
        notes=(("sections", "in one plane", "three coordinates"),),
        cure="The distance between sections is not in two coordinates.",
    ),
]
