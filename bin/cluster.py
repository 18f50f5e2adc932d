#!/usr/bin/env python3
"""Cluster mixes of the embeddings at each resolution, and refine the labels in space."""

from functools import partial
from typing import Literal

from spacon.cli.options import InputFile, OutputFile, script, with_outputs
from spacon.files import replacing


@script
def main(
    expression: InputFile,
    mix: tuple[InputFile, ...],
    cluster_method: Literal["leiden", "louvain"],
    resolution: tuple[float, ...] | None,
    n_clusters: int | None,
    refine_neighbors: int,
    section_key: str | None,
    output: tuple[OutputFile, ...],
) -> None:
    """Cluster each mix: an output per resolution, in their order, or one of so many clusters."""
    from spacon.clusters.communities import at_each, to_igraph
    from spacon.clusters.files import read_mix, write_clustering
    from spacon.clusters.labels import Clustering
    from spacon.clusters.memory import clustering_need
    from spacon.errors import InputError
    from spacon.memory import require
    from spacon.progress import say

    if bool(resolution) == (n_clusters is not None):
        raise InputError("set one of resolution and n_clusters")
    refined_of = None
    if refine_neighbors:
        import anndata  # here, as it takes as long as many a clustering

        from spacon.clusters.refinement import refine
        from spacon.data.columns import sections
        from spacon.data.spots import positions

        spots = anndata.read_h5ad(expression, backed="r")
        section = None if section_key is None else sections(spots, section_key, expression.name)
        refined_of = partial(refine, coordinates=positions(spots), neighbors=refine_neighbors, sections=section)
    for file, paths in with_outputs(mix, output, each=max(1, len(resolution or ()))):
        mixed = read_mix(file)
        need = clustering_need(mixed.weights.nnz)
        require(f"clustering {len(mixed.values):,} spots", need, "lower cluster_neighbors")
        found = at_each(resolution or (), n_clusters, to_igraph(mixed.weights), cluster_method, mixed.seed)
        for (reached, labels), path in zip(found, paths, strict=True):
            made = Clustering(mixed.seed, mixed.alpha, cluster_method, reached, refined=False, labels=labels)
            say(f"seed {made.seed}, alpha {made.alpha:g}, resolution {reached:g}: {made.n_clusters} clusters")
            with replacing(path) as temporary:
                write_clustering(temporary, made, refined_of(labels) if refined_of else None)


if __name__ == "__main__":
    main()
