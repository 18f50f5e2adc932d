"""One measurement of this pipeline; every call of bin/ stands here. See measure.py."""

import contextlib
import resource
import shutil
import subprocess
import sys
import tempfile
import zlib
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Any

import settings
from measure import Clock, EnoughError, StepClock, edges_check, embedding_check, main, process_age
from scripts import BIN, pipeline

sys.path.insert(0, str(BIN))

import anndata
import numpy as np
import scipy.sparse as sp

from spacon.cli.caches import keep_caches_here
from spacon.cli.command import keep_freed_memory, set_threads
from spacon.cli.numerics import set_numerics
from spacon.data.columns import sections
from spacon.data.spots import positions


def prepare() -> None:
    """Set up the process as the scripts do, before they import torch."""
    keep_caches_here()
    set_threads(settings.THREADS)
    set_numerics("portable")
    keep_freed_memory()


def spatial_knn(arguments: Namespace) -> None:
    """Time the graph of the 15 nearest others in the plane."""
    from spacon.graphs.spatial import Knn, spatial_graph

    place = positions(anndata.read_h5ad(arguments.folder / "spots.h5ad", backed="r"))
    with Clock() as clock:
        graph = spatial_graph(place, Knn(settings.NEIGHBORS), self_loops=True)
    clock.report(**edges_check(*graph.nonzero(), len(place)))


def spatial_sections(arguments: Namespace) -> None:
    """Time the graph over sections, by radius within and across them."""
    from spacon.graphs.spatial import Radius, spatial_graph

    path = arguments.folder / "spots.h5ad"
    spots = anndata.read_h5ad(path, backed="r")
    place, section = np.asarray(spots.obsm["in_section"]), sections(spots, settings.SECTION_KEY, path.name)
    with Clock() as clock:
        graph = spatial_graph(
            place,
            Radius(settings.RADIUS),
            self_loops=True,
            sections=section,
            across=Radius(settings.SECTION_RADIUS),
        )
    clock.report(**edges_check(*graph.nonzero(), len(place)))


def connection_dense(arguments: Namespace) -> None:
    """Time the connection graph from a dense matrix on disk, of which weighting and retention are done already."""
    graph, clock = _connection(arguments.folder, "retained.npy", settings.THRESHOLD, fraction=1.0, decay=None)
    clock.report(**edges_check(*graph.nonzero(), graph.shape[0]))


def connection_weighted(arguments: Namespace) -> None:
    """Time the same with weighting and retention."""
    graph, clock = _connection(
        arguments.folder, "connectivity.npy", settings.THRESHOLD, settings.FRACTION, settings.DECAY
    )
    clock.report(**edges_check(*graph.nonzero(), graph.shape[0]))


def connection_factored(arguments: Namespace) -> None:
    """Time the connection graph from regions and the region of each spot."""
    from spacon.graphs.graph import edge_count

    graph, clock = _connection(arguments.folder, "connectivity.npz", threshold=0.0, fraction=1.0, decay=None)
    clock.report(edges=edge_count(graph))


def _connection(
    folder: Path, connectivity: str, threshold: float, fraction: float, decay: float | None
) -> tuple[Any, Clock]:
    from spacon.connectivity.matching import in_order
    from spacon.graphs.connection import connection_graph
    from spacon.parameters import ConnectionRule
    from spacon.readers.file import read_table

    place = positions(anndata.read_h5ad(folder / "expression.h5ad", backed="r"))
    with Clock() as clock:
        matrix = in_order(read_table(folder / connectivity))
        rule = ConnectionRule(decay, None, threshold, fraction, None)
        graph, _ = connection_graph(matrix, place, rule, threads=settings.THREADS)
    return graph, clock


def training(arguments: Namespace) -> None:
    """Time one step of training."""
    clock, steps = timed_training(arguments.folder, arguments.seed)
    clock.seconds = steps.seconds
    clock.report(**steps.check())


def timed_training(folder: Path, seed: int) -> tuple[Clock, StepClock]:
    """Train until as many steps are timed as are wanted."""
    from spacon.model.network import Shape
    from spacon.model.training import repeatable, train
    from spacon.parameters import Procedure

    repeatable(seed, settings.THREADS, "cpu")
    spots, near, wired = _graphs(folder)
    shape = Shape(spots.n_vars, list(settings.WIDTHS), "concat", settings.DROPOUT)
    rates = settings.LEARNING_RATE, settings.WEIGHT_DECAY, settings.GRADIENT_CLIP
    procedure = Procedure(1_000, settings.BATCH_SIZE, list(settings.FANOUTS), *rates)  # epochs; it ends before
    steps = StepClock()
    with Clock() as clock, contextlib.suppress(EnoughError):
        train(spots.X, near, wired, shape, procedure, seed=seed, device="cpu", on_step=steps.tick)
    return clock, steps


def embedding(arguments: Namespace) -> None:
    """Time the embedding of all spots."""
    from spacon.model.embedding import embed
    from spacon.model.files import load_model
    from spacon.model.training import repeatable

    repeatable(0, settings.THREADS, "cpu")
    spots, near, wired = _graphs(arguments.folder)
    model = load_model(arguments.folder / "model.safetensors")
    with Clock() as clock:
        found = embed(model, spots.X, near, wired, "cpu", reconstruction=False)
    clock.report(**embedding_check(found["spatial"], found["connection"]))


def _graphs(folder: Path) -> tuple[anndata.AnnData, sp.csr_matrix, Any]:
    from spacon.graphs.graph import read_graph

    spots = anndata.read_h5ad(folder / "expression.h5ad")
    return spots, read_graph(folder / "spatial.npz"), read_graph(folder / "connection.npz")


def neighbors(arguments: Namespace) -> None:
    """Time the mix, the neighbours in it and their weights."""
    from spacon.clusters.mixing import mix
    from spacon.clusters.neighbors import nearest_neighbors, neighbor_weights

    with np.load(arguments.folder / "embedding.npz") as file:
        parts = file["spatial"], file["connection"]
    with Clock() as clock:
        mixed = mix(*parts, 0.5).astype(np.float32)
        neighbor_weights(*nearest_neighbors(mixed, settings.CLUSTER_NEIGHBORS))
    clock.report()


def layout(arguments: Namespace) -> None:
    """Time the UMAP of a mix."""
    from spacon.clusters.files import read_mix
    from spacon.clusters.layout import lay_out

    mixed = read_mix(arguments.folder / "mix.npz")
    with Clock() as clock:
        lay_out(mixed.values, mixed.weights, arguments.seed)
    clock.report()


def _clustering(method: str, arguments: Namespace) -> None:
    from spacon.clusters.communities import communities, to_igraph
    from spacon.clusters.files import read_mix

    weights = read_mix(arguments.folder / "mix.npz").weights
    with Clock() as clock:
        labels = communities(to_igraph(weights), method, settings.RESOLUTION, arguments.seed)
    clock.report(clusters=int(labels.max()) + 1)


def refinement(arguments: Namespace) -> None:
    """Time the refinement of labels by the 25 nearest others."""
    from spacon.clusters.refinement import refine

    spots = anndata.read_h5ad(arguments.folder / "spots.h5ad", backed="r")
    labels, place = spots.obs["clusters"].to_numpy(dtype=int), positions(spots)
    with Clock() as clock:
        refined = refine(labels, place, settings.REFINE_NEIGHBORS)
    clock.report(labels_crc=zlib.crc32(np.asarray(refined, dtype=np.int64)))


def whole(arguments: Namespace) -> None:
    """Time the scripts of bin/ one after the other, from counts to refined clusters; the peak is the largest one's."""
    with tempfile.TemporaryDirectory(dir=arguments.folder) as temporary, Clock() as clock:
        for line in pipeline(arguments.folder, Path(temporary), arguments.seed).values():
            subprocess.run(line, check=True, capture_output=True)
        if arguments.embedding:
            shutil.copy(Path(temporary) / "embedding.npz", arguments.embedding)
        graph = sp.load_npz(Path(temporary) / "connection.npz")
    clock.seconds, clock.baseline = process_age(), 0.0
    clock.peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    clock.report(**edges_check(*graph.nonzero(), graph.shape[0]))


STAGES = {
    "spatial_knn": spatial_knn,
    "spatial_sections": spatial_sections,
    "connection_dense": connection_dense,
    "connection_weighted": connection_weighted,
    "connection_factored": connection_factored,
    "training": training,
    "embedding": embedding,
    "neighbors": neighbors,
    "layout": layout,
    "leiden": partial(_clustering, "leiden"),
    "louvain": partial(_clustering, "louvain"),
    "refinement": refinement,
    "whole": whole,
}

if __name__ == "__main__":
    prepare()
    main(STAGES)
