#!/usr/bin/env python3
"""Check one sample's files and the parameters that depend on them, before anything is computed."""

import json
from pathlib import Path
from typing import Any

import click

from spacon.files import replacing
from spacon.script import DEVICE, INPUT_FILE, OUTPUT_FILE, Script, numbers


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
@click.option("--spatial-neighbors", type=int, required=True, help="Nearest neighbours in space (knn).")
@click.option("--spatial-radius", type=float, help="Distance within which spots are neighbours (radius).")
@click.option("--section-key", help="obs column that names each spot's section.")
@click.option("--section-order", callback=numbers(str), help="Sections in the order in which they lie on each other.")
@click.option("--section-radius", type=float, help="Radius between adjacent sections (radius).")
@click.option("--distance-decay", type=float, help="Weight exp(decay * distance), favouring long connections.")
@click.option("--connectivity-threshold", type=float, required=True, help="Entries above it are kept.")
@click.option("--retained-fraction", type=float, required=True, help="At most this fraction of a row is kept.")
@click.option("--widths", callback=numbers(int), required=True, help="Widths of the three layers.")
@click.option("--batch-size", type=int, required=True, help="Seed spots a step.")
@click.option("--fanouts", callback=numbers(int), required=True, help="In-neighbours drawn a spot, hop by hop.")
@click.option("--reconstruction/--no-reconstruction", required=True, help="Whether the expression is decoded too.")
@click.option("--device", type=DEVICE, required=True, help="Where training and embedding compute.")
@click.option("--cluster-neighbors", type=int, required=True, help="Neighbours of a spot in the embedding.")
@click.option("--refine-neighbors", type=int, required=True, help="Nearest spots that vote on a label; 0: none.")
@click.option("--reference-key", help="obs column with known labels.")
@click.option("--output", type=OUTPUT_FILE, required=True, help="What was found, JSON.")
def main(
    expression: Path,
    connectivity: Path,
    expression_values: str,
    hvg_above: int,
    n_top_genes: int,
    coordinates: str | None,
    output: Path,
    **wanted: Any,
) -> None:
    """Check one sample and write what was found."""
    from spacon import validation
    from spacon.checks import InputError, about
    from spacon.expression import values_kind
    from spacon.spots import column, find_coordinates, read_spots

    spots = read_spots(expression)
    kind = values_kind(spots, expression_values, expression.name)
    found = find_coordinates(spots, coordinates, expression.name)
    genes = n_top_genes if spots.n_vars > hvg_above else spots.n_vars
    if wanted["spatial_rule"] == "radius" and wanted["spatial_radius"] is None:
        raise InputError("spatial_rule is 'radius', but spatial_radius is not set")
    with about(expression.name):
        validation.check_parameters(spots, genes, wanted)
    if wanted["reference_key"] is not None:
        column(spots, wanted["reference_key"], expression.name)
    section = validation.check_sections(spots, wanted, expression.name)
    matrix = validation.checked_connectivity(connectivity, spots.n_obs, expression.name)
    summary = {
        "spots": spots.n_obs,
        "genes": spots.n_vars,
        "genes_kept": genes,
        "expression_values": kind,
        "coordinates": found.source,
        "dimensions": found.positions.shape[1],
        "connectivity": matrix.form,
        "memory_mb": validation.needs(spots, genes, found.positions, section, matrix, wanted),
    }
    click.echo(json.dumps(summary), err=True)
    with replacing(output) as temporary:
        temporary.write_text(json.dumps(summary, indent=2) + "\n")


if __name__ == "__main__":
    main()
