#!/usr/bin/env python3
"""Cluster the embeddings that both sides' whole runs left, by the same code, and compare them with the planted areas.

Writes `agreement.csv`: one row per implementation, seed and alpha.
"""

import sys
from functools import partial
from pathlib import Path

import click
import settings
from inputs import made
from scripts import BIN

sys.path.insert(0, str(BIN))

import anndata
import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from spacon.clusters.communities import communities, nearest_resolution, to_igraph
from spacon.clusters.mixing import mix
from spacon.clusters.neighbors import nearest_neighbors, neighbor_weights

ALPHAS = (1.0, 0.5, 0.0)


def scores(path: Path, seed: int, reference: np.ndarray) -> list[dict[str, float]]:
    """Return the agreement of one run's embeddings at each alpha, with as many clusters as there are areas."""
    with np.load(path) as file:
        parts = file["spatial"], file["connection"]
    rows = []
    for alpha in ALPHAS:
        found = nearest_neighbors(mix(*parts, alpha).astype(np.float32), settings.CLUSTER_NEIGHBORS)
        cluster = partial(communities, to_igraph(neighbor_weights(*found)), "leiden", seed=seed)
        resolution, labels = nearest_resolution(cluster, settings.AREAS)
        ari = round(adjusted_rand_score(reference, labels), 4)
        rows.append({"alpha": alpha, "resolution": resolution, "clusters": int(labels.max()) + 1, "ari": ari})
    return rows


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.argument("output", type=click.Path(exists=True, path_type=Path))
def main(data: Path, output: Path) -> None:
    """Score all embeddings in DATA and write OUTPUT/agreement.csv."""
    spots = anndata.read_h5ad(made(data, "dense", settings.SEED_SPOTS) / "counts.h5ad", backed="r")
    reference = spots.obs["area"].to_numpy()
    rows = []
    for path in sorted((data / "embeddings").glob("*.npz")):
        side, seed = path.stem.split("-")
        rows += [{"implementation": side, "seed": seed} | row for row in scores(path, int(seed), reference)]
        click.echo(f"{path.stem}: " + ", ".join(f"alpha {row['alpha']:g} {row['ari']}" for row in rows[-len(ALPHAS) :]))
    pd.DataFrame(rows).to_csv(output / "agreement.csv", index=False)


if __name__ == "__main__":
    main()
