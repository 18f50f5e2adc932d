#!/usr/bin/env python3
"""Build the spatial graph of one sample."""

from functools import partial
from pathlib import Path

import click

from spacon.cli.command import INPUT_FILE, OUTPUT_FILE, Script, numbers
from spacon.files import replacing, write_notes


@click.command(cls=Script)
@click.option("--expression", type=INPUT_FILE, required=True, help="Preprocessed spots, h5ad.")
@click.option("--spatial-rule", type=click.Choice(["knn", "radius"]), required=True, help="How neighbours are found.")
@click.option("--spatial-neighbors", type=int, required=True, help="Nearest neighbours of a spot (knn).")
@click.option("--spatial-radius", type=float, help="Distance within which spots are neighbours (radius).")
@click.option("--self-loops/--no-self-loops", required=True, help="Whether each spot is also its own neighbour.")
@click.option("--section-key", help="obs column that names each spot's section.")
@click.option("--section-order", callback=numbers(str), help="Sections in the order in which they lie on each other.")
@click.option("--section-radius", type=float, help="Radius between adjacent sections (radius).")
@click.option("--output", type=OUTPUT_FILE, required=True, help="A[i, j] = 1 where i points at j, sparse .npz.")
@click.option("--notes", type=OUTPUT_FILE, help="What the user should know, one line per note.")
def main(
    expression: Path,
    spatial_rule: str,
    spatial_neighbors: int,
    spatial_radius: float | None,
    self_loops: bool,
    section_key: str | None,
    section_order: list[str] | None,
    section_radius: float | None,
    output: Path,
    notes: Path | None,
) -> None:
    """Build the spatial graph."""
    import anndata

    from spacon.data.columns import sections
    from spacon.data.spots import positions
    from spacon.errors import InputError
    from spacon.graphs.graph import write_graph
    from spacon.graphs.memory import spatial_graph_need
    from spacon.graphs.notes import spatial_notes
    from spacon.graphs.spatial import most_edges, nearest_edges, radius_edges, reach_of, spatial_graph
    from spacon.memory import require
    from spacon.progress import say

    spots = anndata.read_h5ad(expression, backed="r")
    place = positions(spots)
    if spatial_rule == "radius" and spatial_radius is None:
        raise InputError("spatial_rule is 'radius', but spatial_radius is not set")
    if spatial_rule == "radius" and section_key is not None and section_radius is None:
        raise InputError("spatial_rule is 'radius' and there are sections, but section_radius is not set")
    within = across = partial(nearest_edges, k=spatial_neighbors)
    if spatial_rule == "radius":
        within, across = partial(radius_edges, radius=spatial_radius), partial(radius_edges, radius=section_radius)
    section = None if section_key is None else sections(spots, section_key, expression.name)
    reach = reach_of(spatial_rule, spatial_neighbors, spatial_radius, section_radius)
    most = most_edges(place, reach, section, section_order)
    need = spatial_graph_need(len(place), most)
    require(f"a spatial graph of up to {most:,} edges", need, "lower spatial_neighbors or the radius")
    graph = spatial_graph(place, within, self_loops=self_loops, sections=section, order=section_order, across=across)
    say(f"spatial graph: {graph.shape[0]} spots, {graph.nnz} edges")
    with replacing(output) as temporary:
        write_graph(temporary, graph)
    write_notes(notes, spatial_notes(graph, "spatial_neighbors" if spatial_rule == "knn" else "spatial_radius"))


if __name__ == "__main__":
    main()
