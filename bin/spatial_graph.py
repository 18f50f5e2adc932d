#!/usr/bin/env python3
"""Build the spatial graph of one sample."""

from spacon.cli.options import InputFile, OutputFile, script
from spacon.files import replacing, write_notes
from spacon.parameters import SpatialRule


@script
def main(
    expression: InputFile, rule: SpatialRule, self_loops: bool, output: OutputFile, notes: OutputFile | None
) -> None:
    """Build the spatial graph."""
    import anndata

    from spacon.data.columns import sections
    from spacon.data.spots import positions
    from spacon.graphs.graph import write_graph
    from spacon.graphs.memory import spatial_graph_need
    from spacon.graphs.notes import spatial_notes
    from spacon.graphs.spatial import max_edges, rules_of, spatial_graph
    from spacon.memory import require
    from spacon.progress import say

    spots = anndata.read_h5ad(expression, backed="r")
    place = positions(spots)
    within, across = rules_of(rule)
    section = None if rule.section_key is None else sections(spots, rule.section_key, expression.name)
    most = max_edges(place, within, across, section, rule.section_order)
    need = spatial_graph_need(len(place), most)
    require(f"a spatial graph of up to {most:,} edges", need, "lower spatial_neighbors or the radius")
    graph = spatial_graph(
        place, within, self_loops=self_loops, sections=section, order=rule.section_order, across=across
    )
    say(f"spatial graph: {graph.shape[0]} spots, {graph.nnz} edges")
    with replacing(output) as temporary:
        write_graph(temporary, graph)
    write_notes(notes, spatial_notes(graph, "spatial_neighbors" if rule.spatial_rule == "knn" else "spatial_radius"))


if __name__ == "__main__":
    main()
