#!/usr/bin/env python3
"""Build the connection graph of one sample."""

from functools import partial
from pathlib import Path

import click

from spacon.cli.command import INPUT_FILE, OUTPUT_FILE, Script
from spacon.files import replacing, write_notes


@click.command(cls=Script)
@click.option("--expression", type=INPUT_FILE, required=True, help="Preprocessed spots, h5ad.")
@click.option("--connectivity", type=INPUT_FILE, required=True, help="Entry (i, j): from spot i to spot j.")
@click.option("--distance-decay", type=float, help="Weight exp(decay * distance), favouring long connections.")
@click.option("--near-percentile", type=float, help="Percentile of a row's distances below which the weight is 1.")
@click.option("--connectivity-threshold", type=float, required=True, help="Entries above it are kept.")
@click.option("--retained-fraction", type=float, required=True, help="At most this fraction of a row is kept.")
@click.option("--threads", type=int, required=True, help="CPU threads.")
@click.option("--output", type=OUTPUT_FILE, required=True, help="A[i, j] = 1 where i projects to j, sparse .npz.")
@click.option("--summary", type=OUTPUT_FILE, required=True, help="Kept fraction, JSON.")
@click.option("--notes", type=OUTPUT_FILE, help="What the user should know, one line per note.")
def main(
    expression: Path,
    connectivity: Path,
    distance_decay: float | None,
    near_percentile: float | None,
    connectivity_threshold: float,
    retained_fraction: float,
    threads: int,
    output: Path,
    summary: Path,
    notes: Path | None,
) -> None:
    """Build the connection graph."""
    import json

    import anndata

    from spacon.data.connectivity import read_connectivity
    from spacon.data.spots import positions
    from spacon.errors import InputError, about
    from spacon.graphs.connection import connection_graph, count_connections, is_kept_factored
    from spacon.graphs.graph import edge_count, write_graph
    from spacon.graphs.memory import connection_graph_need
    from spacon.graphs.notes import connection_notes
    from spacon.memory import require
    from spacon.progress import counted, say

    if near_percentile is not None and distance_decay is None:
        raise InputError("near_percentile is set, but distance_decay, which it belongs to, is not")
    matrix = read_connectivity(connectivity)
    place = positions(anndata.read_h5ad(expression, backed="r"))
    rule = {
        "threshold": connectivity_threshold,
        "retained_fraction": retained_fraction,
        "decay": distance_decay,
        "near_percentile": near_percentile,
        "threads": threads,
    }
    with about(connectivity.name):
        most, _ = count_connections(matrix, place, **rule)
        need = connection_graph_need(most)
        require(
            f"a connection graph of {most:,} edges",
            need,
            "raise connectivity_threshold, lower retained_fraction, or bring factored connectivity (no distance_decay)",
        )
        graph, kept_fraction = connection_graph(
            matrix,
            place,
            **rule,
            track=partial(counted, "connection graph, blocks of rows"),
        )
    kept = ", kept as pairs of regions" if is_kept_factored(matrix, distance_decay) else ""
    say(f"connection graph: {matrix.n} spots, {edge_count(graph)} edges{kept}, kept fraction {kept_fraction!r}")
    with replacing(output) as temporary:
        write_graph(temporary, graph)
    with replacing(summary) as temporary:
        temporary.write_text(json.dumps({"kept_fraction": kept_fraction}) + "\n", encoding="utf-8")
    write_notes(notes, connection_notes(graph, matrix, connectivity_threshold, distance_decay))


if __name__ == "__main__":
    main()
