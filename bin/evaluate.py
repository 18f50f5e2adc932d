#!/usr/bin/env python3
"""Gather all clusterings of one sample: the annotated table, one CSV of labels, one of metrics."""

from spacon.cli.options import InputFile, OutputFile, script
from spacon.files import read_json, write_table


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
    import anndata
    import pandas as pd

    from spacon.analysis.metrics import label_table, metric_table
    from spacon.analysis.notes import result_notes
    from spacon.clusters.files import read_clusterings
    from spacon.data.columns import labels
    from spacon.data.spots import positions
    from spacon.data.spots_file import write_spots
    from spacon.graphs.graph import read_graph
    from spacon.graphs.memory import size_of
    from spacon.results.annotate import annotate
    from spacon.results.memory import require_results
    from spacon.results.notes import note_table

    spots = anndata.read_h5ad(expression)
    graphs = read_graph(spatial_graph), read_graph(connection_graph)
    require_results(size_of(spots.X, *graphs))
    found = read_clusterings(clustering)
    reference = None if reference_key is None else labels(spots, reference_key, expression.name)
    every = read_json(parameters)
    trained = pd.read_csv(history).iloc[-1]
    table = metric_table(found, *graphs, reference, every.get("n_clusters")).assign(device=trained["device"])
    write_table(clusters, label_table(spots.obs, positions(spots), found, every.get("align", "none") != "none"))
    write_table(metrics, table.assign(sample=sample)[["sample", *table]], float_format="%.6g")
    own = result_notes(trained["mean_squared_error"], spots.X, found, reference, every)
    write_table(notes, note_table(stage_notes or (), own))
    annotate(spots, graphs, (embedding, mix, layout), found, every)
    write_spots(spots, output, compression="gzip")


if __name__ == "__main__":
    main()
