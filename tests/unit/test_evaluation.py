"""Coherence and agreement, by hand."""

import math

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from spacon.analysis.metrics import agreement, coherence, label_table, metric_table
from spacon.clusters.labels import Clustering

# Edges 0->1, 1->2, 2->3, 3->0 and every self-loop.
RING = sp.csr_matrix(np.eye(4) + np.roll(np.eye(4), 1, axis=1))
LABELS = np.array([0, 0, 0, 1])


def test_coherence_leaves_self_loops_out():
    assert coherence(LABELS, RING) == 0.5
    assert coherence(np.zeros(4), RING) == 1.0
    assert math.isnan(coherence(LABELS, sp.eye(4, format="csr")))


def test_equal_labels_agree_wholly_whatever_their_names():
    found = agreement(np.array([2, 2, 0, 1]), pd.Series(["x", "x", "y", "z"]))
    assert found == {"adjusted_rand_index": 1.0, "normalized_mutual_information": pytest.approx(1.0)}


def test_agreement_by_hand():
    """Pairs together in both: 1 of 6; in the labels 2; in the reference 2."""
    found = agreement(np.array([0, 0, 1, 1]), pd.Series(["x", "x", "y", "z"]))
    assert found["adjusted_rand_index"] == pytest.approx((1 - 2 / 6) / (1.5 - 2 / 6))
    information, entropies = math.log(2), (math.log(2) + 1.5 * math.log(2)) / 2
    assert found["normalized_mutual_information"] == pytest.approx(information / entropies)


@pytest.mark.parametrize("missing", [None, np.nan])
def test_spots_without_a_reference_label_are_left_out(missing):
    reference = pd.Series(["x", missing, "y", missing, "y"], dtype=object).astype("category")
    found = agreement(np.array([0, 5, 1, 0, 1]), reference)
    assert found["adjusted_rand_index"] == 1.0


def test_agreement_with_nothing_is_not_a_number():
    """Else a column without labels would look like a perfect result."""
    found = agreement(LABELS, pd.Series([np.nan] * 4, dtype=object))
    assert all(math.isnan(value) for value in found.values()), found


def test_metric_table():
    clusterings = [
        Clustering(1, 0.5, "leiden", 0.6, False, LABELS),
        Clustering(1, 0.5, "leiden", 0.6, True, np.array([0, 0, 0, 0])),
    ]
    table = metric_table(clusterings, RING, sp.eye(4, format="csr"), pd.Series(list("aaab")))
    assert table["clustering"].tolist() == [each.key for each in clusterings]
    assert table["n_clusters"].tolist() == [2, 1]
    assert table["smallest_cluster"].tolist() == [1, 4]
    assert table["spatial_coherence"].tolist() == [0.5, 1.0]
    assert table["connection_coherence"].isna().all()
    assert table["adjusted_rand_index"].tolist() == [1.0, 0.0]
    assert "adjusted_rand_index" not in metric_table(clusterings, RING, RING, None)


def test_label_table():
    clusterings = [Clustering(1, 1.0, "louvain", 2.0, False, LABELS)]
    spots, positions = pd.DataFrame(index=list("abcd")), np.arange(12.0).reshape(4, 3)
    table = label_table(spots, positions, clusterings, is_aligned=False)
    assert list(table) == ["spot", "x", "y", "z", "spacon_alpha1_resolution2_seed1"]
    assert table.iloc[2].tolist() == ["c", 6.0, 7.0, 8.0, 0]
    flat = label_table(spots, positions[:, :2], clusterings, is_aligned=False)
    assert list(flat)[:4] == ["spot", "x", "y", clusterings[0].key]
    spots["place"], spots["cells"] = pd.Categorical(["p", "q", "p", "r"]), [1, 2, 3, 4]
    assert label_table(spots, positions, clusterings, is_aligned=False).equals(table)
    aligned = label_table(spots, positions, clusterings, is_aligned=True)
    assert list(aligned)[:4] == ["spot", "place", "cells", "x"]
    assert aligned.iloc[2].tolist() == ["c", "p", 3, 6.0, 7.0, 8.0, 0]
