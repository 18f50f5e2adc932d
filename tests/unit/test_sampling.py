"""Sampling: every drawn edge is one of the graph, every subset equally likely, and steps are what METHOD.md says."""

from itertools import combinations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from spacon.model.sampling import Incoming, Sampler, draw_without_replacement


def random_graph(n, share, seed):
    graph = sp.random(n, n, density=share, format="csr", random_state=seed, dtype=np.float32)
    graph = (graph + sp.eye(n, format="csr", dtype=np.float32)).tocsr()
    graph.data[:] = 1
    return graph


@given(st.lists(st.integers(0, 30), max_size=20), st.integers(0, 12), st.integers(0, 10**6))
def test_draws_are_distinct_and_in_bounds(more, size, seed):
    degree = np.array(more, dtype=np.int64) + size
    drawn = draw_without_replacement(degree, size, np.random.default_rng(seed))
    assert drawn.shape == (len(more), size)
    assert (drawn >= 0).all()
    assert (drawn < degree[:, None]).all()
    assert all(len(set(row)) == size for row in drawn)


@pytest.mark.parametrize(("degree", "size"), [(5, 2), (6, 3), (4, 3), (7, 1)])
def test_every_subset_is_equally_likely(degree, size):
    subsets = {subset: number for number, subset in enumerate(combinations(range(degree), size))}
    rows = 400 * len(subsets)
    drawn = np.sort(draw_without_replacement(np.full(rows, degree), size, np.random.default_rng(4)), axis=1)
    counts = np.bincount([subsets[tuple(row)] for row in drawn.tolist()], minlength=len(subsets))
    assert chisquare(counts).pvalue > 1e-3


def test_few_neighbours_are_all_taken_and_many_cut_to_the_fanout():
    graph = Incoming(np.array([0, 0, 2, 7]), np.array([1, 2, 0, 1, 2, 4, 5]))
    source, count = graph.draw(np.array([2, 0, 1]), 3, np.random.default_rng(0))
    assert count.tolist() == [3, 0, 2]
    assert len(set(source[:3])) == 3
    assert set(source[:3]) <= {0, 1, 2, 4, 5}
    assert source[3:].tolist() == [1, 2]


def test_incoming_turns_the_matrix_round():
    graph = Incoming.of(sp.csr_matrix([[0, 1, 1], [0, 0, 1], [0, 0, 0]]))
    assert graph.pointer.tolist() == [0, 0, 1, 3]
    assert graph.source.tolist() == [0, 0, 1]


def edges_of(incoming, spots):
    """Return a step's edges as pairs (source, target) in the numbers of the whole data."""
    target = np.repeat(np.arange(len(incoming.pointer) - 1), np.diff(incoming.pointer))
    return list(zip(spots[incoming.source].tolist(), spots[target].tolist(), strict=True))


@given(st.integers(5, 60), st.lists(st.integers(1, 5), min_size=1, max_size=3), st.integers(0, 10**6))
def test_a_step(n, fanouts, seed):
    wired, near = random_graph(n, 0.15, seed % 2**31), random_graph(n, 0.1, seed % 2**31 + 1)
    sampler = Sampler(Incoming.of(wired), Incoming.of(near), fanouts, seed)
    seeds = np.random.default_rng(seed).permutation(n)[:4]
    step = sampler.step(seeds)
    assert (sampler.local_number == -1).all()

    assert step.spots[:4].tolist() == seeds.tolist()
    assert len(set(step.spots.tolist())) == len(step.spots) == len(step.connection.pointer) - 1

    connections = edges_of(step.connection, step.spots)
    assert len(set(connections)) == len(connections)
    whole = set(zip(*(side.tolist() for side in wired.nonzero()), strict=True))
    assert set(connections) <= whole

    # Walk outwards again: hop h reaches the spots that send edges to those of hop h - 1 and were not met before.
    into = {target: [source for source, end in connections if end == target] for target in step.spots.tolist()}
    met, frontier = set(seeds.tolist()), seeds.tolist()
    for fanout in fanouts:
        for target in frontier:
            in_degree = sum(end == target for _, end in whole)
            assert len(into[target]) == min(fanout, in_degree)
        frontier = sorted({source for target in frontier for source in into[target]} - met)
        met |= set(frontier)
    assert met == set(step.spots.tolist())
    assert not any(into[target] for target in frontier)

    inside = set(step.spots.tolist())
    induced = {(i, j) for i, j in zip(*(side.tolist() for side in near.nonzero()), strict=True) if {i, j} <= inside}
    found = edges_of(step.spatial, step.spots)
    assert len(found) == len(induced)
    assert set(found) == induced


def sampler(seed, n=50):
    return Sampler(Incoming.of(random_graph(n, 0.3, 1)), Incoming.of(random_graph(n, 0.1, 2)), [4, 2], seed)


def test_steps_cover_all_spots_in_order():
    seeds = [step.spots[:size] for step, size in zip(sampler(0).steps(16), (16, 16, 16, 2), strict=True)]
    assert np.concatenate(seeds).tolist() == list(range(50))


def test_same_seed_same_steps():
    def drawn(seed):
        return [step.connection.source.tolist() for step in sampler(seed).steps(10)]

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_epochs_differ():
    one = sampler(0)
    first, second = ([step.spots.tolist() for step in one.steps(10)] for _ in range(2))
    assert first != second
