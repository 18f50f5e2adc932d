"""Direction and sign of connectivity, in every form: the same as of the whole matrix."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from spacon.connectivity.correlation import Correlations
from spacon.connectivity.forms import Connectivity, Dense, Factored, Reordered, Sparse
from spacon.connectivity.lowrank import LowRank
from spacon.connectivity.meaning import check_meaning, meant
from spacon.errors import InputError
from spacon.graphs.connection import connection_graph
from spacon.parameters import ConnectionRule, ConnectivitySource

MATRIX = np.array([[0, 1, -2, 0], [3, 0, 0.5, -4], [0, -6, 0, 5], [-1, 0, 7, 0]])
LEFT, RIGHT = np.random.default_rng(0).normal(size=(2, 4, 3))
FORMS: dict[str, Connectivity] = {
    "dense": Dense(MATRIX),
    "small whole numbers": Dense(np.where(MATRIX == -4, -128, MATRIX).astype(np.int8)),
    "in another order": Reordered(MATRIX, np.array([2, 0, -1, 1])),
    "sparse": Sparse(sp.csr_matrix(MATRIX)),
    "factored": Factored(MATRIX, np.array([3, 0, 0, 2, 1])),
    "correlations": Correlations(LEFT, RIGHT),
    "low rank": LowRank(LEFT, RIGHT, np.array([0, 1, 0, -1]), within=0.25),
}
DIRECTED = {"rows": lambda whole: whole, "columns": lambda whole: whole.T, "both": lambda whole: (whole + whole.T) / 2}
SIGNED = {"keep": lambda whole: whole, "drop": lambda whole: np.maximum(whole, 0), "absolute": np.abs}


def source(direction: Any, negative: Any, transform: Any = "none") -> ConnectivitySource:
    return ConnectivitySource(None, None, "given", None, 1, direction, negative, transform)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("direction", DIRECTED)
@pytest.mark.parametrize("negative", SIGNED)
def test_every_form_is_changed_as_the_whole_matrix(form, direction, negative):
    given = FORMS[form]
    whole = given.rows(0, given.n).astype(float)
    expected = SIGNED[negative](DIRECTED[direction](whole))
    found = meant(given, source(direction, negative))
    np.testing.assert_allclose(np.vstack([found.rows(row, row + 1) for row in range(found.n)]), expected, atol=1e-15)
    assert found.form == given.form
    np.testing.assert_array_equal(given.rows(0, given.n), whole)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("direction", DIRECTED)
def test_what_is_connected_follows(form, direction):
    found = meant(FORMS[form], source(direction, "absolute"))
    graph, _ = connection_graph(found, np.zeros((found.n, 2)), ConnectionRule(None, None, 0.75, 1.0, None))
    expected = np.abs(DIRECTED[direction](FORMS[form].rows(0, found.n).astype(float))) > 0.75
    if form != "factored":
        np.testing.assert_array_equal(graph.toarray().astype(bool), expected | np.eye(found.n, dtype=bool))


def test_what_is_not_finite_is_found_whatever_it_counts_as():
    holed = MATRIX.copy()
    holed[1, 2] = np.nan
    for direction, entry in (("rows", (1, 2)), ("columns", (2, 1))):
        found = meant(Dense(holed), source(direction, "absolute"))
        (row, column), *_ = [(part[0][0], part[1][0]) for part in found.not_finite() if len(part[0])]
        assert (row, column) == entry


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("direction", DIRECTED)
@pytest.mark.parametrize("negative", ["drop", "absolute"])
def test_the_logarithm_is_of_what_entries_are_worth(form, direction, negative):
    whole = FORMS[form].rows(0, FORMS[form].n).astype(float)
    found = meant(FORMS[form], source(direction, negative, "log1p"))
    expected = np.log1p(SIGNED[negative](DIRECTED[direction](whole)))
    np.testing.assert_allclose(found.rows(0, found.n), expected, rtol=1e-6)
    assert found.form == FORMS[form].form
    assert isinstance(found, Sparse) == (form == "sparse")


@pytest.mark.parametrize("form", FORMS)
def test_the_logarithm_of_a_negative_entry_is_refused(form):
    words = r"log1p, but there is an entry of -\S+: set --negative drop or absolute, or leave it out"
    with pytest.raises(InputError, match=words):
        meant(FORMS[form], source("rows", "keep", "log1p")).rows(0, FORMS[form].n)


def test_the_logarithm_passes_what_is_no_number_on_the_diagonal():
    holed = np.abs(MATRIX)
    np.fill_diagonal(holed, [np.nan, -np.inf, np.inf, 0])
    found = meant(Dense(holed), source("rows", "keep", "log1p")).rows(0, 4)
    np.testing.assert_array_equal(found[~np.eye(4, dtype=bool)], np.log1p(holed[~np.eye(4, dtype=bool)]))


def test_fishers_z_of_copies_is_not_infinite():
    """By hand: arctanh(0.5) = ln(3) / 2; of 1, as of two copies of a series, 8.4."""
    values = np.array([[1, 0.5, -0.5], [0.5, 1, 1 + 1e-16], [-0.5, -1, np.nan]])
    half = np.log(3) / 2
    expected = [[8.4056, half, -half], [half, 8.4056, 8.4056], [-half, -8.4056, np.nan]]
    for form in (Dense(values), Dense(values.astype(np.float32)), Factored(values, np.arange(3))):
        found = meant(form, source("rows", "keep", "fisher_z")).rows(0, 3)
        np.testing.assert_allclose(found, expected, 1e-4)


def test_fishers_z_is_of_time_series():
    with pytest.raises(InputError, match="fisher_z, which is of correlations of time series, but --time_series is not"):
        check_meaning(source("rows", "keep", "fisher_z"))
    check_meaning(ConnectivitySource(None, None, "given", "pearson", 1, "rows", "keep", "fisher_z"))


def test_order_is_kept_so_that_it_matters_with_distances_alone():
    values, place = np.random.default_rng(1).random((2, 20, 20))
    plain, changed = Dense(values), meant(Dense(values), source("rows", "keep", "log1p"))
    rule = ConnectionRule(None, None, 0.0, 0.25, None)
    one, two = (connection_graph(form, place, rule)[0].toarray() for form in (plain, changed))
    np.testing.assert_array_equal(one, two)
    weighted = ConnectionRule(2.0, None, 0.0, 0.25, None)
    one, two = (connection_graph(form, place[:, :2], weighted)[0].toarray() for form in (plain, changed))
    assert (one != two).any()
