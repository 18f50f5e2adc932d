#!/usr/bin/env python3
"""Make expression as the model takes it: log-normalised, the most variable genes, coordinates in one place."""

from pathlib import Path

import click

from spacon.files import replacing
from spacon.script import INPUT_FILE, OUTPUT_FILE, Script


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
    import numpy as np
    import pandas as pd
    from scipy.sparse import csr_matrix, issparse

    from spacon import keys
    from spacon.expression import most_variable, normalise, values_kind
    from spacon.progress import say
    from spacon.spots import find_coordinates, map_coordinates, read_spots

    spots = read_spots(expression)
    found = find_coordinates(spots, coordinates, expression.name)
    say(f"{spots.n_obs} spots x {spots.n_vars} genes; coordinates: '{found.source}', {found.positions.shape[1]}-D")
    kind = values_kind(spots, expression_values, expression.name)
    say(f"X holds {kind}" + (": scaled to 10,000 a spot, log(1 + x)" if kind == "counts" else ", taken as it is"))
    if kind == "counts":
        normalise(spots)
    kept = most_variable(spots, hvg_above, n_top_genes)
    say(f"{kept.n_vars} genes kept")
    x = csr_matrix(kept.X, dtype=np.float32) if issparse(kept.X) else np.asarray(kept.X, dtype=np.float32)
    if keys.SAMPLE in spots.obs:
        say(f"obs['{keys.SAMPLE}'] is to hold the sample's name: what it held is kept as obs['original_{keys.SAMPLE}']")
    obs = spots.obs.rename(columns={keys.SAMPLE: f"original_{keys.SAMPLE}"})
    preprocessed = anndata.AnnData(x, obs=obs, var=pd.DataFrame(index=kept.var_names))
    preprocessed.obs[keys.SAMPLE] = pd.Categorical([sample] * spots.n_obs)
    preprocessed.obsm[keys.SPATIAL] = map_coordinates(spots, found)
    if found.positions.shape[1] == 3:
        preprocessed.obsm[keys.SPATIAL_3D] = found.positions
    preprocessed.uns["log1p"] = {}
    if keys.SOURCE in spots.uns:
        preprocessed.uns[keys.SOURCE] = spots.uns[keys.SOURCE]
    with replacing(output) as temporary:
        preprocessed.write_h5ad(temporary)


if __name__ == "__main__":
    main()
