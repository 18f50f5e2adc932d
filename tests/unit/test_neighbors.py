"""Neighbours and UMAP: symmetric weights over the true neighbours, on both sides of the size where search is exact."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from spacon.neighbors import neighbors_and_umap


@pytest.mark.parametrize("n", [300, 5_000])
def test_weights_join_nearest_neighbours(n):
    generator = np.random.default_rng(0)
    group = generator.integers(0, 4, n)
    fused = generator.normal(size=(n, 5)) + 20 * np.eye(5)[group]
    weights, layout = neighbors_and_umap(fused, 10, seed=1)
    assert weights.shape == (n, n) and layout.shape == (n, 2) and np.isfinite(layout).all()
    assert abs(weights - weights.T).max() < 1e-6 and weights.diagonal().sum() == 0
    assert weights.data.min() >= 0 and weights.data.max() <= 1
    nearest = KDTree(fused).query(fused, k=10)[1][:, 1:]
    found = weights[np.repeat(np.arange(n), 9), nearest.ravel()] > 0
    assert found.mean() > 0.95
    source, target = weights.nonzero()
    assert (group[source] == group[target]).all()


def test_one_seed_gives_one_layout():
    fused = np.random.default_rng(0).normal(size=(200, 4))
    (one, first), (two, second), (_, other) = (neighbors_and_umap(fused, 10, seed) for seed in (1, 1, 2))
    assert (one != two).nnz == 0
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)
