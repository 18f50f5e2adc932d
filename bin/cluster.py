#!/usr/bin/env python3
"""Cluster one mix of the embeddings at one resolution, and refine the labels in space."""

from typing import Literal

from spacon.cli.options import InputFile, OutputFile, script
from spacon.files import replacing


@script
def main(
    expression: InputFile,
    fused: InputFile,
    cluster_method: Literal["leiden", "louvain"],
    resolution: float | None,
    n_clusters: int | None,
    refine_neighbors: int,
    section_key: str | None,
    output: OutputFile,
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
