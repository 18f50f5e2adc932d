#!/usr/bin/env python3
"""Build the connection graph of one sample."""

from functools import partial

from spacon.cli.options import InputFile, InputPath, OutputFile, script
from spacon.files import replacing, write_notes
from spacon.parameters import ConnectionRule, ConnectivitySource


@script
def main(
    expression: InputFile,
    connectivity: tuple[InputPath, ...],
    source: ConnectivitySource,
    rule: ConnectionRule,
    threads: int,
    output: OutputFile,
    summary: OutputFile,
    notes: OutputFile | None,
) -> None:
    """Build the connection graph."""
    import json

    import anndata

    from spacon.connectivity.file import called, read_connectivity
    from spacon.data.spots import positions
    from spacon.errors import about
    from spacon.graphs.connection import connection_graph, count_connections, stays_factored
    from spacon.graphs.connection_rules import check_rule
    from spacon.graphs.density import with_threshold
    from spacon.graphs.graph import edge_count, write_graph
    from spacon.graphs.memory import connection_graph_need
    from spacon.graphs.notes import connection_notes
    from spacon.memory import require
    from spacon.progress import counted, say

    check_rule(rule)
    spots = anndata.read_h5ad(expression, backed="r")
    matrix = read_connectivity(connectivity, spots.obs, source, expression.name).connectivity
    position, factored = positions(spots), stays_factored(matrix, rule)
    unit, kept = ("pairs of regions", ", kept as pairs of regions") if factored else ("edges", "")
    remedy = "raise connectivity_threshold, lower retained_fraction, or bring regions (region_key, no distance_decay)"
    track = partial(counted, "connection graph, blocks of rows")
    with about(called(connectivity)):
        rule, _ = with_threshold(matrix, position, rule, threads=threads)  # validation has told of it
        stored, _ = count_connections(matrix, position, rule, threads=threads)  # only then is the need known
        require(f"a connection graph of {stored:,} {unit}", connection_graph_need(stored, matrix.held), remedy)
        graph, kept_fraction = connection_graph(matrix, position, rule, threads=threads, track=track)
    say(f"connection graph: {matrix.n} spots, {edge_count(graph)} edges{kept}, kept fraction {kept_fraction!r}")
    with replacing(output) as graph_file, replacing(summary) as summary_file:
        write_graph(graph_file, graph)
        summary_file.write_text(json.dumps({"kept_fraction": kept_fraction}) + "\n", encoding="utf-8")
    write_notes(notes, connection_notes(graph, matrix, rule))


if __name__ == "__main__":
    main()
