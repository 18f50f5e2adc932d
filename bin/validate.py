#!/usr/bin/env python3
"""Check one sample's files and the parameters that depend on them, before anything is computed."""

import json
from pathlib import Path

import click

from spacon.files import replacing
from spacon.script import INPUT_FILE, OUTPUT_FILE, Script, numbers


@click.command(cls=Script)
@click.option("--expression", type=INPUT_FILE, required=True, help="Spots x genes, h5ad.")
@click.option("--connectivity", type=INPUT_FILE, required=True, help="n x n, .npy or .npz.")
@click.option(
    "--expression-values",
    type=click.Choice(["auto", "counts", "lognormalised"]),
    required=True,
    help="What X holds; auto: told from whole numbers and the mark uns['log1p'].",
)
@click.option("--hvg-above", type=int, required=True, help="Genes above which only the most variable are kept.")
@click.option("--n-top-genes", type=int, required=True, help="Number of most variable genes kept.")
@click.option("--coordinates", help="obsm key, or obs columns such as x,y.")
@click.option("--spatial-rule", type=click.Choice(["knn", "radius"]), required=True, help="How neighbours are found.")
@click.option("--spatial-neighbors", type=int, required=True, help="Nearest neighbours in space.")
@click.option("--section-key", help="obs column that names each spot's section.")
@click.option("--section-order", callback=numbers(str), help="Sections in the order in which they lie on each other.")
@click.option("--cluster-neighbors", type=int, required=True, help="Neighbours of a spot in the embedding.")
@click.option("--refine-neighbors", type=int, required=True, help="Nearest spots that vote on a label; 0: none.")
@click.option("--reference-key", help="obs column with known labels.")
@click.option("--widths", callback=numbers(int), required=True, help="Widths of the three layers.")
@click.option("--output", type=OUTPUT_FILE, required=True, help="What was found, JSON.")
def main(
    expression: Path,
    connectivity: Path,
    expression_values: str,
    hvg_above: int,
    n_top_genes: int,
    coordinates: str | None,
    spatial_rule: str,
    spatial_neighbors: int,
    section_key: str | None,
    section_order: list[str] | None,
    cluster_neighbors: int,
    refine_neighbors: int,
    reference_key: str | None,
    widths: list[int],
    output: Path,
) -> None:
    """Check one sample and write what was found."""
    from spacon import keys
    from spacon.checks import InputError, about, check_neighbors, check_widths
    from spacon.connectivity import check_finite, read_connectivity
    from spacon.expression import values_kind
    from spacon.spatial_graph import section_order as order_of
    from spacon.spots import column, find_coordinates, read_spots, sections

    spots = read_spots(expression)
    kind = values_kind(spots, expression_values, expression.name)
    found = find_coordinates(spots, coordinates, expression.name)
    genes = n_top_genes if spots.n_vars > hvg_above else spots.n_vars
    with about(expression.name):
        if keys.SAMPLE in (section_key, reference_key):
            raise InputError(
                f"obs['{keys.SAMPLE}'] is to hold the sample's name; give the column another name to use it"
            )
        check_neighbors("cluster_neighbors", cluster_neighbors, spots.n_obs)
        check_neighbors("refine_neighbors", refine_neighbors, spots.n_obs)
        check_widths(widths, genes)
        if spatial_rule == "knn":
            check_neighbors("spatial_neighbors", spatial_neighbors, spots.n_obs)
    if reference_key is not None:
        column(spots, reference_key, expression.name)
    if section_key is not None:
        section = sections(spots, section_key, expression.name)
        with about(expression.name):
            order = order_of(section, section_order)
            for name in order if spatial_rule == "knn" else ():
                with about(f"section '{name}'"):
                    check_neighbors("spatial_neighbors", spatial_neighbors, int((section == name).sum()))
    matrix = read_connectivity(connectivity)
    if matrix.n != spots.n_obs:
        raise InputError(
            f"{connectivity.name}: connectivity is of {matrix.n} spots, but {expression.name} has {spots.n_obs}"
        )
    check_finite(matrix, connectivity.name)
    summary = {
        "spots": spots.n_obs,
        "genes": spots.n_vars,
        "genes_kept": genes,
        "expression_values": kind,
        "coordinates": found.source,
        "dimensions": found.positions.shape[1],
        "connectivity": matrix.form,
    }
    click.echo(json.dumps(summary), err=True)
    with replacing(output) as temporary:
        temporary.write_text(json.dumps(summary, indent=2) + "\n")


if __name__ == "__main__":
    main()
