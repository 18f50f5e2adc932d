"""How good a clustering looks: agreement with known labels, and coherence on both graphs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from spacon.clusters.labels import Clustering
from spacon.data import keys
from spacon.graphs.graph import Graph, edges_within


def coherence(labels: np.ndarray, graph: Graph) -> float:
    r"""Return the fraction of a graph's edges (n, n), self-loops aside, that stay within one cluster; NaN if none.

    .. math:: \frac{|\{(i, j) \in E : i \ne j, l_i = l_j\}|}{|\{(i, j) \in E : i \ne j\}|}
    """
    within, n_edges = edges_within(graph, labels)
    return within / n_edges if n_edges else float("nan")


def agreement(labels: np.ndarray, reference: pd.Series) -> dict[str, float]:
    """Return adjusted Rand index and normalised mutual information over the labelled spots; NaN if there are none.

    Adjusted Rand index: Hubert and Arabie 1985, Journal of Classification 2, 193. Mutual information is divided by the
    mean of both entropies. Both as scikit-learn computes them.
    """
    known = reference.notna().to_numpy()
    if not known.any():
        return {"adjusted_rand_index": float("nan"), "normalized_mutual_information": float("nan")}
    names = reference[known].astype(str)
    return {
        "adjusted_rand_index": float(adjusted_rand_score(names, labels[known])),
        "normalized_mutual_information": float(normalized_mutual_info_score(names, labels[known])),
    }


def metric_table(
    clusterings: Sequence[Clustering],
    spatial: sp.csr_matrix,
    connection: Graph,
    reference: pd.Series | None,
    wanted: int | None = None,
) -> pd.DataFrame:
    """Return one row per clustering: how it was made, its clusters, coherence and, with a reference, agreement.

    `wanted` is the number of clusters that was asked for, if any.
    """
    rows = []
    for each in clusterings:
        sizes = np.unique(each.labels, return_counts=True)[1]
        row = {
            "clustering": each.key,
            "seed": each.seed,
            "alpha": each.alpha,
            "method": each.method,
            "resolution": each.resolution,
            "refined": each.refined,
            "n_clusters": len(sizes),
            "n_clusters_wanted": wanted,
            "smallest_cluster": int(sizes.min()),
            "spatial_coherence": coherence(each.labels, spatial),
            "connection_coherence": coherence(each.labels, connection),
        }
        rows.append(row | (agreement(each.labels, reference) if reference is not None else {}))
    return pd.DataFrame(rows)


def label_table(
    obs: pd.DataFrame, positions: np.ndarray, clusterings: Sequence[Clustering], is_aligned: bool
) -> pd.DataFrame:
    """Return one row per spot: its name, its position and its label in each clustering; of aligned cells, their place.

    A spot is then a place, whose name and number of cells are in obs.
    """
    place = {key: obs[key].to_numpy() for key in (keys.PLACE, keys.CELLS) if is_aligned}
    axes = dict(zip("xyz", positions.T, strict=False))
    return pd.DataFrame({"spot": obs.index, **place, **axes, **{each.key: each.labels for each in clusterings}})
