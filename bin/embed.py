#!/usr/bin/env python3
"""Embed all spots of one sample with a trained model."""

from spacon.cli.options import InputFile, OutputFile, script
from spacon.files import replacing
from spacon.parameters import Computing


@script
def main(
    expression: InputFile,
    spatial_graph: InputFile,
    connection_graph: InputFile,
    model: InputFile,
    reconstruction: bool,
    computing: Computing,
    threads: int,
    output: OutputFile,
) -> None:
    """Embed all spots."""
    import anndata

    from spacon.archive import write_arrays
    from spacon.graphs.graph import read_graph
    from spacon.graphs.memory import size_of
    from spacon.memory import require
    from spacon.model.embedding import embed
    from spacon.model.files import load_model
    from spacon.model.memory import embedding_need
    from spacon.model.training import choose_device, repeatable
    from spacon.progress import say

    device = choose_device(computing.device)
    repeatable(0, threads, device, computing.precision)
    spots = anndata.read_h5ad(expression)
    graphs, trained = (read_graph(spatial_graph), read_graph(connection_graph)), load_model(model)
    require(
        f"embedding {spots.n_obs:,} spots x {spots.n_vars:,} genes",
        embedding_need(size_of(spots.X, *graphs), trained.shape.widths, reconstruction=reconstruction),
        "lower n_top_genes, or leave out the reconstruction" if reconstruction else "lower n_top_genes",
    )
    say(f"embedding: {spots.n_obs} spots, {device}, {threads} threads")
    embeddings = embed(
        trained.to(device),
        spots.X,
        *graphs,
        device,
        reconstruction=reconstruction,
    )
    with replacing(output) as temporary:
        write_arrays(temporary, **embeddings)


if __name__ == "__main__":
    main()
