#!/usr/bin/env python3
"""Make expression as the model takes it: log-normalised, the most variable genes, coordinates in one place."""

from spacon.cli.options import InputFile, OutputFile, script
from spacon.parameters import Orientation, Preprocessing


@script
def main(sample: str, expression: InputFile, wanted: Preprocessing, way: Orientation, output: OutputFile) -> None:
    """Preprocess one sample."""
    import anndata
    import pandas as pd

    from spacon.data import keys
    from spacon.data.columns import carried, sections
    from spacon.data.expression import most_variable, normalise, values_kind
    from spacon.data.spots import find_positions, map_coordinates, oriented
    from spacon.data.spots_file import read_spots, write_spots
    from spacon.progress import say

    spots = read_spots(expression, wanted.expression_from)
    found = find_positions(spots, wanted.coordinates, wanted.stacking, expression.name)
    say(f"{spots.n_obs} spots x {spots.n_vars} genes; coordinates: '{found.source}', {found.positions.shape[1]}-D")
    kind = values_kind(spots, wanted.expression_values, expression.name)
    say(
        f"{wanted.expression_from} holds {kind}"
        + (": scaled to 10,000 per spot, log(1 + x)" if kind == "counts" else ", taken as it is")
    )
    normalise(spots, kind, expression.name)
    kept = most_variable(spots, wanted.hvg_above, wanted.n_top_genes)
    say(f"{kept.n_vars} genes kept")
    obs, changed = carried(spots.obs, sample)
    for old, new in changed.items():
        say(f"obs['{old}'] is {'left out' if new is None else f'kept as {new!r}'}")
    preprocessed = anndata.AnnData(kept.X, obs=obs, var=pd.DataFrame(index=kept.var_names))
    preprocessed.obs[keys.SAMPLE] = pd.Categorical([sample] * spots.n_obs)
    section = None if way.section_key is None else sections(spots, way.section_key, expression.name)
    preprocessed.obsm[keys.SPATIAL] = oriented(map_coordinates(spots, found, section), way.flip, way.swap_xy)
    if found.positions.shape[1] == 3:
        preprocessed.obsm[keys.SPATIAL_3D] = found.positions
    preprocessed.uns["log1p"] = {}
    if keys.SOURCE in spots.uns:
        preprocessed.uns[keys.SOURCE] = spots.uns[keys.SOURCE]
    write_spots(preprocessed, output)


if __name__ == "__main__":
    main()
