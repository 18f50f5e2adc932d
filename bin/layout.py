#!/usr/bin/env python3
"""Lay the spots out in two dimensions, by UMAP, from their neighbours in one mix of the embeddings."""

from spacon.cli.options import InputFile, OutputFile, script
from spacon.files import replacing


@script
def main(mix: InputFile, output: OutputFile) -> None:
    """Lay one mix out."""
    from spacon.clusters.files import read_mix, write_layout
    from spacon.clusters.memory import layout_need
    from spacon.memory import require
    from spacon.progress import say

    mixed = read_mix(mix)
    n = len(mixed.values)
    require(f"the UMAP of {n:,} spots", layout_need(n, mixed.weights.nnz), "lower cluster_neighbors")
    say(f"seed {mixed.seed}, alpha {mixed.alpha:g}: UMAP of {n} spots")
    from spacon.clusters.layout import lay_out  # imports take seconds: progress first

    positions = lay_out(mixed.values, mixed.weights, mixed.seed)
    with replacing(output) as temporary:
        write_layout(temporary, mixed.alpha, positions)


if __name__ == "__main__":
    main()
