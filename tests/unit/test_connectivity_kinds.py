"""The same connections from the same numbers, whatever type and form a file stores them in."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from spacon.connectivity.forms import Connectivity, Dense, Sparse, check_finite
from spacon.connectivity.matching import in_order
from spacon.errors import InputError
from spacon.graphs.connection import connection_graph, count_connections
from spacon.parameters import ConnectionRule
from spacon.readers.file import read_table

TYPES = ["bool", "i1", "u1", ">i2", "u2", "i4", "u4", "i8", "u8", "f2", ">f2", "f4", ">f4", "f8", ">f8", "g"]
SPARSE = ["csr", "csc", "coo", "bsr", "dia", "repeated", "array", "zeros"]
# scipy's sparse matrices take neither half precision nor a foreign order of bytes.
CASES = [
    *((kind, form) for kind in TYPES for form in ("dense", "fortran")),
    *((kind, form) for kind in TYPES if np.dtype(kind).isnative and kind != "f2" for form in SPARSE),
]


def brute_force(matrix: np.ndarray, threshold: float, most: int) -> np.ndarray:
    """The rule in plain Python: of each row, the largest entries above the threshold, those met first of equal ones."""
    kept = np.eye(len(matrix), dtype=bool)
    for row, values in enumerate(matrix.tolist()):
        ranked = sorted((-value, column) for column, value in enumerate(values) if value > threshold)
        kept[row, [column for _, column in ranked[:most]]] = True
    return kept


def small_numbers(kind: str, n: int, seed: int) -> np.ndarray:
    """Whole numbers or eighths that the type holds exactly, few enough for ties."""
    kind_of = np.dtype(kind)
    random = np.random.default_rng(seed)
    numbers = random.integers(0 if kind_of.kind in "bu" else -9, 2 if kind_of.kind == "b" else 10, (n, n))
    if kind_of == np.dtype("i1"):
        numbers = np.where(numbers == -9, -128, numbers)  # the one number that negation leaves as it is
    return numbers / (8 if kind_of.kind == "f" else 1)


def stored(matrix: np.ndarray, kind: str, form: str) -> np.ndarray | sp.spmatrix:
    """Return the matrix as a file would hold it."""
    values = matrix.astype(kind)
    if form == "fortran":
        return np.asfortranarray(values)
    if form == "dense":
        return values
    if form == "repeated":  # each entry as two, in disorder; the sum of small ones overflows a byte where it is large
        row, column = np.nonzero(np.ones(values.shape, dtype=bool))
        data = np.concatenate([values.ravel(), np.zeros(values.size, dtype=values.dtype)])
        order = np.random.default_rng(0).permutation(len(data))
        return sp.coo_matrix((data[order], (np.tile(row, 2)[order], np.tile(column, 2)[order])), shape=values.shape)
    if form == "zeros":  # every entry stored, zeros too
        n = len(values)
        return sp.csr_matrix((values.ravel(), np.tile(np.arange(n), n), np.arange(0, n * n + 1, n)), shape=(n, n))
    if form == "array":
        return sp.csr_array(values)
    return sp.coo_matrix(values).asformat(form)


def read_back(folder, matrix: np.ndarray | sp.spmatrix) -> Connectivity:
    if sp.issparse(matrix):
        sp.save_npz(folder / "c.npz", matrix)
        return in_order(read_table(folder / "c.npz"))
    np.save(folder / "c.npy", matrix)
    return in_order(read_table(folder / "c.npy"))


@pytest.mark.parametrize(("kind", "form"), CASES)
def test_every_type_and_form_gives_the_same_edges(tmp_path, kind, form):
    for seed, threshold, most in ((1, 0.0, 12), (2, -0.5, 5), (3, 0.5, 3)):
        matrix = small_numbers(kind, 12, seed)
        whole = read_back(tmp_path, stored(matrix, kind, form))
        check_finite(whole, "c")
        rule = ConnectionRule(None, None, threshold, (most + 0.1) / 12, None)
        graph, _ = connection_graph(whole, np.zeros((12, 2)), rule)
        expected = brute_force(matrix, threshold, most)
        np.testing.assert_array_equal(graph.toarray(), expected)
        assert count_connections(whole, np.zeros((12, 2)), rule)[0] == expected.sum()


@pytest.mark.parametrize(("kind", "form"), CASES)
def test_a_graph_without_edges_is_refused_with_the_largest_entry(tmp_path, kind, form):
    matrix = small_numbers(kind, 12, 1)
    np.fill_diagonal(matrix, matrix.max())
    largest = np.max(matrix, where=~np.eye(12, dtype=bool), initial=-np.inf)
    whole = read_back(tmp_path, stored(matrix, kind, form))
    rule = ConnectionRule(None, None, 99.0, 1.0, None)
    with pytest.raises(InputError, match=rf"the largest entry between two spots is {largest:.4g}: lower"):
        connection_graph(whole, np.zeros((12, 2)), rule)


@pytest.mark.parametrize("kind", ["u1", "bool", "i1"])
def test_repeated_entries_are_summed_in_a_wider_type(tmp_path, kind):
    """Three entries of one place, whose sum the type does not hold."""
    largest = {"u1": 200, "bool": 1, "i1": 100}[kind]
    data = np.full(3, largest).astype(kind)
    matrix = sp.coo_matrix((data, ([0, 0, 0], [1, 1, 1])), shape=(4, 4))
    whole = read_back(tmp_path, matrix)
    assert whole.rows(0, 1).tolist() == [[0, 3 * largest, 0, 0]]


@pytest.mark.parametrize("kind", ["u1", "bool", "i1", "f2", ">i4", "u8", "f4"])
@pytest.mark.parametrize("index", ["i1", "u1", ">i4", "u8", "i8"])
def test_factored_types_give_the_edges_of_the_expanded_matrix(tmp_path, kind, index):
    values, region = small_numbers(kind, 4, 7), np.arange(12) % 4
    np.savez(tmp_path / "c.npz", values=values.astype(kind), index=region.astype(index))
    whole = in_order(read_table(tmp_path / "c.npz"))
    rule = ConnectionRule(None, None, -0.5, 5.1 / 12, None)
    graph, _ = connection_graph(whole, np.zeros((12, 2)), rule)
    edges = graph.senders.toarray()[np.ix_(graph.group, graph.region)].T | np.eye(12, dtype=bool)
    np.testing.assert_array_equal(edges, brute_force(values[np.ix_(region, region)], -0.5, 5))


@given(
    st.integers(0, 10**6), st.sampled_from([np.nan, np.inf, -np.inf, 1e30, 0.0]), st.sampled_from(["dense", "sparse"])
)
def test_the_diagonal_may_hold_anything(seed, value, form):
    """Without retention it changes nothing; an entry beside it that is no number is refused."""
    matrix = np.random.default_rng(seed).normal(size=(8, 8))
    plain, filled = matrix.copy(), matrix.copy()
    np.fill_diagonal(plain, 0.0)
    np.fill_diagonal(filled, value)

    def of(array: np.ndarray) -> Connectivity:
        return Sparse(sp.csr_matrix(array)) if form == "sparse" else Dense(array)

    rule = ConnectionRule(None, None, 0.1, 1.0, None)
    check_finite(of(filled), "c")
    found, expected = (connection_graph(of(array), np.zeros((8, 2)), rule)[0] for array in (filled, plain))
    assert (found != expected).nnz == 0
    filled[3, 5] = np.nan
    with pytest.raises(
        InputError, match=r"^c: entry \[3, 5\] is nan; numbers are required off the diagonal \(0: no connection\)$"
    ):
        check_finite(of(filled), "c")


def test_a_region_s_own_entry_counts_where_it_joins_two_spots(tmp_path):
    values = np.arange(16.0).reshape(4, 4)
    values[3] = values[:, 3] = np.nan  # no spot lies there
    values[0, 0] = np.nan  # of one spot, joined with itself alone
    np.savez(tmp_path / "c.npz", values=values, index=np.array([0, 1, 1, 2]))
    check_finite(in_order(read_table(tmp_path / "c.npz")), "c")
    values[1, 1] = np.nan
    np.savez(tmp_path / "c.npz", values=values, index=np.array([0, 1, 1, 2]))
    with pytest.raises(InputError, match=r"entry \[1, 1\] is nan"):
        check_finite(in_order(read_table(tmp_path / "c.npz")), "c")


@pytest.mark.parametrize(("fraction", "n", "kept"), [(0.29, 100, 28), (0.3, 100, 30), (0.1, 30, 3), (0.7, 10, 7)])
def test_the_share_of_a_row_is_rounded_down_as_published(fraction, n, kept):
    """0.29 * 100 is 28.999999999999996 in binary fractions, and the published rule takes 28."""
    matrix = np.random.default_rng(0).random((n, n)) + 1
    rule = ConnectionRule(None, None, 0.0, fraction, None)
    whole = Dense(matrix)
    assert connection_graph(whole, np.zeros((n, 2)), rule)[1] == kept / n


def weighted(decay: float, span: float, n: int = 6) -> tuple[Connectivity, np.ndarray]:
    matrix = np.random.default_rng(0).random((n, n)).astype(np.float32)
    return Dense(matrix), np.linspace([0, 0], [span, 0], n)


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 1e9))
def test_weights_are_right_or_refused(decay, span):
    """Never infinite, never all zero: either logarithms give the same edges, or the run is refused."""
    whole, place = weighted(decay, span)
    rule = ConnectionRule(decay, None, 1e-3, 0.5, None)
    farthest = abs(decay) * span
    try:
        graph, _ = connection_graph(whole, place, rule)
    except InputError as error:
        assert farthest > 600 or "no edge between two spots" in str(error)
        return
    assert farthest <= 600 * (1 + 1e-9)
    distance = np.abs(place[:, None, 0] - place[None, :, 0])
    logarithm = np.log(whole.rows(0, 6).astype(np.float64)) + decay * distance
    expected = np.eye(6, dtype=bool)
    for row, values in enumerate(logarithm):
        for column in np.argsort(-values, kind="stable")[:3]:
            expected[row, column] |= values[column] > np.log(1e-3)
    np.testing.assert_array_equal(graph.toarray(), expected)
