"""The simulated cortex has what it claims to have."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacon.examples import cortex

AREAS = 9


@pytest.fixture(scope="module")
def made():
    return cortex.simulate(900, 120, AREAS, 0.3, 1)


@settings(max_examples=15)
@given(st.integers(2, 1500), st.integers(0, 10**6))
def test_exactly_n_spots_inside_half_an_ellipse(n, seed):
    place = cortex.positions(n, np.random.default_rng(seed))
    assert place.shape == (n, 2)
    x, y = place.T
    assert (x >= 0).all()
    assert ((x / 110) ** 2 + (y / 100) ** 2 < 1).all()
    assert len(np.unique(place, axis=0)) == n


def test_all_areas_and_networks_are_there(made):
    assert np.unique(made.area).tolist() == list(range(AREAS))
    assert np.unique(made.network).tolist() == [0, 1, 2]
    for area in range(AREAS):
        assert len(set(made.network[made.area == area])) == 1


def test_areas_of_one_network_lie_apart(made):
    centres = np.array([made.positions[made.area == area].mean(axis=0) for area in range(AREAS)])
    network = np.array([made.network[made.area == area][0] for area in range(AREAS)])
    order = np.argsort(centres[:, 1])
    assert (network[order][1:] != network[order][:-1]).all()


def test_counts_are_whole_and_overdispersed(made):
    counts = made.counts.toarray()
    assert counts.shape == (900, 120)
    assert made.counts.dtype == np.float32
    assert (counts >= 0).all()
    assert (counts == np.floor(counts)).all()
    for area in range(AREAS):
        inside = counts[made.area == area]
        expressed = inside.mean(axis=0) > 2
        assert (inside.var(axis=0) > inside.mean(axis=0))[expressed].mean() > 0.95


def test_same_seed_same_data(made):
    again, other = (cortex.simulate(900, 120, AREAS, 0.3, seed) for seed in (1, 2))
    np.testing.assert_array_equal(again.positions, made.positions)
    np.testing.assert_array_equal(again.area, made.area)
    assert (again.counts != made.counts).nnz == 0
    assert (other.positions != made.positions).any()
    assert (other.counts != made.counts).nnz > 0


def series_of(made, difficulty, seed=0):
    return cortex.time_series(made.area, made.network, difficulty, np.random.default_rng(seed))


def test_correlations_follow_areas_then_networks(made):
    series = series_of(made, 0.3)
    np.testing.assert_allclose((series**2).sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(series @ series.T, np.corrcoef(series), atol=1e-5)
    correlation = series @ series.T
    area = made.area[:, None] == made.area
    network = made.network[:, None] == made.network
    of_area, of_network, others = (
        correlation[pairs].mean() for pairs in (area & ~np.eye(900, dtype=bool), network & ~area, ~network)
    )
    assert of_area > of_network + 0.15 > others + 0.3


def test_difficulty_adds_noise_to_both_kinds_of_data(made):
    area = (made.area[:, None] == made.area) & ~np.eye(900, dtype=bool)
    correlations = [(lambda s: (s @ s.T)[area].mean())(series_of(made, level)) for level in (0.0, 0.5, 1.0)]
    assert correlations[0] > correlations[1] + 0.1 > correlations[2] + 0.2

    def spread(level):
        """How much the areas' mean expression varies, in logarithms."""
        counts = cortex.counts(made.area, 300, AREAS, level, np.random.default_rng(3)).toarray()
        means = np.array([counts[made.area == area].mean(axis=0) for area in range(AREAS)])
        return np.log(means + 0.1).std(axis=0).mean()

    spreads = [spread(level) for level in (0.0, 0.5, 1.0)]
    assert spreads[0] > 1.2 * spreads[1] > 1.44 * spreads[2]


@pytest.mark.parametrize("most", [3, 40, 300])
def test_regions_never_cross_areas(made, most):
    region = cortex.regions(made, most, 1)
    assert region.dtype == np.int32
    assert region.shape == (900,)
    assert np.unique(region).tolist() == list(range(region.max() + 1))
    assert all(len(set(made.area[region == number])) == 1 for number in range(region.max() + 1))
    chosen = np.random.default_rng(1).permutation(900)[:most]
    assert region.max() + 1 == most + len(set(range(AREAS)) - set(made.area[chosen]))
