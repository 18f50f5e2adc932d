#!/usr/bin/env python3
"""Check one sample's files and the parameters that depend on them, before anything is computed."""

import json
from pathlib import Path
from typing import Any

import click

from spacon.cli.command import DEVICE, INPUT_FILE, OUTPUT_FILE, Script, numbers
from spacon.files import replacing, write_notes


@click.command(cls=Script)
@click.option("--sample", help="Name of the sample, which its results carry.")
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
@click.option("--near-percentile", type=float, help="Percentile of a row's distances below which the weight is 1.")
@click.option("--connectivity-threshold", type=float, required=True, help="Entries above it are kept.")
@click.option("--retained-fraction", type=float, required=True, help="At most this fraction of a row is kept.")
@click.option("--widths", callback=numbers(int), required=True, help="Widths of the three layers.")
@click.option("--batch-size", type=int, required=True, help="Seed spots a step.")
@click.option("--fanouts", callback=numbers(int), required=True, help="In-neighbours drawn a spot, hop by hop.")
@click.option("--reconstruction/--no-reconstruction", required=True, help="Whether the expression is decoded too.")
@click.option("--device", type=DEVICE, required=True, help="Where training and embedding compute.")
@click.option("--cluster-neighbors", type=int, required=True, help="Neighbours of a spot in the embedding.")
@click.option("--n-clusters", type=int, help="Number of clusters to search for.")
@click.option("--refine-neighbors", type=int, required=True, help="Nearest spots that vote on a label; 0: none.")
@click.option("--reference-key", help="obs column with known labels.")
@click.option("--output", type=OUTPUT_FILE, required=True, help="What was found, JSON.")
@click.option("--notes", type=OUTPUT_FILE, help="What the user should know, one line per note.")
def main(expression: Path, connectivity: Path, output: Path, notes: Path | None, **wanted: Any) -> None:
    """Check one sample and write what was found."""
    from spacon.data.spots_file import read_spots
    from spacon.errors import CombinedInputError
    from spacon.preflight.checks import validated
    from spacon.preflight.findings import Findings

    found, spots = Findings(), None
    with found.gathering():
        spots = read_spots(expression)
    with found.gathering():
        summary = validated(spots, connectivity, wanted, expression.name, found)
    if found.problems:
        raise CombinedInputError("\n".join(found.problems))
    click.echo(json.dumps(summary), err=True)
    write_notes(notes, found.notes)
    with replacing(output) as temporary:
        temporary.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
