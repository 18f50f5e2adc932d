"""Distances in place of strengths are refused; no kind of connectivity is."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import cdist

from spacon.connectivity.forms import Connectivity, Dense, Factored, Sparse
from spacon.connectivity.matching import Matched
from spacon.errors import InputError
from spacon.preflight.distances import distance_notes

RANDOM = np.random.default_rng(5)
PLACES = RANDOM.random((150, 2))
APART = cdist(PLACES, PLACES)


def notes_of(connectivity: Connectivity, positions: np.ndarray, place: np.ndarray | None = None) -> list[str]:
    place = np.arange(connectivity.n) if place is None else place
    return distance_notes(Matched(connectivity, "order", place), positions)


@pytest.mark.parametrize("distances", [APART, APART**2, APART.astype(np.float32), np.rint(APART * 1000).astype(int)])
def test_distances_are_refused(distances):
    with pytest.raises(InputError, match=r"its entries are in the order of the distances .* bring strengths, or, of"):
        notes_of(Dense(distances), PLACES)


def test_distances_between_regions_are_refused():
    index = np.arange(300) % 150
    with pytest.raises(InputError, match="in the order of the distances"):
        notes_of(Factored(APART, index), PLACES[index], index)


def test_spots_outside_do_not_hide_them():
    values, place = APART.copy(), np.arange(150)
    values[:5] = values[:, :5] = 0
    place[:5] = -1
    with pytest.raises(InputError, match="in the order of the distances"):
        notes_of(Dense(values), PLACES, place)


def test_what_may_be_distances_is_noted():
    """Along a folded surface: longer than straight, by as much as half."""
    longer = APART * (1 + np.triu(RANDOM.random(APART.shape), 1) / 2)
    longer = np.triu(longer, 1) + np.triu(longer, 1).T
    (note,) = notes_of(Dense(longer), PLACES)
    assert note.startswith("the entries rise with the distance between spots (Spearman's correlation 0.9")


def series_of(places: np.ndarray) -> np.ndarray:
    """Correlations of series that are alike where spots are near each other, all above 0."""
    waves = np.exp(-cdist(places, RANDOM.random((40, 2)))) @ RANDOM.normal(size=(40, 300)) + RANDOM.normal(size=300) * 9
    return np.corrcoef(waves)


CORRELATIONS = series_of(PLACES)
NO_DIAGONAL = CORRELATIONS * ~np.eye(150, dtype=bool)
STRENGTH: dict[str, Connectivity] = {
    "correlations": Dense(CORRELATIONS),
    "correlations without a diagonal, all above 0.5": Dense(NO_DIAGONAL),
    "weaker with distance": Dense(np.where(APART > 0, np.exp(-APART), 0)),
    "any numbers": Dense(RANDOM.random((150, 150))),
    "any numbers, symmetric, no diagonal": Dense((APART > 0) * (lambda a: a + a.T)(RANDOM.random((150, 150)))),
    "sparse": Sparse(sp.random(150, 150, 0.1, random_state=0, format="csr")),
    "tracing, directed": Dense(APART * (1 + RANDOM.random((150, 150)))),
    "long connections alone": Dense(np.where(APART > 0.3, APART, 0)),
}


@pytest.mark.parametrize("kind", STRENGTH)
def test_strengths_pass(kind):
    assert NO_DIAGONAL[~np.eye(150, dtype=bool)].min() > 0.5  # they fulfil the triangle inequality
    assert notes_of(STRENGTH[kind], PLACES) == []


@pytest.mark.parametrize("n", [1, 2, 7])
def test_few_spots_are_in_order_by_chance(n):
    assert notes_of(Dense(APART[:n, :n]), PLACES[:n]) == []


def test_spots_in_one_place_pass():
    assert notes_of(Dense(APART), np.zeros((150, 2))) == []
    assert notes_of(Factored(np.zeros((1, 1)), np.zeros(9, dtype=int)), PLACES[:9], np.full(9, -1)) == []
