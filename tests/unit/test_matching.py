"""Which row of connectivity is which spot: by name or number, never by chance."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from conftest import all_edges
from hypothesis import given
from hypothesis import strategies as st

from spacon.connectivity.forms import Factored, Reordered, Sparse
from spacon.connectivity.matching import Matched, circular, matched
from spacon.errors import InputError
from spacon.graphs.connection import connection_graph
from spacon.parameters import ConnectionRule, ConnectivitySource
from spacon.readers.table import Table

# From a, b, c to a, b, c.
VALUES = np.array([[0.0, 1, 2], [3, 0, 4], [5, 6, 0]])
NAMES = ("a", "b", "c")


def match(values: Any, names: Any, spots: pd.DataFrame, key: str | None = None, diagonal: Any = "given") -> Matched:
    found = values if isinstance(values, Table) else Table(values, names)
    return matched(
        found, spots, ConnectivitySource(None, key, diagonal, None, 1, "rows", "keep", "none"), "c.csv", "spots.h5ad"
    )


def spots(*names: str, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns, index=list(names))


def dense(found: Matched) -> list[list[float]]:
    return found.connectivity.rows(0, found.connectivity.n).tolist()


@pytest.mark.parametrize("form", [np.array, sp.csr_matrix])
def test_rows_go_to_the_spots_of_their_names(form):
    found = match(form(VALUES), NAMES, spots("c", "a", "b"))
    assert dense(found) == [[0, 5, 6], [2, 0, 1], [4, 3, 0]]
    assert (found.by, found.outside, found.notes) == ("names of spots", 0, [])


@pytest.mark.parametrize("form", [np.array, sp.csr_matrix])
def test_a_spot_without_a_row_has_no_connections(form):
    found = match(form(VALUES + 7), NAMES, spots("b", "bb", "a"))
    assert dense(found) == [[7, 0, 10], [0, 0, 0], [8, 0, 7]]
    assert (found.by, found.outside) == ("names of spots", 1)
    assert found.notes == [
        "1 of 3 spots has no row in c.csv and so no connections: 1 of 'bb'",
        "1 of 3 rows of c.csv is of no spot here: 'c'",
    ]


@pytest.mark.parametrize("form", [np.array, sp.csr_matrix])
def test_spots_take_the_rows_of_their_regions(form):
    obs = spots("1", "2", "3", "4", area=[" c ", "a", "c", "b"])
    found = match(form(VALUES), NAMES, obs, "area")
    assert dense(found) == [[0, 5, 0, 6], [2, 0, 2, 1], [0, 5, 0, 6], [4, 3, 4, 0]]
    assert (found.by, found.outside, found.notes) == ("names of regions", 0, [])
    assert isinstance(found.connectivity, Factored)


@pytest.mark.parametrize(("form", "lazy"), [(np.array, Reordered), (sp.csr_matrix, Sparse)])
def test_where_each_region_has_one_spot_values_are_not_copied(form, lazy):
    values = form(VALUES)
    found = match(values, NAMES, spots("1", "2", "3", area=["c", None, "a"]), "area")
    assert type(found.connectivity) is lazy
    assert dense(found) == [[0, 0, 5], [0, 0, 0], [2, 0, 0]]
    assert (found.by, found.outside) == ("names of regions", 1)
    if isinstance(found.connectivity, Reordered):
        assert found.connectivity.matrix is values
    chosen = match(values, NAMES, spots("1", "2", "3", area=["c", None, "a"]), "area", "unconnected")
    assert isinstance(chosen.connectivity, Factored)
    assert dense(chosen) == dense(found)


def test_spots_outside_every_region_are_counted_and_have_no_connections():
    obs = spots(*"12345678", area=["a", None, "", "VISp", "0", "VISp", "-1", "b"])
    found = match(VALUES + 7, ("a", "b", "VISpl"), obs, "area")
    rows = np.array(dense(found))
    assert rows[np.ix_([0, 7], [0, 7])].tolist() == [[7, 8], [10, 7]]
    assert (rows > 0).sum() == 4
    assert found.outside == 6
    assert found.notes == [
        "6 of 8 spots have no row in c.csv and so no connections: 2 without a label, 2 of 'VISp' (did you mean "
        "'VISpl'?), 1 of '0', 1 of '-1'",
        "1 of 3 rows of c.csv is of no region here: 'VISpl'",
    ]


@pytest.mark.parametrize("kind", [int, float, str, "category", "Int64"])
def test_regions_of_numbers_are_matched_whatever_type_they_have(kind):
    obs = spots(*"123", area=pd.Series([30, 10, 30], index=list("123")).astype(kind))
    found = match(VALUES, ("10", "20", "30"), obs, "area")
    assert dense(found) == [[0, 5, 0], [2, 0, 2], [0, 5, 0]]


def test_without_names_a_column_holds_the_numbers_of_rows():
    obs = spots(*"1234", place=[2.0, 0.0, np.nan, -1.0])
    found = match(VALUES, None, obs, "place")
    assert dense(found) == [[0, 5, 0, 0], [2, 0, 0, 0], [0] * 4, [0] * 4]
    assert (found.by, found.outside) == ("index of places", 2)


@pytest.mark.parametrize(
    ("diagonal", "within"), [("given", [9.0, 0, 0]), ("connected", [6.0, 6, 6]), ("unconnected", [0.0, 0, 0])]
)
def test_what_spots_of_one_region_are_to_each_other_is_a_choice(diagonal, within):
    values = VALUES + np.diag([9.0, 0, 0])
    found = match(values, NAMES, spots(*"123456", area=list("aabbcc")), "area", diagonal)
    assert [dense(found)[2 * region][2 * region + 1] for region in range(3)] == within
    assert values.diagonal().tolist() == [9, 0, 0]


def test_no_diagonal_is_refused_where_it_would_join_two_spots():
    values = VALUES + np.diag([np.nan, np.inf, np.nan])
    one_each = spots(*"123", area=list("abc"))
    assert match(values, NAMES, one_each, "area").by == "names of regions"
    words = r"c\.csv: entry \[1, 1\], of a region to itself, is inf, .*set --region_diagonal connected or unconnected"
    with pytest.raises(InputError, match=words):
        match(values, NAMES, spots(*"1234", area=list("abbc")), "area")
    found = match(values, NAMES, spots(*"1234", area=list("abbc")), "area", "connected")
    assert dense(found)[1] == [3, 6, 6, 4]


OWN = Table(VALUES, index=np.array([0, 1, 2]))
REFUSED: dict[str, tuple[Any, Any, pd.DataFrame, str | None, str]] = {
    "another number": (VALUES, None, spots("a", "b"), None, "connectivity is of 3 spots, but spots.h5ad has 2"),
    "an index for another number": (OWN, None, spots("a", "b"), None, "connectivity is of 3 spots, but spots.h5ad"),
    "no name in common": (VALUES, NAMES, spots("x", "y", "z"), None, "set --region_key to the column of obs"),
    "names of a column": (VALUES, NAMES, spots("x", "y", area=["a", "b"]), None, "did you mean --region_key area?"),
    "no such column": (VALUES, NAMES, spots("x", area=["a"]), "aera", "no column 'aera' in obs; did you mean"),
    "no region in common": (VALUES, NAMES, spots("x", area=["A"]), "area", "no spot lies in any of its 3 regions"),
    "no label at all": (VALUES, NAMES, spots("x", area=[None]), "area", "obs['area'] has no label"),
    "counted from 1": (VALUES, None, spots(*"123", at=[1, 2, 3]), "at", "is it counted from 1? Subtract 1"),
    "a number too large": (VALUES, None, spots(*"12", at=[0, 7]), "at", "obs['at'] is 7, but c.csv has rows 0 to 2"),
    "words for numbers": (VALUES, None, spots(*"12", at=["0", "V1"]), "at", "spots.h5ad has 'V1'"),
    "fractions": (VALUES, None, spots(*"12", at=[0.5, 1]), "at", "spots.h5ad has '0.5'"),
    "an index and a column": (OWN, None, spots(*"123", at=[0, 1, 2]), "at", "leave out --region_key"),
}


@pytest.mark.parametrize(("values", "names", "obs", "key", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(values, names, obs, key, words):
    with pytest.raises(InputError) as raised:
        match(values, names, obs, key)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("names", [None, NAMES])
def test_a_diagonal_of_regions_is_refused_where_there_are_none(names):
    with pytest.raises(InputError, match=r"c\.csv: region_diagonal is set, but its rows are spots, not regions"):
        match(VALUES, names, spots("a", "b", "c"), diagonal="connected")


def edges_of(found: Matched, threshold: float, fraction: float) -> np.ndarray:
    place = np.zeros((found.connectivity.n, 2))
    graph, _ = connection_graph(found.connectivity, place, ConnectionRule(None, None, threshold, fraction, None))
    return (graph if sp.issparse(graph) else all_edges(graph)).toarray()


@given(st.integers(0, 2**32 - 1), st.sampled_from(["dense", "sparse", "regions"]), st.sampled_from([1.0, 0.5]))
def test_the_order_of_either_side_does_not_matter(seed, form, fraction):
    """Entries differ, so that none of a row's largest is cut among equal ones."""
    random = np.random.default_rng(seed)
    m = 7
    values = random.permutation(m * m).reshape(m, m) / (m * m)
    names = np.array([f"r{number}" for number in range(m)])
    n = 12 if form == "regions" else m
    region = random.choice(m, n) if form == "regions" else np.arange(m)
    obs = pd.DataFrame({"area": names[region]}, index=names[region] if n == m else [f"s{i}" for i in range(n)])
    key = "area" if form == "regions" else None
    store = sp.csr_matrix if form == "sparse" else np.array
    graph = edges_of(match(store(values), tuple(names), obs, key), 0.3, 1.0 if key else fraction)
    rows, order = random.permutation(m), random.permutation(n)
    shuffled = match(store(values[np.ix_(rows, rows)]), tuple(names[rows]), obs.iloc[order], key)
    again = edges_of(shuffled, 0.3, 1.0 if key else fraction)
    np.testing.assert_array_equal(again, graph[np.ix_(order, order)])


def test_agreement_with_regions_is_said_to_be_circular():
    obs = spots(*"1234", area=["a", "a", "b", "c"], lobe=["x", "x", "x", "y"], type=["x", "y", "x", "x"])
    assert circular(obs, "area", None) == circular(obs, "area", "type") == circular(obs, None, "lobe") == []
    for reference in ("area", "lobe"):
        (note,) = circular(obs, "area", reference)
        assert "that clusters agree with these labels shows nothing" in note


def test_regions_of_one_spot_each_make_nothing_circular():
    obs = spots(*"1234", area=["a", "b", "c", "d"], lobe=["x", "x", "x", "y"])
    assert circular(obs, "area", "lobe") == []
    obs.loc["2", "area"] = "a"
    assert len(circular(obs, "area", "lobe")) == 1
