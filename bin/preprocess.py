#!/usr/bin/env python3
"""Make expression as the model takes it: log-normalised, the most variable genes, coordinates in one place."""

from pathlib import Path

import click

from spacon.cli.command import INPUT_FILE, OUTPUT_FILE, Script
from spacon.files import replacing


@click.command(cls=Script)
@click.option("--sample", required=True, help="Name of the sample.")
@click.option("--expression", type=INPUT_FILE, required=True, help="Spots x genes, h5ad.")
@click.option(
    "--expression-values",
    type=click.Choice(["auto", "counts", "lognormalised"]),
    required=True,
    help="What X holds; auto: told from whole numbers and the mark uns['log1p'].",
)
@click.option("--hvg-above", type=int, required=True, help="Genes above which only the most variable are kept.")
@click.option("--n-top-genes", type=int, required=True, help="Number of most variable genes kept.")
@click.option("--coordinates", help="obsm key, or obs columns such as x,y; unset: searched for.")
@click.option("--output", type=OUTPUT_FILE, required=True, help="Preprocessed spots, h5ad.")
def main(
    sample: str,
    expression: Path,
    expression_values: str,
    hvg_above: int,
    n_top_genes: int,
    coordinates: str | None,
    output: Path,
) -> None:
    """Preprocess one sample."""
    import anndata
    import pandas as pd

    from spacon.data import keys
    from spacon.data.columns import carried
    from spacon.data.expression import most_variable, normalise, values_kind
    from spacon.data.spots import find_coordinates, map_coordinates
    from spacon.data.spots_file import read_spots, write_spots
    from spacon.progress import say

    spots = read_spots(expression)
    found = find_coordinates(spots, coordinates, expression.name)
    say(f"{spots.n_obs} spots x {spots.n_vars} genes; coordinates: '{found.source}', {found.positions.shape[1]}-D")
    kind = values_kind(spots, expression_values, expression.name)
    say(f"X holds {kind}" + (": scaled to 10,000 per spot, log(1 + x)" if kind == "counts" else ", taken as it is"))
    normalise(spots, kind, expression.name)
    kept = most_variable(spots, hvg_above, n_top_genes)
    say(f"{kept.n_vars} genes kept")
    obs, changed = carried(spots.obs, sample)
    for old, new in changed.items():
        say(f"obs['{old}'] is {'left out' if new is None else f'kept as {new!r}'}")
    preprocessed = anndata.AnnData(kept.X, obs=obs, var=pd.DataFrame(index=kept.var_names))
    preprocessed.obs[keys.SAMPLE] = pd.Categorical([sample] * spots.n_obs)
    preprocessed.obsm[keys.SPATIAL] = map_coordinates(spots, found)
    if found.positions.shape[1] == 3:
        preprocessed.obsm[keys.SPATIAL_3D] = found.positions
    preprocessed.uns["log1p"] = {}
    if keys.SOURCE in spots.uns:
        preprocessed.uns[keys.SOURCE] = spots.uns[keys.SOURCE]
    with replacing(output) as temporary:
        write_spots(preprocessed, temporary)


if __name__ == "__main__":
    main()
