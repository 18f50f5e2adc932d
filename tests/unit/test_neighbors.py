"""Neighbours in a mix: the true ones, weighted as UMAP weights them; and the layout that the weights give."""

import os
import subprocess
import sys
import warnings
from unittest.mock import patch

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from umap import UMAP

from spacon.clusters.layout import lay_out
from spacon.clusters.memory import max_weights
from spacon.clusters.neighbors import (
    SPOTS_PER_BLOCK,
    by_comparison,
    by_tree,
    compared_share,
    nearest_neighbors,
    neighbor_weights,
)


def grouped(n):
    """Return n points of four groups that lie far apart, and the group of each."""
    generator = np.random.default_rng(0)
    group = generator.integers(0, 4, n)
    return (generator.normal(size=(n, 5)) + 20 * np.eye(5)[group]).astype(np.float32), group


def test_four_spots_on_a_line():
    """At 0, 1, 3 and 7, each with its two nearest: rho is the distance to the first, sigma solves 1 + v = log2 3."""
    found, distances = nearest_neighbors(np.array([[0.0], [1.0], [3.0], [7.0]]), 3)
    assert found.tolist() == [[0, 1, 2], [1, 0, 2], [2, 1, 0], [3, 2, 1]]
    assert distances.tolist() == [[0, 1, 3], [0, 1, 2], [0, 2, 3], [0, 4, 6]]
    second = np.log2(3) - 1
    one = np.array([[0, 1, second, 0], [1, 0, second, 0], [second, 1, 0, 0], [0, second, 1, 0]])
    expected = one + one.T - one * one.T
    np.testing.assert_allclose(neighbor_weights(found, distances).toarray(), expected, atol=1e-4)


@settings(deadline=None, max_examples=60)
@given(st.integers(4, 60), st.integers(1, 4), st.integers(0, 2**16), st.booleans(), st.booleans(), st.data())
def test_neighbours_are_the_nearest_others(n, dimensions, seed, crowded, by_pairs, data):
    """However many spots lie at one place: each is its own first neighbour, and no other is nearer than those found."""
    generator = np.random.default_rng(seed)
    mix = generator.integers(0, 3, (n, dimensions)) if crowded else generator.normal(size=(n, dimensions))
    neighbors = data.draw(st.integers(2, n - 1))
    with patch.multiple("spacon.clusters.neighbors", FEW_SPOTS=0 if by_pairs else 99, MAX_COMPARED=0.0):
        found, distances = nearest_neighbors(mix.astype(np.float32), neighbors)
    assert found[:, 0].tolist() == list(range(n))
    assert all(len(set(row)) == neighbors for row in found.tolist())
    between = cdist(mix.astype(np.float32), mix.astype(np.float32))
    np.testing.assert_allclose(distances, np.take_along_axis(between, found, axis=1), rtol=1e-6)
    np.testing.assert_allclose(distances, np.sort(between, axis=1)[:, :neighbors], rtol=1e-6)
    weights = neighbor_weights(found, distances)
    assert (weights != weights.T).nnz == 0
    assert weights.diagonal().sum() == 0
    assert weights.data.min() >= 0
    assert weights.data.max() <= 1
    assert weights.sum(axis=1).min() >= 1 - 1e-6  # the nearest of each counts in full
    assert weights.nnz <= max_weights(n, neighbors)


def test_both_searches_find_the_same_of_many_spots_and_the_faster_is_chosen():
    generator = np.random.default_rng(0)
    noise = generator.normal(size=(3_000, 32)).astype(np.float32)
    line = generator.random((3_000, 1)).astype(np.float32) * np.ones(32, dtype=np.float32)
    assert compared_share(noise, 40) > 0.5
    assert compared_share(line, 40) < 0.05
    block = np.arange(1_000, 2_000)
    (found, distances), (expected, exact) = (search(noise)(block, 39) for search in (by_tree, by_comparison))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(distances, exact, rtol=1e-6)


@pytest.mark.parametrize("n", [300, SPOTS_PER_BLOCK + 1])
def test_groups_that_lie_apart_share_no_weight(n):
    mix, group = grouped(n)
    source, target = neighbor_weights(*nearest_neighbors(mix, 10)).nonzero()
    assert (group[source] == group[target]).all()


def test_weights_and_layout_are_those_of_umap():
    """Of few spots, where UMAP itself searches exactly."""
    mix = np.random.default_rng(0).normal(size=(300, 5)).astype(np.float32)
    weights = neighbor_weights(*nearest_neighbors(mix, 15))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = UMAP(n_neighbors=15, min_dist=0.5, random_state=1).fit(mix)
    strong = weights.copy()
    strong.data[strong.data < weights.max() / 500] = 0  # which UMAP forgets once it has laid out by them
    assert abs(strong - whole.graph_).max() < 1e-4
    np.testing.assert_array_equal(lay_out(mix, whole.graph_.tocsr(), 1), whole.embedding_)


def test_groups_stand_apart_in_the_layout():
    mix, group = grouped(400)
    positions = lay_out(mix, neighbor_weights(*nearest_neighbors(mix, 10)), seed=1)
    assert positions.shape == (400, 2)
    assert positions.dtype == np.float32
    between = cdist(positions, positions)
    np.fill_diagonal(between, np.inf)
    assert (group[between.argmin(axis=1)] == group).mean() > 0.99


def test_one_seed_gives_one_layout():
    mix = np.random.default_rng(0).normal(size=(200, 4))
    weights = neighbor_weights(*nearest_neighbors(mix, 10))
    before = weights.copy()
    one, again, other = (lay_out(mix, weights, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert (weights != before).nnz == 0


def test_a_graph_with_symmetry_is_laid_out_the_same_each_time():
    """On a ring of equal weights the eigenvectors' solver starts again at random."""
    n = 24
    ring = sp.csr_matrix((np.ones(n, dtype=np.float32), (np.arange(n), np.roll(np.arange(n), 1))), (n, n))
    mix = np.random.default_rng(0).normal(size=(n, 4)).astype(np.float32)
    one, again, other = (lay_out(mix, ring + ring.T, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_as_few_spots_as_are_allowed_have_a_layout():
    mix = np.random.default_rng(0).normal(size=(4, 3))
    assert np.isfinite(lay_out(mix, neighbor_weights(*nearest_neighbors(mix, 2)), seed=1)).all()


def test_what_the_environment_compiled_is_used():
    """containers/warm.py compiled at set-up what these functions call, for spots of either number of epochs."""
    program = f"""
import os, sys
os.environ["NUMBA_CPU_NAME"] = "generic"
sys.path.insert(0, {str(ROOT / "bin")!r})
import numpy as np
from numba.core import event
compiled = event.RecordingListener()
with event.install_listener("numba:compile", compiled):
    from spacon.clusters.layout import lay_out
    from spacon.clusters.neighbors import nearest_neighbors, neighbor_weights
    mix = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    weights = neighbor_weights(*nearest_neighbors(mix, 10))
    lay_out(mix, weights, 1)
print(*(each.data["dispatcher"].py_func.__name__ for _, each in compiled.buffer))
"""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert not {"smooth_knn_dist", "compute_membership_strengths", "optimize_layout_euclidean"} & set(
        done.stdout.split()
    )
    assert len(done.stdout.split()) < 5, done.stdout
