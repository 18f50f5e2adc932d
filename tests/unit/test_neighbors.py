"""Neighbours and UMAP: symmetric weights over the true neighbours, on both sides of the size where search is exact."""

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT
from scipy.spatial import KDTree

from spacon.clusters.memory import most_weights
from spacon.clusters.neighbors import neighbors_and_umap


@pytest.mark.parametrize("n", [300, 5_000])
def test_weights_join_nearest_neighbours(n):
    generator = np.random.default_rng(0)
    group = generator.integers(0, 4, n)
    fused = generator.normal(size=(n, 5)) + 20 * np.eye(5)[group]
    weights, layout = neighbors_and_umap(fused, 10, seed=1)
    assert weights.shape == (n, n)
    assert layout.shape == (n, 2)
    assert np.isfinite(layout).all()
    assert abs(weights - weights.T).max() < 1e-6
    assert weights.diagonal().sum() == 0
    assert weights.data.min() >= 0
    assert weights.data.max() <= 1
    nearest = KDTree(fused).query(fused, k=10)[1][:, 1:]
    found = weights[np.repeat(np.arange(n), 9), nearest.ravel()] > 0
    assert found.mean() > 0.95
    assert weights.nnz <= most_weights(n, 10)
    source, target = weights.nonzero()
    assert (group[source] == group[target]).all()


def test_one_seed_gives_one_layout():
    fused = np.random.default_rng(0).normal(size=(200, 4))
    (one, first), (two, second), (_, other) = (neighbors_and_umap(fused, 10, seed) for seed in (1, 1, 2))
    assert (one != two).nnz == 0
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_what_numba_compiles_is_kept_for_the_next_process(tmp_path):
    program = f"""
import sys
sys.path.insert(0, {str(ROOT / "bin")!r})
import numpy as np
from numba.core import event
from spacon.clusters.neighbors import neighbors_and_umap
compiled = event.RecordingListener()
with event.install_listener("numba:compile", compiled):
    neighbors_and_umap(np.random.default_rng(0).normal(size=(50, 4)), 10, 1)
print(*(each.data["dispatcher"].py_func.__name__ for _, each in compiled.buffer))
"""
    slow = {"fast_knn_indices", "smooth_knn_dist", "compute_membership_strengths"}
    found = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(slow & set(done.stdout.split()))
    assert found == [slow, set()]
