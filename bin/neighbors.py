#!/usr/bin/env python3
"""Mix the two embeddings of one seed at each alpha; find and weigh each spot's neighbours in the mix."""

from functools import partial

from spacon.cli.options import InputFile, OutputFile, Share, script, with_outputs
from spacon.files import replacing


@script
def main(
    embedding: InputFile,
    alpha: tuple[Share, ...],
    cluster_neighbors: int,
    seed: int,
    threads: int,
    output: tuple[OutputFile, ...],
) -> None:
    """Mix the embeddings and find neighbours: an output per alpha, in their order."""
    import numpy as np

    from spacon.clusters.files import Mix, write_mix
    from spacon.clusters.memory import neighbors_need
    from spacon.clusters.mixing import mix
    from spacon.clusters.neighbors import nearest_neighbors, neighbor_weights
    from spacon.memory import require
    from spacon.progress import counted, say

    with np.load(embedding, allow_pickle=False) as embeddings:
        n, width = embeddings["spatial"].shape
        need = neighbors_need(n, width, cluster_neighbors)
        require(f"the neighbours of {n:,} spots", need, "lower cluster_neighbors")
        parts = embeddings["spatial"], embeddings["connection"]
    for share, (path,) in with_outputs(alpha, output):
        mixed = mix(*parts, share).astype(np.float32)
        say(f"seed {seed}, alpha {share:g}: neighbours of {n} spots, {threads} threads")
        weights = neighbor_weights(*nearest_neighbors(mixed, cluster_neighbors, partial(counted, "blocks of spots")))
        with replacing(path) as temporary:
            write_mix(temporary, Mix(seed, share, mixed, weights))


if __name__ == "__main__":
    main()
