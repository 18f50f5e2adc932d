#!/usr/bin/env python3
"""Train the model of one sample with one seed."""

from pathlib import Path

import click

from spacon.cli.command import DEVICE, INPUT_FILE, OUTPUT_FILE, PRECISION, Script, numbers
from spacon.files import replacing


@click.command(cls=Script)
@click.option("--expression", type=INPUT_FILE, required=True, help="Preprocessed spots, h5ad.")
@click.option("--spatial-graph", type=INPUT_FILE, required=True, help="Sparse .npz.")
@click.option("--connection-graph", type=INPUT_FILE, required=True, help="Sparse .npz.")
@click.option("--widths", callback=numbers(int), required=True, help="Widths of the three layers.")
@click.option("--fusion", type=click.Choice(["concat", "add"]), required=True, help="How the embeddings meet.")
@click.option("--attention-dropout", type=float, required=True, help="Dropout of the attention weights.")
@click.option("--epochs", type=int, required=True, help="Passes over all spots.")
@click.option("--batch-size", type=int, required=True, help="Seed spots a step.")
@click.option("--fanouts", callback=numbers(int), required=True, help="In-neighbours drawn a spot, hop by hop.")
@click.option("--learning-rate", type=float, required=True, help="Of Adam.")
@click.option("--weight-decay", type=float, required=True, help="L2, of Adam.")
@click.option("--gradient-clip", type=float, required=True, help="Largest norm of the gradient.")
@click.option("--seed", type=int, required=True, help="Of weights, sampling and dropout.")
@click.option("--device", type=DEVICE, required=True, help="Where to compute.")
@click.option("--precision", type=PRECISION, required=True, help="Of products of matrices.")
@click.option("--threads", type=int, required=True, help="CPU threads.")
@click.option("--model", type=OUTPUT_FILE, required=True, help="Trained weights, safetensors.")
@click.option("--history", type=OUTPUT_FILE, required=True, help="Loss of each epoch, CSV.")
def main(
    expression: Path,
    spatial_graph: Path,
    connection_graph: Path,
    widths: list[int],
    fusion: str,
    attention_dropout: float,
    epochs: int,
    batch_size: int,
    fanouts: list[int],
    learning_rate: float,
    weight_decay: float,
    gradient_clip: float,
    seed: int,
    device: str,
    precision: str,
    threads: int,
    model: Path,
    history: Path,
) -> None:
    """Train one model."""
    import anndata
    import pandas as pd

    from spacon.graphs.graph import read_graph
    from spacon.graphs.memory import size_of
    from spacon.memory import require
    from spacon.model.files import save_model
    from spacon.model.memory import training_need
    from spacon.model.network import Shape
    from spacon.model.training import Procedure, choose_device, repeatable, train
    from spacon.progress import counting, say

    device = choose_device(device)
    repeatable(seed, threads, device, precision)
    spots = anndata.read_h5ad(expression)
    near, wired = read_graph(spatial_graph), read_graph(connection_graph)
    require(
        f"training on {spots.n_obs:,} spots x {spots.n_vars:,} genes",
        training_need(size_of(spots.X, near, wired), widths, batch_size, fanouts),
        "lower n_top_genes, batch_size or fanouts",
    )
    steps = epochs * -(-spots.n_obs // batch_size)
    say(
        f"training: {spots.n_obs} spots x {spots.n_vars} genes, {steps} steps, seed {seed}, {device}, {threads} threads"
    )
    with counting("training steps", steps) as counter:
        trained, epochs_done = train(
            spots.X,
            near,
            wired,
            Shape(spots.n_vars, widths, fusion, attention_dropout),
            Procedure(epochs, batch_size, fanouts, learning_rate, weight_decay, gradient_clip),
            seed=seed,
            device=device,
            on_step=counter.advance,
        )
    with replacing(model) as temporary:
        save_model(trained, temporary)
    with replacing(history) as temporary:
        pd.DataFrame(epochs_done).assign(seed=seed, device=device, threads=threads).to_csv(temporary, index=False)


if __name__ == "__main__":
    main()
