"""Notes by hand: the number that they name, and what they say to change; nothing where nothing is unusual."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from spacon.analysis.notes import cluster_notes, training_notes
from spacon.clusters.labels import Clustering
from spacon.connectivity.forms import Dense
from spacon.graphs import notes as graph_notes
from spacon.graphs.notes import connection_notes, isolated, spatial_notes, upper_tenth, weight_notes
from spacon.graphs.region_graph import region_graph
from spacon.parameters import ConnectionRule
from spacon.results.notes import note_table

N = 10


def graph(*edges, loops=True):
    """A graph of ten spots with these edges, and self-loops."""
    matrix = np.eye(N) if loops else np.zeros((N, N))
    for source, target in edges:
        matrix[source, target] = 1
    return sp.csr_matrix(matrix.astype(np.float32))


def rule(threshold, decay):
    return ConnectionRule(decay, None, threshold, 1.0, None)


def ring(reach):
    return [(spot, (spot + step) % N) for spot in range(N) for step in range(1, reach + 1)]


# From 0.00 to 0.99, row by row: a tenth of the entries off the diagonal lie above 0.89 or so.
VALUES = np.arange(N * N).reshape(N, N) / 100
WHOLE = Dense(VALUES)


@pytest.mark.parametrize("loops", [True, False])
def test_isolated_spots_have_no_edge_in_either_direction(loops):
    found = isolated(graph((0, 1), (2, 1), (5, 4), loops=loops))
    assert np.flatnonzero(found).tolist() == [3, 6, 7, 8, 9]


def test_isolated_spots_of_a_region_graph():
    wired, _ = region_graph(np.array([[0.0, 1, 0], [0, 0, 0], [0, 0, 0]]), np.array([0, 0, 1, 2, 2]), 0.5, 5)
    assert isolated(wired).tolist() == [False, False, False, True, True]


def test_a_graph_that_says_something_has_no_note():
    assert connection_notes(graph(*ring(3)), WHOLE, rule(0.05, None)) == []
    assert spatial_notes(graph(*ring(1)), "spatial_radius") == []


def test_most_spots_without_a_connection():
    tenth = np.quantile(np.delete(VALUES.ravel(), np.arange(0, N * N, N + 1)), 0.9)
    (note,) = connection_notes(graph((0, 1), (2, 1), (5, 4)), WHOLE, rule(0.5, None))
    assert note == (
        "the connection graph says little: 5 of 10 spots (50%) have no connection to another spot, and the median spot "
        "projects to 0; at alpha near 1 clusters rest on connections alone; lower --connectivity_threshold (0.5 now; a "
        f"tenth of the entries lie above {tenth:.3g})"
    )


def test_the_threshold_of_many_spots_is_suggested_from_a_part(monkeypatch):
    whole = upper_tenth(Dense(np.random.default_rng(0).random((500, 500))))
    monkeypatch.setattr(graph_notes, "SAMPLED_ENTRIES", 5_000)
    part = upper_tenth(Dense(np.random.default_rng(0).random((500, 500))))
    assert whole != part
    found = [float(line.rsplit(" ", 1)[1]) for line in (whole, part)]
    assert found == pytest.approx([0.9, 0.9], abs=0.02)


def test_a_matrix_of_zeros_and_ones_has_no_threshold_to_suggest():
    ones = Dense(np.ones((N, N)))
    (note,) = connection_notes(graph(*ring(9)), ones, rule(0.5, None))
    assert "raise --connectivity_threshold (0.5 now) or set --retained_fraction 0.1" in note


def test_a_weighted_graph_has_no_threshold_to_suggest():
    (note,) = connection_notes(graph((0, 1)), WHOLE, rule(0.5, 0.01))
    assert note.endswith("lower --connectivity_threshold (0.5 now)")


def test_a_median_of_one_edge_per_spot_is_called_out():
    (note,) = connection_notes(graph(*ring(1)), WHOLE, rule(0.5, None))
    assert "0 of 10 spots (0%)" in note
    assert "the median spot projects to 1;" in note


@pytest.mark.parametrize(("reach", "share"), [(4, None), (5, "56%"), (9, "100%")])
def test_a_graph_nearly_full(reach, share):
    notes = connection_notes(graph(*ring(reach)), WHOLE, rule(-1.0, None))
    assert len(notes) == (share is not None)
    if share:
        assert notes[0].startswith(f"the connection graph joins {share} of all pairs of spots")
        assert "raise --connectivity_threshold (-1 now" in notes[0]
        assert "--retained_fraction 0.1" in notes[0]


def test_spots_without_a_neighbour():
    (note,) = spatial_notes(graph((0, 1), (1, 0)), "spatial_radius")
    assert note.startswith("8 of 10 spots (80%) have no neighbour in the spatial graph")
    assert note.endswith("raise --spatial_radius")


def test_weights_by_distance():
    line = np.linspace([0, 0], [100, 0], 5)
    assert weight_notes(line, None, np.array(list("aabbc"))) == []
    assert weight_notes(line, 0.1, None) == []  # e^10
    (steep,) = weight_notes(line, -0.3, None)
    assert "--distance_decay -0.3 weighs the farthest pairs by e^30: distance alone decides" in steep
    (plane,) = weight_notes(line, 0.1, np.array(list("aabbc")))
    assert "as if all sections lay in one plane" in plane
    assert weight_notes(np.column_stack([line, line[:, 0]]), 0.1, np.array(list("aabbc"))) == []


def clustering(alpha, labels, refined=False):
    return Clustering(1, alpha, "leiden", 0.6, refined, np.array(labels))


def test_clusterings_that_miss_what_was_asked():
    found = [clustering(0.5, [0, 1, 2, 0]), clustering(1, [0, 0, 1, 1]), clustering(1, [0, 0, 0, 0], refined=True)]
    (note,) = cluster_notes(found, 3, None)
    assert note.startswith("--n_clusters 3 was missed by 1 of 2 clusterings (alpha 1, seed 1: 2): no resolution")
    assert cluster_notes(found, None, None) == []
    (single,) = cluster_notes([clustering(0, [0, 0])], None, pd.Series(["a", None]))
    assert single.startswith("1 of 1 clustering has one cluster")
    (unlabelled,) = cluster_notes(found, None, pd.Series([None, None], dtype=object))
    assert unlabelled == "no spot has a reference label: agreement is not computed"


def test_the_table_names_each_note_s_stage(tmp_path):
    (tmp_path / "notes_validate.txt").write_text("one, with a comma\nzwölf\n", encoding="utf-8")
    (tmp_path / "notes_spatial_graph.txt").write_text("")
    table = note_table([tmp_path / "notes_validate.txt", tmp_path / "notes_spatial_graph.txt"], ["three"])
    assert table.to_dict("split")["data"] == [
        ["validate", "one, with a comma"],
        ["validate", "zwölf"],
        ["evaluate", "three"],
    ]


@pytest.mark.parametrize("form", [np.asarray, sp.csr_matrix])
def test_training_that_is_no_better_than_zeros_is_called_out(form):
    expression = form(np.array([[0, 3], [1, 0], [0, 0]], dtype=np.float32))  # its squares have the mean 10 / 6
    assert training_notes(1.66, expression, 10, 1e-4) == []
    (note,) = training_notes(1.67, expression, 10, 1e-4)
    assert "after 10 epochs the error per spot and gene is 1.67, and zeros alone would have 1.667" in note
    assert "raise --epochs (10 now) or --learning_rate (0.0001 now)" in note
