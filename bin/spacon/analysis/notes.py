"""Notes on training and clusterings: what the user should know of them. One line each: a number, and what to change."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.clusters.labels import Clustering
from spacon.counts import counted, of_all


def result_notes(
    error: float,
    expression: np.ndarray | sp.spmatrix,
    clusterings: Sequence[Clustering],
    reference: pd.Series | None,
    parameters: Mapping[str, Any],
) -> list[str]:
    """Return all notes on a sample's results; arguments as of `training_notes` and `cluster_notes`."""
    learnt = training_notes(error, expression, parameters["epochs"], parameters["learning_rate"])
    return learnt + cluster_notes(clusterings, parameters.get("n_clusters"), reference)


def training_notes(error: float, expression: np.ndarray | sp.spmatrix, epochs: int, learning_rate: float) -> list[str]:
    """Return a note where a model reconstructs the expression (n, genes) no better than a matrix of zeros would.

    Args:
        error: mean squared error per spot and gene of the last epoch; that of zeros is the mean of X squared.
        expression: X, as the model took it.
        epochs, learning_rate: of the training.
    """
    stored = expression if isinstance(expression, np.ndarray) else expression.data
    zeros = float(np.square(stored, dtype=np.float64).sum()) / np.prod(expression.shape)
    if error < zeros:
        return []
    return [
        f"training has learnt little: after {counted(epochs, 'epoch')} the error per spot and gene is {error:.4g}, "
        f"and zeros alone would have {zeros:.4g}; "
        f"raise --epochs ({epochs} now) or --learning_rate ({learning_rate:g} now)"
    ]


def cluster_notes(clusterings: Sequence[Clustering], wanted: int | None, reference: pd.Series | None) -> list[str]:
    """Return notes on a sample's clusterings: numbers that were asked for and missed, and maps that show nothing."""
    unrefined = [each for each in clusterings if not each.refined]
    notes = []
    missed = [each for each in unrefined if wanted is not None and each.n_clusters != wanted]
    if missed:
        which = "; ".join(f"alpha {each.alpha:g}, seed {each.seed}: {each.n_clusters}" for each in missed[:6])
        notes.append(
            f"--n_clusters {wanted} was missed by {len(missed):,} of {counted(len(unrefined), 'clustering')} ({which}"
            f"{'; ...' if len(missed) > 6 else ''}): no resolution that was tried comes nearer; another alpha, more "
            "--epochs or fewer --cluster_neighbors may"
        )
    single = [each for each in unrefined if each.n_clusters == 1 and wanted != 1]
    if single:
        have = of_all(len(single), len(unrefined), "clustering", "has", "have")
        notes.append(f"{have} one cluster, which shows nothing: raise --resolutions, or see whether training converged")
    if reference is not None and reference.isna().all():
        notes.append("no spot has a reference label: agreement is not computed")
    return notes
