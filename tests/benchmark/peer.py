"""One measurement of the published package, called as it is meant to be used; runs in the peer environment.

Graphs, training, embedding and refinement are the package's own functions. See measure.py.
"""

import contextlib
import zlib
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import anndata
import numpy as np
import scanpy
import scipy.sparse as sp
import settings
import torch
from measure import Clock, EnoughError, StepClock, edges_check, embedding_check, main, process_age, quiet
from scipy.spatial.distance import cdist
from sklearn.preprocessing import StandardScaler
from spacon.utils import (
    build_connection_graph,
    build_spatial_graph,
    model_eval,
    model_train,
    neighbor_sample,
    refine_label,
)
from torch_geometric.data import Data

from spacon import SpaCon

CPU = torch.device("cpu")


def spatial_knn(arguments: Namespace) -> None:
    """Time the graph of the 15 nearest others in the plane."""
    spots = anndata.read_h5ad(arguments.folder / "spots.h5ad")
    with Clock() as clock, quiet():
        _, graph = build_spatial_graph(spots, k_cutoff=settings.NEIGHBORS, model="KNN", is_3d=False)
    clock.report(**edges_check(*graph.nonzero(), spots.n_obs))


def spatial_sections(arguments: Namespace) -> None:
    """Time the graph over sections, by radius within and across them."""
    spots = anndata.read_h5ad(arguments.folder / "spots.h5ad")
    spots.obs[["x", "y"]] = spots.obsm["in_section"]
    with Clock() as clock, quiet():
        _, graph = build_spatial_graph(
            spots,
            rad_cutoff=settings.RADIUS,
            rad_cutoff_Zaxis=settings.SECTION_RADIUS,
            key_section=settings.SECTION_KEY,
            section_order=sorted(spots.obs[settings.SECTION_KEY].unique()),
        )
    clock.report(**edges_check(*graph.nonzero(), spots.n_obs))


def connection_dense(arguments: Namespace) -> None:
    """Time the connection graph from a dense matrix on disk, of which weighting and retention are done already."""
    spots = anndata.read_h5ad(arguments.folder / "expression.h5ad")
    with Clock() as clock, quiet():
        graph = build_connection_graph(spots, np.load(arguments.folder / "retained.npy"), threshold=settings.THRESHOLD)
    clock.report(**edges_check(*graph.edge_index.numpy(), spots.n_obs))


def connection_weighted(arguments: Namespace) -> None:
    """Time the same with weighting and retention, in NumPy, as its user writes them."""
    spots = anndata.read_h5ad(arguments.folder / "expression.h5ad")
    with Clock() as clock, quiet():
        graph = build_connection_graph(spots, _retained(spots, arguments.folder), threshold=settings.THRESHOLD)
    clock.report(**edges_check(*graph.edge_index.numpy(), spots.n_obs))


def training(arguments: Namespace) -> None:
    """Time one step of training."""
    spots, near, spatial, connection = _graphs(arguments.folder)
    steps = StepClock()
    torch.manual_seed(arguments.seed)
    with Clock() as clock, quiet(), contextlib.suppress(EnoughError):
        loader = neighbor_sample(connection, spatial, num_workers=arguments.workers)[0]
        model_train(1, *_rates(), _model(spots), _ticking(loader, steps), near, device=CPU)
    clock.seconds = steps.seconds
    clock.report(**steps.check())


def _ticking(loader: torch.utils.data.DataLoader, steps: StepClock) -> Iterator[Data]:
    while True:
        for batch in loader:
            steps.tick()
            yield batch


def embedding(arguments: Namespace) -> None:
    """Time the embedding of all spots, with the same weights as ours."""
    spots, near, spatial, connection = _graphs(arguments.folder)
    model = _model(spots)
    with np.load(arguments.folder / "weights.npz") as weights, torch.no_grad():
        for theirs, ours in zip(model.parameters(), weights.values(), strict=True):
            theirs.copy_(torch.from_numpy(ours).reshape(theirs.shape))
    _, wired, placed = neighbor_sample(connection, spatial, num_workers=arguments.workers)
    with Clock() as clock, quiet():
        found = model_eval(model, spots, connection, spatial, wired, placed, near, device=CPU)
    clock.report(**embedding_check(found.obsm["feature_spa"], found.obsm["feature_con"]))


def _model(spots: anndata.AnnData) -> SpaCon:
    return SpaCon([spots.n_vars, *settings.WIDTHS])


def _rates() -> tuple[float, float]:
    return settings.LEARNING_RATE, settings.WEIGHT_DECAY


def _graphs(folder: Path) -> tuple[anndata.AnnData, sp.csr_matrix, Data, Data]:
    """Read spots and both graphs; the spatial one also as a matrix, as the package wants it."""
    spots = anndata.read_h5ad(folder / "expression.h5ad")
    x = torch.FloatTensor(spots.X.toarray())
    matrices = [sp.load_npz(folder / f"{name}.npz") for name in ("spatial", "edges")]
    spatial, connection = (Data(x=x, edge_index=torch.LongTensor(np.array(each.nonzero()))) for each in matrices)
    return spots, matrices[0], spatial, connection


def refinement(arguments: Namespace) -> None:
    """Time the refinement of labels by the 25 nearest others."""
    spots = anndata.read_h5ad(arguments.folder / "spots.h5ad")
    with Clock() as clock, quiet():
        refined = refine_label(spots, radius=settings.REFINE_NEIGHBORS)
    clock.report(labels_crc=zlib.crc32(np.array(refined).astype(np.int64)))


def whole(arguments: Namespace) -> None:
    """Time the published notebook's way from counts to refined clusters, in one process.

    The package's `clustering` needs the package louvain, which asks for an older igraph than the other parts: here its
    steps are called one by one, with scanpy's Leiden.
    """
    with Clock() as clock, quiet():
        torch.manual_seed(arguments.seed)
        spots = anndata.read_h5ad(arguments.folder / "counts.h5ad")
        scanpy.pp.normalize_total(spots, target_sum=1e4)
        scanpy.pp.log1p(spots)
        spots.obsm["spatial"] = spots.obs[["x", "y"]].to_numpy()
        spatial, near = build_spatial_graph(spots, k_cutoff=settings.NEIGHBORS, model="KNN", is_3d=False)
        connection = build_connection_graph(spots, _retained(spots, arguments.folder), threshold=settings.THRESHOLD)
        loader, wired, placed = neighbor_sample(connection, spatial, num_workers=arguments.workers)
        model = model_train(settings.EPOCHS, *_rates(), _model(spots), loader, near, device=CPU)
        spots = model_eval(model, spots, connection, spatial, wired, placed, near, device=CPU)
        spots.obs_names = spots.obs_names.astype(str)
        spots.obsm["feature_add"] = StandardScaler().fit_transform(spots.obsm["feature_con"])  # alpha 1
        scanpy.pp.neighbors(spots, use_rep="feature_add", n_neighbors=settings.CLUSTER_NEIGHBORS)
        scanpy.tl.umap(spots)
        scanpy.tl.leiden(
            spots, resolution=settings.RESOLUTION, flavor="igraph", n_iterations=2, directed=False, key_added="clusters"
        )
        refine_label(spots, radius=settings.REFINE_NEIGHBORS)
    if arguments.embedding:
        np.savez(arguments.embedding, spatial=spots.obsm["feature_spa"], connection=spots.obsm["feature_con"])
    clock.seconds, clock.baseline = process_age(), 0.0
    clock.report(**edges_check(*connection.edge_index.numpy(), spots.n_obs))


def _retained(spots: anndata.AnnData, folder: Path) -> np.ndarray:
    """Weight by distance and keep the largest tenth of each row, which the package leaves to its user."""
    place = spots.obsm["spatial"]
    matrix = np.load(folder / "connectivity.npy") * np.exp(settings.DECAY * cdist(place, place))
    most = int(settings.FRACTION * len(matrix))
    matrix[matrix < -np.partition(-matrix, most - 1, axis=1)[:, most - 1 : most]] = 0
    return matrix


STAGES = {
    "spatial_knn": spatial_knn,
    "spatial_sections": spatial_sections,
    "connection_dense": connection_dense,
    "connection_weighted": connection_weighted,
    "training": training,
    "embedding": embedding,
    "refinement": refinement,
    "whole": whole,
}

if __name__ == "__main__":
    torch.set_num_threads(settings.THREADS)
    main(STAGES)
