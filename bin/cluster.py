#!/usr/bin/env python3
"""Cluster one mix of the embeddings at one resolution, and refine the labels in space."""

from pathlib import Path

import click

from spacon.cli.command import INPUT_FILE, OUTPUT_FILE, Script
from spacon.files import replacing


@click.command(cls=Script)
@click.option("--expression", type=INPUT_FILE, required=True, help="Preprocessed spots, h5ad, for their positions.")
@click.option("--fused", type=INPUT_FILE, required=True, help="Mix and neighbour weights, .npz.")
@click.option("--cluster-method", type=click.Choice(["leiden", "louvain"]), required=True, help="Algorithm.")
@click.option("--resolution", type=float, help="Higher gives more clusters.")
@click.option("--n-clusters", type=int, help="Search for the resolution whose number of clusters is nearest this.")
@click.option("--refine-neighbors", type=int, required=True, help="Nearest spots that vote on a label; 0: none.")
@click.option("--section-key", help="obs column that names each spot's section: spots vote inside their own.")
@click.option("--output", type=OUTPUT_FILE, required=True, help="Labels and how they were made, .npz.")
def main(
    expression: Path,
    fused: Path,
    cluster_method: str,
    resolution: float | None,
    n_clusters: int | None,
    refine_neighbors: int,
    section_key: str | None,
    output: Path,
) -> None:
    """Cluster one mix."""
    from functools import partial

    import anndata
    import numpy as np
    import scipy.sparse as sp

    from spacon.clusters.communities import communities, nearest_resolution, to_igraph
    from spacon.clusters.labels import write_clustering
    from spacon.clusters.memory import clustering_need
    from spacon.clusters.refinement import refine
    from spacon.data.columns import sections
    from spacon.data.spots import positions
    from spacon.errors import InputError
    from spacon.memory import require
    from spacon.progress import say

    if (resolution is None) == (n_clusters is None):
        raise InputError("set one of resolution and n_clusters")
    with np.load(fused, allow_pickle=False) as mix:
        seed, alpha, n = int(mix["seed"]), float(mix["alpha"]), len(mix["fused"])
        require(f"clustering {n:,} spots", clustering_need(len(mix["data"])), "lower cluster_neighbors")
        weights = sp.csr_matrix((mix["data"], mix["indices"], mix["indptr"]), shape=(n, n))
    graph = to_igraph(weights)
    cluster = partial(communities, graph, cluster_method, seed=seed)
    if n_clusters is None:
        labels = cluster(resolution)
    else:
        resolution, labels = nearest_resolution(cluster, n_clusters)
    say(f"seed {seed}, alpha {alpha:g}, resolution {resolution:g}: {labels.max() + 1} clusters")
    refined = None
    if refine_neighbors:
        spots = anndata.read_h5ad(expression, backed="r")
        section = None if section_key is None else sections(spots, section_key, expression.name)
        refined = refine(labels, positions(spots), refine_neighbors, section)
    with replacing(output) as temporary:
        write_clustering(
            temporary,
            seed=seed,
            alpha=alpha,
            method=cluster_method,
            resolution=resolution,
            labels=labels,
            refined=refined,
        )


if __name__ == "__main__":
    main()
