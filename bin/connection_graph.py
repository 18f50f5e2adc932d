#!/usr/bin/env python3
"""Build the connection graph of one sample."""

from functools import partial

from spacon.cli.options import InputFile, OutputFile, script
from spacon.files import replacing, write_notes
from spacon.parameters import ConnectionRule


@script
def main(
    expression: InputFile,
    connectivity: InputFile,
    rule: ConnectionRule,
    threads: int,
    output: OutputFile,
    summary: OutputFile,
    notes: OutputFile | None,
) -> None:
    """Build the connection graph."""
    import json

    import anndata

    from spacon.data.connectivity import read_connectivity
    from spacon.data.spots import positions
    from spacon.errors import InputError, about
    from spacon.graphs.connection import connection_graph, count_connections, regions_to_keep
    from spacon.graphs.graph import edge_count, write_graph
    from spacon.graphs.memory import connection_graph_need
    from spacon.graphs.notes import connection_notes
    from spacon.memory import require
    from spacon.progress import counted, say

    if rule.near_percentile is not None and rule.distance_decay is None:
        raise InputError("near_percentile is set, but distance_decay, which it belongs to, is not")
    matrix = read_connectivity(connectivity)
    place = positions(anndata.read_h5ad(expression, backed="r"))
    wanted = {
        "threshold": rule.connectivity_threshold,
        "retained_fraction": rule.retained_fraction,
        "decay": rule.distance_decay,
        "near_percentile": rule.near_percentile,
        "threads": threads,
    }
    with about(connectivity.name):
        most, _ = count_connections(matrix, place, **wanted)
        need = connection_graph_need(most)
        require(
            f"a connection graph of {most:,} edges",
            need,
            "raise connectivity_threshold, lower retained_fraction, or bring factored connectivity (no distance_decay)",
        )
        graph, kept_fraction = connection_graph(
            matrix,
            place,
            **wanted,
            track=partial(counted, "connection graph, blocks of rows"),
        )
    kept = ", kept as pairs of regions" if regions_to_keep(matrix, rule.distance_decay) is not None else ""
    say(f"connection graph: {matrix.n} spots, {edge_count(graph)} edges{kept}, kept fraction {kept_fraction!r}")
    with replacing(output) as temporary:
        write_graph(temporary, graph)
    with replacing(summary) as temporary:
        temporary.write_text(json.dumps({"kept_fraction": kept_fraction}) + "\n", encoding="utf-8")
    write_notes(notes, connection_notes(graph, matrix, rule.connectivity_threshold, rule.distance_decay))


if __name__ == "__main__":
    main()
