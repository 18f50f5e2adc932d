"""Direction and sign of connectivity, in every form: the same as of the whole matrix."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from spacon.connectivity.correlation import Correlations
from spacon.connectivity.forms import Connectivity, Dense, Factored, Reordered, Sparse
from spacon.connectivity.meaning import meant
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
}
DIRECTED = {"rows": lambda whole: whole, "columns": lambda whole: whole.T, "both": lambda whole: (whole + whole.T) / 2}
SIGNED = {"keep": lambda whole: whole, "drop": lambda whole: np.maximum(whole, 0), "absolute": np.abs}


def source(direction: Any, negative: Any) -> ConnectivitySource:
    return ConnectivitySource(None, None, "given", None, 1, direction, negative)


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
    graph, _ = connection_graph(found, np.zeros((found.n, 2)), ConnectionRule(None, None, 0.75, 1.0))
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
