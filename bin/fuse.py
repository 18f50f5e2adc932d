#!/usr/bin/env python3
"""Mix the two embeddings at one alpha; find neighbours and a UMAP of the mix."""

from spacon.cli.options import InputFile, OutputFile, Share, script
from spacon.files import replacing


@script
def main(embedding: InputFile, alpha: Share, cluster_neighbors: int, seed: int, output: OutputFile) -> None:
    """Fuse the embeddings."""
    import numpy as np

    from spacon.clusters.memory import mixing_need
    from spacon.clusters.mixing import fuse
    from spacon.memory import require
    from spacon.progress import say

    with np.load(embedding, allow_pickle=False) as embeddings:
        n = len(embeddings["spatial"])
        require(f"the UMAP of {n:,} spots", mixing_need(n, cluster_neighbors), "lower cluster_neighbors")
        fused = fuse(embeddings["spatial"], embeddings["connection"], alpha)
    say(f"alpha {alpha}: neighbours and UMAP of {n} spots")
    from spacon.clusters.neighbors import neighbors_and_umap  # these imports take seconds, and their progress has begun

    weights, umap = neighbors_and_umap(fused, cluster_neighbors, seed)
    with replacing(output) as temporary:
        np.savez(
            temporary,
            fused=fused.astype(np.float32),
            umap=umap,
            data=weights.data,
            indices=weights.indices,
            indptr=weights.indptr,
            seed=seed,
            alpha=alpha,
        )


if __name__ == "__main__":
    main()
