#!/usr/bin/env python3
"""Lay the spots out in two dimensions, by UMAP, from their neighbours in each mix of the embeddings."""

from spacon.cli.options import InputFile, OutputFile, script, with_outputs
from spacon.files import replacing


@script
def main(mix: tuple[InputFile, ...], output: tuple[OutputFile, ...]) -> None:
    """Lay the mixes out: an output per mix, in their order."""
    from spacon.clusters.files import read_mix, write_layout
    from spacon.clusters.memory import layout_need
    from spacon.memory import require
    from spacon.progress import say

    for file, (path,) in with_outputs(mix, output):
        mixed = read_mix(file)
        n = len(mixed.values)
        require(f"the UMAP of {n:,} spots", layout_need(n, mixed.weights.nnz), "lower cluster_neighbors")
        say(f"seed {mixed.seed}, alpha {mixed.alpha:g}: UMAP of {n} spots")
        from spacon.clusters.layout import lay_out  # imports take seconds: progress first

        positions = lay_out(mixed.values, mixed.weights, mixed.seed)
        with replacing(path) as temporary:
            write_layout(temporary, mixed.alpha, positions)


if __name__ == "__main__":
    main()
