"""How long each stage will take, known before any of them starts: an estimate, within a factor of about 2.

A task takes time to start and import its libraries, and so much for each item that it computes: an epoch, an alpha, a
clustering. The constants, in seconds, are from runs on two cores of an Intel Xeon without a GPU, of 300 to 250,000
spots (docs/benchmarks). On newer processors stages take down to a third of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from spacon.memory import Size
from spacon.parameters import Checked

START = {
    "validate": 1.8,
    "preprocess": 3.5,
    "spatial_graph": 2.0,
    "connection_graph": 2.0,
    "train": 3.0,
    "embed": 4.0,
    "neighbors": 0.7,
    "layout": 4.0,
    "cluster": 1.5,
    "evaluate": 3.5,
    "report": 6.0,
}
CHECK_PER_BYTE, PREPROCESS_PER_BYTE = 8e-9, 18e-9
SPATIAL_PER_EDGE, CONNECTION_PER_EDGE = 4e-7, 2e-7
# Of a training step, of each of its spots, and of each weight that a spot is multiplied with.
STEP, STEP_PER_SPOT, STEP_PER_WEIGHT = 0.025, 4e-5, 1.8e-10
EMBED_PER_SPOT, EMBED_PER_WEIGHT, EMBED_PER_EDGE = 2e-5, 3e-10, 3e-8
NEIGHBORS_PER_SPOT = 1e-4
# UMAP passes over the weights of neighbours 500 times, and of over 10,000 spots 200 times.
LAYOUT_PER_NEIGHBOR, PASSES_OF_FEW, PASSES_OF_MANY, MANY_SPOTS = 1.1e-7, 500, 200, 10_000
# A search for a number of clusters clusters about six times.
CLUSTER_PER_NEIGHBOR, SEARCHES = 1e-6, 6
START_TO_REFINE = 1.0
EVALUATE_PER_SPOT, EVALUATE_EACH_PER_SPOT = 6e-5, 2e-6
FIGURES, FIGURES_PER_SPOT = 2.0, 1.6e-4


@dataclass(frozen=True)
class Time:
    """The seconds that a task takes to start and for each item, on so many cores at once."""

    start: float
    each: float
    cores: int = 1


def times(size: Size, brought: int, degree: float, wanted: Checked) -> dict[str, Time]:
    """Return the time of each stage; the keys are the names of the scripts, and `report`.

    Args:
        size: of the sample.
        brought: bytes of the expression with all its genes.
        degree: how many connections a spot has, on average.
        wanted: the parameters that decide.
    """
    spots, neighbors = size.spots, wanted.cluster_neighbors
    weights = products(size.genes, wanted.widths)
    passes = PASSES_OF_FEW if spots <= MANY_SPOTS else PASSES_OF_MANY
    searches = 1 if wanted.n_clusters is None else SEARCHES
    labellings = 2 if wanted.refine_neighbors else 1
    edges = size.spatial_edges + size.connections
    each = {
        "validate": CHECK_PER_BYTE * brought + CONNECTION_PER_EDGE / 2 * size.connections,
        "preprocess": PREPROCESS_PER_BYTE * brought,
        "spatial_graph": SPATIAL_PER_EDGE * size.spatial_edges,
        "connection_graph": CONNECTION_PER_EDGE * size.connections,
        "train": epoch(spots, weights, degree, wanted),
        "embed": spots * (EMBED_PER_SPOT + EMBED_PER_WEIGHT * weights) + EMBED_PER_EDGE * edges,
        "neighbors": NEIGHBORS_PER_SPOT * spots,
        "layout": LAYOUT_PER_NEIGHBOR * passes * neighbors * spots,
        "cluster": CLUSTER_PER_NEIGHBOR * neighbors * spots * searches,
        "evaluate": EVALUATE_EACH_PER_SPOT * spots * labellings,
        "report": (FIGURES + FIGURES_PER_SPOT * spots) * labellings,
    }
    once = {"evaluate": EVALUATE_PER_SPOT * spots, "cluster": START_TO_REFINE * (labellings - 1)}
    return {
        stage: Time(START[stage] + once.get(stage, 0.0), seconds, cores=2 if stage == "train" else 1)
        for stage, seconds in each.items()
    }


def epoch(spots: int, weights: int, degree: float, wanted: Checked) -> float:
    """Return the seconds of a pass over all spots."""
    steps = -(-spots // wanted.batch_size)
    reached = spots_of_step(spots, degree, wanted.batch_size, wanted.fanouts)
    return steps * (STEP + reached * (STEP_PER_SPOT + STEP_PER_WEIGHT * weights))


def spots_of_step(spots: int, degree: float, batch_size: int, fanouts: Sequence[int]) -> float:
    """Return about how many spots a training step reaches.

    Measured steps reach the seed spots and what is drawn of them; from there on they meet the same spots again, as
    connections join areas: about one and a half times as many more as a spot has connections. Where connections join
    spots at random, steps reach more, up to all spots.
    """
    first = batch_size * (1 + min(fanouts[0], degree))
    return min(spots, first + 1.5 * degree * (len(fanouts) > 1))


def products(genes: int, widths: Sequence[int]) -> int:
    """Return how many weights the layers of an encoder have."""
    return sum(wide * narrow for wide, narrow in pairwise([genes, *widths]))
