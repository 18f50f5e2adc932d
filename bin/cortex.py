#!/usr/bin/env python3
"""Make a simulated half cortex: expression, positions, planted areas and connectivity."""

from spacon.cli.options import OutputFile, Share, script
from spacon.files import replacing

REGIONS = 1_000


@script
def main(
    n_spots: int,
    n_genes: int,
    n_areas: int,
    difficulty: Share,
    simulation_seed: int,
    factored: bool,
    expression: OutputFile,
    connectivity: OutputFile,
) -> None:
    """Simulate one sample."""
    import anndata
    import numpy as np
    import pandas as pd

    from spacon.data import keys
    from spacon.data.spots_file import write_spots
    from spacon.errors import InputError
    from spacon.examples import cortex
    from spacon.progress import say

    if n_areas >= n_spots:
        raise InputError(f"n_areas is {n_areas}, but there are {n_spots} spots")
    made = cortex.simulate(n_spots, n_genes, n_areas, difficulty, simulation_seed)
    say(f"simulated {n_spots} spots x {n_genes} genes in {n_areas} areas")
    generator = np.random.default_rng([simulation_seed, 1])
    obs = pd.DataFrame(
        {
            "x": made.positions[:, 0],
            "y": made.positions[:, 1],
            "area": pd.Categorical([f"area {area + 1:02d}" for area in made.area]),
            "network": pd.Categorical([f"network {network + 1}" for network in made.network]),
        },
        index=[f"spot{spot:06d}" for spot in range(n_spots)],
    )
    spots = anndata.AnnData(
        made.counts, obs=obs, var=pd.DataFrame(index=[f"gene{gene:04d}" for gene in range(n_genes)])
    )
    spots.obsm["X_spatial_2d"] = made.positions
    spots.uns[keys.SOURCE] = np.array(
        [f"Simulated half cortex (seed {simulation_seed}, difficulty {difficulty:g}); not data"]
    )
    with replacing(expression) as temporary:
        write_spots(spots, temporary)
    with replacing(connectivity) as temporary:
        if factored:
            region = cortex.regions(made, REGIONS, simulation_seed)
            first = np.unique(region, return_index=True)[1]
            series = cortex.time_series(made.area[first], made.network[first], difficulty, generator)
            np.savez(temporary, values=series @ series.T, index=region)
        else:
            series = cortex.time_series(made.area, made.network, difficulty, generator)
            matrix = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float32, shape=(n_spots, n_spots))
            for start in range(0, n_spots, cortex.SPOTS_A_BLOCK):
                matrix[start : start + cortex.SPOTS_A_BLOCK] = series[start : start + cortex.SPOTS_A_BLOCK] @ series.T
            matrix.flush()


if __name__ == "__main__":
    main()
