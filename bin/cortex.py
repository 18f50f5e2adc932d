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
    import numpy as np

    from spacon.archive import write_arrays
    from spacon.data.spots_file import write_spots
    from spacon.errors import InputError
    from spacon.examples import cortex
    from spacon.progress import say

    if n_areas >= n_spots:
        raise InputError(f"n_areas is {n_areas}, but there are {n_spots} spots")
    made = cortex.simulate(n_spots, n_genes, n_areas, difficulty, simulation_seed)
    say(f"simulated {n_spots} spots x {n_genes} genes in {n_areas} areas")
    source = f"Simulated half cortex (seed {simulation_seed}, difficulty {difficulty:g}); not data"
    write_spots(cortex.annotated(made, source), expression)
    generator = np.random.default_rng([simulation_seed, 1])
    with replacing(connectivity) as temporary:
        if factored:
            region = cortex.regions(made, REGIONS, simulation_seed)
            first = np.unique(region, return_index=True)[1]
            series = cortex.time_series(made.area[first], made.network[first], difficulty, generator)
            write_arrays(temporary, values=series @ series.T, index=region)
        else:
            series = cortex.time_series(made.area, made.network, difficulty, generator)
            cortex.write_correlations(temporary, series)


if __name__ == "__main__":
    main()
