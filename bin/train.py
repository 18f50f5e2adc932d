#!/usr/bin/env python3
"""Train the model of one sample with one seed."""

from spacon.cli.options import InputFile, OutputFile, script
from spacon.files import replacing, write_table
from spacon.parameters import Architecture, Computing, Procedure


@script
def main(
    expression: InputFile,
    spatial_graph: InputFile,
    connection_graph: InputFile,
    architecture: Architecture,
    procedure: Procedure,
    computing: Computing,
    seed: int,
    threads: int,
    model: OutputFile,
    history: OutputFile,
) -> None:
    """Train one model."""
    import anndata
    import pandas as pd

    from spacon.cli.work import beside_tasks
    from spacon.graphs.graph import read_graph
    from spacon.graphs.memory import size_of
    from spacon.memory import require
    from spacon.model.checkpoints import Checkpoint, key_of
    from spacon.model.files import save_model
    from spacon.model.memory import training_need
    from spacon.model.network import Shape
    from spacon.model.training import choose_device, repeatable, train
    from spacon.progress import counting, say

    device = choose_device(computing.device)
    repeatable(seed, threads, device, computing.precision)
    spots = anndata.read_h5ad(expression)
    graphs = read_graph(spatial_graph), read_graph(connection_graph)
    what = f"training on {spots.n_obs:,} spots x {spots.n_vars:,} genes"
    need = training_need(size_of(spots.X, *graphs), architecture.widths, procedure.batch_size, procedure.fanouts)
    require(what, need, "lower n_top_genes, batch_size or fanouts")
    steps = procedure.epochs * -(-spots.n_obs // procedure.batch_size)
    say(f"{what}: {steps} steps, seed {seed}, {device}, {threads} threads")
    files = expression, spatial_graph, connection_graph
    key = key_of(files, architecture, procedure, computing, device, seed, threads)
    checkpoint = Checkpoint(beside_tasks("checkpoints"), key)
    begin = checkpoint.read()
    with counting("training steps", steps, begin.values["steps"] if begin else 0) as counter:
        how = {"seed": seed, "device": device, "begin": begin, "keep": checkpoint.keep, "on_step": counter.advance}
        trained, epochs = train(spots.X, *graphs, Shape.of(architecture, spots.n_vars), procedure, **how)
    with replacing(model) as temporary:
        save_model(trained, temporary)
    write_table(history, pd.DataFrame(epochs).assign(seed=seed, device=device, threads=threads))
    checkpoint.remove()


if __name__ == "__main__":
    main()
