"""Run the published package `spacon` on the C. elegans sample: the numbers that ours are held against.

Runs in the peer environment (README.md beside this file), never in the pipeline's own. Graphs, training and embedding
are the package's; only the choice of genes, the fusion and the clusterings are set up here, as docs/method describes.
Writes `seed<n>.npz` (connection, spatial: float32, neurons x 16) and `scores.csv` (one row per seed and alpha).
"""

import argparse
import contextlib
import csv
import io
from pathlib import Path

import anndata
import numpy as np
import scanpy
import torch
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler
from spacon.utils import (
    build_connection_graph,
    create_spatial_graph_from_anndata,
    model_eval,
    model_train,
    neighbor_sample,
)

from spacon import SpaCon

SEEDS = (1, 2, 3, 4, 5)
ALPHAS = (0.0, 0.3, 1.0)
RESOLUTIONS = np.round(np.arange(0.1, 3.0001, 0.05), 2)
COLUMNS = ("seed", "alpha", "resolution", "clusters", "ari")


def graphs(adata: anndata.AnnData, connectivity: np.ndarray, self_loops: bool) -> tuple:
    """Return the package's spatial graph over the 3-D positions, its matrix, and its connection graph (threshold 0).

    The package's builder with self-loops reads two columns of `obs` only, so that the one that reads `obsm` is used;
    the self-loops of METHOD.md section 2 are added to what it returns.
    """
    spatial, matrix = create_spatial_graph_from_anndata(adata, n_neighbors=10, spatial_key="spatial_3d")
    if self_loops:
        loops = torch.arange(adata.n_obs).repeat(2, 1)
        spatial.edge_index = torch.cat([spatial.edge_index, loops], dim=1)
        ones = np.ones(spatial.edge_index.shape[1], dtype=np.float32)
        matrix = type(matrix)((ones, spatial.edge_index.numpy()), shape=matrix.shape)
    # It overwrites the matrix that it is given, so it gets a copy.
    return spatial, matrix, build_connection_graph(adata, connectivity.copy(), threshold=0)


def embed(adata: anndata.AnnData, spatial: object, matrix: object, connection: object, seed: int, epochs: int) -> tuple:
    """Train with the published sampling and return the connection and the spatial embedding, (neurons, 16) each."""
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what the published code draws from
    model = SpaCon([adata.n_vars, 256, 64, 16])
    # No workers: the samples then come from this process's generator, so that a seed gives the same run again.
    train_loader, connection_loader, spatial_loader = neighbor_sample(connection, spatial, num_workers=0)
    device = torch.device("cpu")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        model_train(epochs, 1e-4, 1e-4, model, train_loader, matrix, device=device)
        result = model_eval(
            model, adata.copy(), connection, spatial, connection_loader, spatial_loader, matrix, device=device
        )
    return result.obsm["feature_con"], result.obsm["feature_spa"]


def clustering(fused: np.ndarray, wanted: int) -> tuple[float, np.ndarray]:
    """Return the resolution and the Leiden labels whose number is nearest `wanted`, ties to the lower resolution."""
    work = anndata.AnnData(fused)
    scanpy.pp.neighbors(work, use_rep="X", n_neighbors=40)
    best: tuple[int, float, np.ndarray] | None = None
    for resolution in RESOLUTIONS:
        scanpy.tl.leiden(work, resolution=resolution, flavor="igraph", n_iterations=2, directed=False)
        labels = work.obs["leiden"].to_numpy(dtype=int)
        distance = abs(labels.max() + 1 - wanted)
        if best is None or distance < best[0]:
            best = distance, float(resolution), labels
    return best[1], best[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--expression", type=Path, required=True)
    parser.add_argument("--connectivity", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--no-self-loops", action="store_true", help="leave them out of the spatial graph")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)

    adata = anndata.read_h5ad(arguments.expression)
    connectivity = np.load(arguments.connectivity)
    scanpy.pp.highly_variable_genes(adata, n_top_genes=3000, flavor="seurat")
    adata = adata[:, adata.var["highly_variable"]].copy()
    named = adata.obs["ganglion"].notna().to_numpy()
    reference = adata.obs["ganglion"].cat.codes.to_numpy()[named]
    wanted = len(np.unique(reference))
    spatial, matrix, connection = graphs(adata, connectivity, not arguments.no_self_loops)
    print(f"edges: spatial {spatial.num_edges}, connection {connection.num_edges}", flush=True)

    rows = []
    for seed in SEEDS:
        embeddings = embed(adata, spatial, matrix, connection, seed, arguments.epochs)
        np.savez(arguments.output / f"seed{seed}.npz", connection=embeddings[0], spatial=embeddings[1])
        wiring, place = (StandardScaler().fit_transform(embedding) for embedding in embeddings)
        for alpha in ALPHAS:
            weight = np.expm1(-4 * alpha) / np.expm1(-4)
            resolution, labels = clustering(weight * wiring + (1 - weight) * place, wanted)
            ari = adjusted_rand_score(reference, labels[named])
            rows.append((seed, alpha, resolution, labels.max() + 1, round(ari, 4)))
            print(*rows[-1], flush=True)
    with (arguments.output / "scores.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    for alpha in ALPHAS:
        values = np.array([row[4] for row in rows if row[1] == alpha])
        print(f"alpha {alpha}: ARI {values.mean():.3f} ({values.std(ddof=1):.3f})")


if __name__ == "__main__":
    main()
