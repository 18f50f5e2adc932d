"""Fusion by alpha."""

import math

import numpy as np
import pytest

from spacon.clusters.mixing import mix, standardise

GENERATOR = np.random.default_rng(0)
SPATIAL, CONNECTION = GENERATOR.normal(3, 2, (20, 4)), GENERATOR.normal(-1, 5, (20, 4))


def test_standardise_by_hand():
    deviation = math.sqrt(8 / 3)  # of 1, 3, 5 over the whole population
    expected = [[-2 / deviation, 0], [0, 0], [2 / deviation, 0]]
    np.testing.assert_allclose(standardise(np.array([[1.0, 7], [3, 7], [5, 7]])), expected, rtol=1e-14)


def test_ends_are_one_embedding_exactly():
    np.testing.assert_array_equal(mix(SPATIAL, CONNECTION, 0.0), standardise(SPATIAL))
    np.testing.assert_array_equal(mix(SPATIAL, CONNECTION, 1.0), standardise(CONNECTION))


@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.9])
def test_weight_is_the_formula(alpha):
    weight = (math.exp(-4 * alpha) - 1) / (math.exp(-4) - 1)
    expected = weight * standardise(CONNECTION) + (1 - weight) * standardise(SPATIAL)
    np.testing.assert_allclose(mix(SPATIAL, CONNECTION, alpha), expected, rtol=1e-12)


def test_constant_column_gives_zeros_and_no_nan():
    flat = SPATIAL.copy()
    flat[:, 1] = 4
    assert (mix(flat, CONNECTION, 0.0)[:, 1] == 0).all()
    assert np.isfinite(mix(flat, CONNECTION, 0.5)).all()


def test_constant_column_of_float32_gives_zeros():
    """0.1 has no exact mean in float32: rounding must not be blown up to a feature."""
    flat = np.full((1001, 1), 0.1, dtype=np.float32)
    np.testing.assert_allclose(standardise(flat), 0, atol=1e-6)
