#!/usr/bin/env python3
"""Gather all clusterings of one sample: the annotated table, one CSV of labels, one of metrics."""

from spacon.cli.options import InputFile, OutputFile, script
from spacon.files import replacing


@script
def main(
    sample: str,
    expression: InputFile,
    spatial_graph: InputFile,
    connection_graph: InputFile,
    history: InputFile,
    embedding: InputFile,
    mix: InputFile,
    layout: tuple[InputFile, ...],
    clustering: tuple[InputFile, ...],
    parameters: InputFile,
    reference_key: str | None,
    stage_notes: tuple[InputFile, ...] | None,
    output: OutputFile,
    clusters: OutputFile,
    metrics: OutputFile,
    notes: OutputFile | None,
) -> None:
    """Evaluate one sample."""
    import json

    import anndata
    import pandas as pd

    from spacon.analysis.metrics import label_table, metric_table
    from spacon.analysis.notes import cluster_notes, training_notes
    from spacon.clusters.files import read_clusterings
    from spacon.data.columns import labels
    from spacon.data.keys import CONNECTION_GRAPH, SPATIAL_GRAPH
    from spacon.data.spots import positions
    from spacon.data.spots_file import write_spots
    from spacon.graphs.graph import read_graph
    from spacon.graphs.memory import size_of
    from spacon.memory import require
    from spacon.results.annotate import add_clusterings, add_embeddings, add_graph, add_parameters
    from spacon.results.memory import results_need
    from spacon.results.notes import note_table

    spots = anndata.read_h5ad(expression)
    near, wired = read_graph(spatial_graph), read_graph(connection_graph)
    need = results_need(size_of(spots.X, near, wired))
    require(f"gathering the results of {spots.n_obs:,} spots", need, "lower n_top_genes or retained_fraction")
    found = read_clusterings(clustering)
    reference = None if reference_key is None else labels(spots, reference_key, expression.name)
    every = json.loads(parameters.read_text(encoding="utf-8"))
    wanted = every.get("n_clusters")
    table = metric_table(found, near, wired, reference, wanted)
    table.insert(0, "sample", sample)
    trained = pd.read_csv(history).iloc[-1]
    table["device"] = trained["device"]
    own = training_notes(trained["mean_squared_error"], spots.X, every["epochs"], every["learning_rate"])
    own += cluster_notes(found, wanted, reference)
    add_graph(spots, SPATIAL_GRAPH, near, positions(spots))
    add_graph(spots, CONNECTION_GRAPH, wired, positions(spots))
    add_embeddings(spots, embedding, mix, layout)
    add_clusterings(spots, found)
    add_parameters(spots, every)
    with replacing(clusters) as temporary:
        label_table(spots.obs_names, positions(spots), found).to_csv(temporary, index=False)
    with replacing(metrics) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")
    if notes is not None:
        with replacing(notes) as temporary:
            note_table(stage_notes or (), own).to_csv(temporary, index=False)
    with replacing(output) as temporary:
        write_spots(spots, temporary, compression="gzip")


if __name__ == "__main__":
    main()
