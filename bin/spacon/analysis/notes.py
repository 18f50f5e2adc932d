"""Notes on clusterings: what the user should know of them. One line each: a number, and what to change."""

from collections.abc import Sequence

import pandas as pd

from spacon.clusters.labels import Clustering


def cluster_notes(clusterings: Sequence[Clustering], wanted: int | None, reference: pd.Series | None) -> list[str]:
    """Return notes on a sample's clusterings: numbers that were asked for and missed, and maps that show nothing."""
    unrefined = [each for each in clusterings if not each.refined]
    notes = []
    missed = [each for each in unrefined if wanted is not None and each.n_clusters != wanted]
    if missed:
        which = "; ".join(f"alpha {each.alpha:g}, seed {each.seed}: {each.n_clusters}" for each in missed[:6])
        notes.append(
            f"--n_clusters {wanted} was missed by {len(missed)} of {len(unrefined)} clusterings ({which}"
            f"{'; ...' if len(missed) > 6 else ''}): no resolution that was tried comes nearer; another alpha, more "
            "--epochs or fewer --cluster_neighbors may"
        )
    single = [each for each in unrefined if each.n_clusters == 1 and wanted != 1]
    if single:
        notes.append(
            f"{len(single)} of {len(unrefined)} clusterings have one cluster, which shows nothing: raise "
            "--resolutions, or see whether training converged"
        )
    if reference is not None and reference.isna().all():
        notes.append("no spot has a reference label: agreement is not computed")
    return notes
