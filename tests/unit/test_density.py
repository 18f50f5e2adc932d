"""The threshold that a share of the entries means: by hand, and as sorting all entries tells."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from spacon.connectivity.forms import Connectivity, Dense, Factored, Reordered, Sparse
from spacon.connectivity.lowrank import LowRank
from spacon.errors import InputError
from spacon.graphs import density
from spacon.graphs.connection import connection_graph
from spacon.graphs.connection_rules import check_rule
from spacon.graphs.density import next_largest, with_threshold
from spacon.graphs.graph import edge_count
from spacon.parameters import ConnectionRule

# Twelve entries between four spots, of which three are 0; the diagonal is larger than all.
MATRIX = np.array([[99, 1, 2, 0], [3, 99, 4, 5], [0, 6, 99, 7], [8, 0, 9, np.nan]])


def rule(share: float | None, decay: float | None = None, threshold: float = 0.0) -> ConnectionRule:
    return ConnectionRule(decay, None, threshold, 1.0, share)


def chosen(
    matrix: Connectivity, share: float, decay: float | None = None, place: Any = None
) -> tuple[float, list[str]]:
    place = np.zeros((matrix.n, 2)) if place is None else place
    found, notes = with_threshold(matrix, place, rule(share, decay))
    assert found.connection_density is None
    return found.connectivity_threshold, notes


@pytest.mark.parametrize(
    ("share", "threshold", "words"),
    [
        (0.25, 6, "0.25 set the threshold to 6: 25.00% of the entries between two spots lie above it"),
        (0.3, 6, "0.3 set the threshold to 6: 25.00% of the entries between two spots lie above it"),
        (1 / 12, 8, "set the threshold to 8: 8.33%"),
        (0.75, 0, "0.75 set the threshold to 0: 75.00%"),
        (0.99, 0, "0.99 set the threshold to 0: 75.00%"),
    ],
)
def test_by_hand(share, threshold, words):
    """A quarter of twelve is three: 7, 8 and 9 lie above 6."""
    for form in (Dense(MATRIX), Sparse(sp.csr_matrix(MATRIX))):
        found, (note,) = chosen(form, share)
        assert found == threshold
        assert words in note
        assert "equal" not in note


def test_without_a_density_a_rule_stays_as_it_is():
    given_rule = rule(None, threshold=0.7)
    assert with_threshold(Dense(MATRIX), np.zeros((4, 2)), given_rule) == (given_rule, [])


def test_of_equal_entries_none_is_kept_and_that_is_said():
    """5 of 12 are wanted; 9 and 8 are larger than five that are 7."""
    matrix = np.minimum(np.nan_to_num(MATRIX), 7) * (MATRIX > 2) + MATRIX * (MATRIX <= 2)
    matrix[[0, 1], [3, 0]] = 9, 8
    matrix[1, 2:], matrix[2, 1] = 7, 7
    matrix[3, 0], matrix[3, 2] = 7, 7
    found, (note,) = chosen(Dense(matrix), 5 / 12)
    assert found == 7
    assert note.endswith("16.67% of the entries between two spots lie above it, and 6 that equal it do not")


def test_equal_entries_alone_are_refused():
    with pytest.raises(InputError, match=r"0\.5, which is 6 of 12 entries, but the 12 largest are all 1: raise it, or"):
        chosen(Dense(np.ones((4, 4))), 0.5)
    with pytest.raises(InputError, match="which is 0 of 12 entries, but the 1 largest are all 9"):
        chosen(Dense(MATRIX), 0.01)


def test_no_entry_of_0_or_less_is_kept():
    assert chosen(Dense(MATRIX - 5), 0.9)[0] == 0


def test_the_weighted_entries_count():
    """Two pairs of spots, 10 apart; within a pair 1, between them 0.9, which is more once it is weighted by e^1."""
    place = np.array([[0, 0], [0, 0], [10, 0], [10, 0]], dtype=float)
    matrix = np.where(place[:, :1] == place[:, 0], 1, 0.9) + np.arange(16).reshape(4, 4) / 1000
    found, _ = chosen(Dense(matrix), 8 / 12, 0.1, place)
    assert found == pytest.approx(1.014)  # the largest within a pair, from spot 3 to spot 2
    graph, _ = connection_graph(Dense(matrix), place, with_threshold(Dense(matrix), place, rule(8 / 12, 0.1))[0])
    np.testing.assert_array_equal(graph.toarray()[0], [1, 0, 1, 1])


FORMS = {
    "dense": Dense,
    "single precision": lambda values: Dense(values.astype(np.float32)),
    "half precision": lambda values: Dense(values.astype(np.float16)),
    "whole numbers": lambda values: Dense((values * 20).astype(np.int8)),
    "sparse": lambda values: Sparse(sp.csr_matrix(np.where(np.abs(values) > 0.7, values, 0))),
    "in another order": lambda values: Reordered(values, np.append(np.arange(len(values))[::-1], -1)),
    "regions": lambda values: Factored(values, np.arange(40) % len(values) // 2),
    "low rank": lambda values: LowRank(values[:, :3], values[:, 2:5]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("decay", [None, 0.5, -0.5])
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.99))
def test_as_sorting_all_entries_tells(form, decay, seed, share):
    random = np.random.default_rng(seed)
    matrix = FORMS[form](random.normal(size=(12, 12)) * 10.0 ** random.integers(-4, 1))
    n, place = matrix.n, random.random((matrix.n, 2))
    apart = np.sqrt(sum(np.subtract.outer(axis, axis) ** 2 for axis in place.T))
    value = matrix.rows(0, n) * (1 if decay is None else np.exp(decay * apart))
    falling = np.sort(value[~np.eye(n, dtype=bool)].astype(float))[::-1]
    wanted = int(share * n * (n - 1) + 1e-9)
    expected = max(falling[wanted], 0)
    if not (falling > expected).any():
        return
    found, _ = chosen(matrix, share, decay, place)
    assert found == pytest.approx(expected, rel=1e-14)
    graph, _ = connection_graph(matrix, place, with_threshold(matrix, place, rule(share, decay))[0])
    assert edge_count(graph) - n <= wanted
    if len(np.unique(falling)) == len(falling) and falling[wanted] > 0:
        assert edge_count(graph) - n == wanted


def test_blocks_and_threads_do_not_matter(monkeypatch):
    values = np.random.default_rng(0).random((30, 30))
    for form in (Dense(values), Factored(values, np.arange(70) % 30)):
        expected = with_threshold(form, np.zeros((form.n, 2)), rule(0.2))
        monkeypatch.setattr("spacon.connectivity.forms.BLOCK_ENTRIES", 100)
        monkeypatch.setattr(density, "BLOCK_ENTRIES", 100)
        assert with_threshold(form, np.zeros((form.n, 2)), rule(0.2), threads=2) == expected
        monkeypatch.undo()


@given(st.lists(st.floats(min_value=0, exclude_min=True, allow_infinity=False), max_size=30), st.integers(0, 31))
def test_the_next_largest_of_any_numbers(numbers, rank):
    parts = [np.array(numbers[:7]), np.array(numbers[7:])]
    falling = sorted(numbers, reverse=True)
    value, larger, equal = next_largest(lambda: iter([(part, None) for part in parts]), rank)
    if len(numbers) <= rank:
        assert (value, larger, equal) == (0, len(numbers), 0)
    else:
        assert value == falling[rank]
        assert (larger, equal) == (sum(each > value for each in numbers), numbers.count(value))


@pytest.mark.parametrize("share", [0, 1, -0.1, 2, float("nan")])
def test_no_share_is_refused(share):
    with pytest.raises(InputError, match=r"connection_density is .*; a share between 0 and 1 is needed"):
        check_rule(rule(share))


def test_a_threshold_beside_it_is_refused():
    with pytest.raises(
        InputError, match=r"connection_density is 0\.1 and connectivity_threshold 0\.5, but the one sets"
    ):
        check_rule(rule(0.1, threshold=0.5))
    check_rule(rule(0.1))
