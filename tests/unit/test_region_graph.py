"""Factored connectivity: every answer equals that of the expanded graph, and draws are uniform."""

from itertools import combinations

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from conftest import all_edges
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from spacon.analysis.metrics import coherence
from spacon.connectivity.forms import Dense
from spacon.errors import InputError
from spacon.graphs.connection import connection_graph, with_diagonal
from spacon.graphs.graph import edge_count, read_graph, self_loop_count, write_graph
from spacon.graphs.region_graph import RegionGraph, region_graph, tied_regions
from spacon.model import region_attention
from spacon.model.attention import Edges
from spacon.model.embedding import embed
from spacon.model.network import Shape, SpaCon
from spacon.model.region_attention import RegionEdges
from spacon.model.sampling import Incoming, IncomingRegions
from spacon.model.training import train
from spacon.parameters import ConnectionRule, Procedure


def made(n, regions, seed, *, levels):
    """Return values between regions, of few levels so that there are ties, and a region for each of n spots."""
    generator = np.random.default_rng(seed)
    values = generator.integers(0, levels, (regions, regions)) / levels
    values[0, 0] = 1.0  # region 0 always keeps something, if it has spots
    index = generator.integers(0, regions, n)
    index[0] = 0
    return values, index


def expanded(values, index, threshold, fraction):
    matrix = values[np.ix_(index, index)]
    rule = ConnectionRule(None, None, threshold, fraction, None)
    return connection_graph(Dense(matrix), np.zeros((len(index), 2)), rule)


@given(
    st.integers(2, 40),
    st.integers(1, 12),
    st.integers(1, 5),
    st.floats(0.05, 1.0),
    st.sampled_from([0.0, 0.3]),
    st.integers(0, 10**6),
)
def test_edges_and_degrees_are_those_of_the_expanded_graph(n, regions, levels, fraction, threshold, seed):
    values, index = made(n, regions, seed, levels=levels)
    most = int(fraction * n)
    graph, kept = region_graph(values, index, threshold, most)
    if not most:
        assert kept == 0
        return
    if graph.out_degrees().sum() == n:  # self-loops alone
        with pytest.raises(InputError, match="no edge between two spots"):
            expanded(values, index, threshold, fraction)
        return
    edges, share = expanded(values, index, threshold, fraction)
    assert kept == round(share * n**2)
    assert (all_edges(graph) != edges).nnz == 0
    np.testing.assert_array_equal(graph.out_degrees(), np.diff(edges.indptr))
    np.testing.assert_array_equal(graph.in_degrees(), np.diff(edges.tocsc().indptr))


def test_four_spots_by_hand():
    # Spots 0 and 2 in region 0, 1 and 3 in region 1. Region 0 sends to both at one strength, region 1 to none; of each
    # row three entries are kept: 0, 1, 2 (the lowest), so that region 1 is cut between spots 1 and 3.
    graph, kept = region_graph(np.array([[1.0, 1.0], [0.0, 0.0]]), np.array([0, 1, 0, 1]), 0.5, 3)
    np.testing.assert_array_equal(all_edges(graph).toarray(), [[1, 1, 1, 0], [0, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1]])
    assert kept == 6
    assert graph.senders.shape == (3, 2)
    assert graph.in_degrees().tolist() == [2, 3, 2, 1]
    assert graph.out_degrees().tolist() == [3, 1, 3, 1]


@given(st.integers(2, 40), st.integers(1, 12), st.integers(1, 5), st.integers(0, 40), st.integers(0, 10**6))
def test_regions_with_ties_are_counted(n, regions, levels, most, seed):
    """Of their rows, written out, the last entry kept is as large as the first left out."""
    values, index = made(n, regions, seed, levels=levels)
    tied = set()
    for region, row in zip(index.tolist(), values[np.ix_(index, index)].tolist(), strict=True):
        falling = sorted((value for value in row if value > 0.2), reverse=True)
        if 0 < most < len(falling) and falling[most - 1] == falling[most]:
            tied.add(region)
    assert tied_regions(values, index, 0.2, most) == len(tied)


def test_the_example_of_the_docstrings():
    graph, _ = region_graph(np.array([[0.0, 2.0], [1.0, 0.0]]), np.array([0, 0, 1, 1]), 0.5, 1)
    assert graph.group.tolist() == [0, 1, 2, 3]
    assert graph.senders.toarray().tolist() == [[False, True], [False, False], [True, False], [False, False]]
    columns, counts = with_diagonal(np.array([0, 1]), np.array([3, 2]), 1, 3, 4)
    assert (columns.tolist(), counts.tolist()) == ([1, 3, 2], [2, 1])
    whole = RegionGraph(sp.csr_matrix([[False, False], [True, False]]), np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))
    source, count = IncomingRegions(whole).draw(np.array([2]), 9, np.random.default_rng(0))
    assert (source.tolist(), count.tolist()) == ([0, 1, 2], [3])


@given(st.integers(2, 40), st.integers(1, 12), st.integers(1, 9), st.floats(0.3, 1.0), st.integers(0, 10**6))
def test_draws_are_in_neighbours_each_at_most_once(n, regions, fanout, fraction, seed):
    values, index = made(n, regions, seed, levels=4)
    graph, _ = region_graph(values, index, 0.2, int(fraction * n) or 1)
    incoming = Incoming.of(all_edges(graph))
    targets = np.random.default_rng(seed).permutation(n)
    source, count = IncomingRegions(graph).draw(targets, fanout, np.random.default_rng(seed))
    ends = np.cumsum(count)
    for target, start, end in zip(targets, ends - count, ends, strict=True):
        whole = set(incoming.source[incoming.pointer[target] : incoming.pointer[target + 1]].tolist())
        drawn = source[start:end].tolist()
        assert len(set(drawn)) == len(drawn) == min(fanout, len(whole))
        assert set(drawn) <= whole


@given(st.integers(2, 40), st.integers(1, 12), st.floats(0.3, 1.0), st.integers(0, 10**6))
def test_attention_is_that_of_the_expanded_graph(n, regions, fraction, seed):
    graph, _ = region_graph(*made(n, regions, seed, levels=4), 0.2, int(fraction * n) or 1)
    torch.manual_seed(seed)
    x, as_source, as_target = torch.randn(n, 5), torch.randn(n), torch.randn(n)
    expected = Edges(Incoming.of(all_edges(graph))).attend(x, as_source, as_target, 0.0)
    found = RegionEdges(graph).attend(x, as_source, as_target, 0.0)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("entries", [1, 7, 10**6])
def test_embedding_is_that_of_the_expanded_graph_whatever_the_blocks(monkeypatch, entries):
    monkeypatch.setattr(region_attention, "BLOCK_ENTRIES", entries)
    graph, _ = region_graph(*made(60, 9, 1, levels=3), 0.2, 30)
    near = sp.random(60, 60, density=0.1, format="csr", random_state=2)
    x = np.random.default_rng(0).random((60, 12), dtype=np.float32)
    model = SpaCon(Shape(12, [8, 4, 2], "concat", 0.1)).eval()
    found = embed(model, x, near, graph, "cpu", reconstruction=True)
    expected = embed(model, x, near, all_edges(graph), "cpu", reconstruction=True)
    assert found.keys() == expected.keys() == {"spatial", "connection", "reconstruction"}
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-5)


def test_training_takes_a_region_graph():
    graph, _ = region_graph(*made(60, 9, 1, levels=3), 0.2, 60)
    near = sp.eye(60, format="csr", dtype=np.float32)
    x = np.random.default_rng(0).random((60, 12), dtype=np.float32)
    # With a fanout that takes every in-neighbour, both forms reach the same spots.
    procedure = Procedure(2, 60, [60, 60], 1e-3, 0.0, 5.0)
    losses = []
    for form in (graph, all_edges(graph)):
        torch.manual_seed(0)
        history = train(x, near, form, Shape(12, [8, 4, 2], "concat", 0.0), procedure, seed=0, device="cpu")[1]
        losses.append([epoch.loss for epoch in history])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_coherence_is_that_of_the_expanded_graph():
    graph, _ = region_graph(*made(60, 9, 1, levels=3), 0.2, 30)
    labels = np.random.default_rng(5).integers(0, 4, 60)
    assert coherence(labels, graph) == pytest.approx(coherence(labels, all_edges(graph)))


def test_files_hold_both_forms(tmp_path):
    graph, _ = region_graph(*made(60, 9, 1, levels=3), 0.2, 30)
    for number, form in enumerate((graph, all_edges(graph))):
        path = tmp_path / f"{number}.npz"
        write_graph(path, form)
        found = read_graph(path)
        assert type(found) is type(form)
        same = all_edges(found) if isinstance(found, RegionGraph) else found
        assert (same != all_edges(graph)).nnz == 0
        assert edge_count(found) == all_edges(graph).nnz
        assert self_loop_count(found) == 60


@pytest.mark.parametrize("self_sender", [True, False])
def test_every_set_of_in_neighbours_is_equally_likely(self_sender):
    # Region 0: spots 0, 3, 5; region 1: spots 1, 4; region 2, empty; region 3: spot 2. Spot 2 hears regions 0 and 1.
    senders = sp.csr_matrix(np.array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, self_sender]], dtype=bool))
    region = np.array([0, 1, 3, 0, 1, 0])
    graph = RegionGraph(senders, region, region)
    subsets = {subset: number for number, subset in enumerate(combinations(range(6), 3))}
    rows = 400 * len(subsets)
    source, count = IncomingRegions(graph).draw(np.full(rows, 2), 3, np.random.default_rng(3))
    assert (count == 3).all()
    drawn = np.sort(source.reshape(rows, 3), axis=1)
    counts = np.bincount([subsets[tuple(row)] for row in drawn.tolist()], minlength=len(subsets))
    assert chisquare(counts).pvalue > 1e-3
