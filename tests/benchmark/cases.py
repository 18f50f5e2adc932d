"""What is measured: the stages, the sizes of each, and why the peer is not run where it is not."""

from dataclasses import dataclass, field

from settings import SEED_SPOTS

GRAPH_SIZES = (1_000, SEED_SPOTS, 10_000, 30_000, 50_000, 100_000, 250_000)
# Over these the growth of every stage of ours is taken.
GROWTH_SIZES = (10_000, 30_000, 100_000)
MODEL_SIZES = (SEED_SPOTS, *GROWTH_SIZES)
# Share of the processor from which on other work makes a time too long to count.
OTHERS = 0.05
SAME_CALLS = "not run: the package makes the same calls of scanpy"


@dataclass(frozen=True)
class Stage:
    """A stage, the kind of its inputs (inputs.py), and the numbers of spots at which each side is run."""

    name: str
    title: str
    inputs: str
    sizes: tuple[int, ...]
    peer_sizes: tuple[int, ...]
    why_not: str = ""
    fewer: dict[int, int] = field(default_factory=dict)  # runs at sizes that take minutes each

    def repeats(self, n: int, wanted: int) -> int:
        """Return how many runs of each side are made at n spots."""
        return min(wanted, self.fewer.get(n, wanted))


STAGES = {
    stage.name: stage
    for stage in (
        Stage(
            "spatial_knn",
            "spatial graph, 15 nearest in the plane",
            "points",
            GRAPH_SIZES,
            GRAPH_SIZES,
            fewer={250_000: 3},
        ),
        Stage(
            "spatial_sections",
            "spatial graph, 20 sections by radius",
            "points",
            GRAPH_SIZES,
            (1_000, SEED_SPOTS, 10_000, 30_000, 50_000, 100_000),
            "not run: Python loops, about a minute a run",
        ),
        Stage(
            "connection_dense",
            "connection graph from a dense matrix",
            "dense",
            (1_000, SEED_SPOTS, 10_000),
            (1_000, SEED_SPOTS, 10_000),
        ),
        Stage(
            "connection_weighted",
            "connection graph, weighted and retained",
            "dense",
            (1_000, SEED_SPOTS, 10_000),
            (1_000, SEED_SPOTS, 10_000),
        ),
        Stage(
            "connection_factored",
            "connection graph from regions",
            "wired",
            GROWTH_SIZES,
            (),
            "cannot: takes a dense n x n matrix only (0.4, 3.6 and 40 GB here; 250 GB at 250,000 spots)",
        ),
        Stage("training", "training, one step", "wired", MODEL_SIZES, MODEL_SIZES, fewer={100_000: 3}),
        Stage("embedding", "embedding", "wired", MODEL_SIZES, MODEL_SIZES, fewer={100_000: 3}),
        Stage(
            "neighbors",
            "neighbours in the mix, and their weights",
            "embedded",
            GROWTH_SIZES,
            (),
            SAME_CALLS,
            fewer={100_000: 3},
        ),
        Stage("layout", "UMAP of the mix", "embedded", GROWTH_SIZES, (), SAME_CALLS, fewer={30_000: 3, 100_000: 1}),
        Stage("leiden", "clustering, Leiden", "embedded", GROWTH_SIZES, (), SAME_CALLS, fewer={100_000: 3}),
        Stage("louvain", "clustering, Louvain", "embedded", GROWTH_SIZES, (), SAME_CALLS, fewer={100_000: 3}),
        Stage(
            "refinement",
            "refinement by 25 neighbours",
            "points",
            (1_000, SEED_SPOTS, 10_000, 20_000, 30_000, 100_000, 250_000),
            (1_000, SEED_SPOTS, 10_000, 20_000),
            "cannot: all n x n distances in memory (7, 80 and 500 GB from 30,000 to 250,000 spots)",
        ),
        Stage("whole", "whole run, 10 epochs", "dense", (SEED_SPOTS,), (SEED_SPOTS,)),
    )
}


def inputs_kind(stage: Stage, n: int) -> str:
    """Return the kind of input files; the published run's size has the published run's dense connectivity."""
    return "dense" if stage.inputs == "wired" and n == SEED_SPOTS else stage.inputs
