#!/usr/bin/env python3
"""Embed all spots of one sample with a trained model."""

from pathlib import Path

import click

from spacon.cli.command import DEVICE, INPUT_FILE, OUTPUT_FILE, PRECISION, Script
from spacon.files import replacing


@click.command(cls=Script)
@click.option("--expression", type=INPUT_FILE, required=True, help="Preprocessed spots, h5ad.")
@click.option("--spatial-graph", type=INPUT_FILE, required=True, help="Sparse .npz.")
@click.option("--connection-graph", type=INPUT_FILE, required=True, help="Sparse .npz.")
@click.option("--model", type=INPUT_FILE, required=True, help="Trained weights, safetensors.")
@click.option("--reconstruction/--no-reconstruction", required=True, help="Whether the expression is decoded too.")
@click.option("--device", type=DEVICE, required=True, help="Where to compute.")
@click.option("--precision", type=PRECISION, required=True, help="Of products of matrices.")
@click.option("--threads", type=int, required=True, help="CPU threads.")
@click.option("--output", type=OUTPUT_FILE, required=True, help="Embeddings, .npz.")
def main(
    expression: Path,
    spatial_graph: Path,
    connection_graph: Path,
    model: Path,
    reconstruction: bool,
    device: str,
    precision: str,
    threads: int,
    output: Path,
) -> None:
    """Embed all spots."""
    import anndata
    import numpy as np

    from spacon.graphs.graph import read_graph
    from spacon.graphs.memory import size_of
    from spacon.memory import require
    from spacon.model.embedding import embed
    from spacon.model.files import load_model
    from spacon.model.memory import embedding_need
    from spacon.model.training import choose_device, repeatable
    from spacon.progress import say

    device = choose_device(device)
    repeatable(0, threads, device, precision)
    spots = anndata.read_h5ad(expression)
    near, wired, trained = read_graph(spatial_graph), read_graph(connection_graph), load_model(model)
    require(
        f"embedding {spots.n_obs:,} spots x {spots.n_vars:,} genes",
        embedding_need(size_of(spots.X, near, wired), trained.shape.widths, reconstruction=reconstruction),
        "lower n_top_genes, or leave out the reconstruction" if reconstruction else "lower n_top_genes",
    )
    say(f"embedding: {spots.n_obs} spots, {device}, {threads} threads")
    embeddings = embed(
        trained.to(device),
        spots.X,
        near,
        wired,
        device,
        reconstruction=reconstruction,
    )
    with replacing(output) as temporary:
        np.savez(temporary, **embeddings)


if __name__ == "__main__":
    main()
