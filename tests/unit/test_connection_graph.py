"""Connection graph: by hand on four spots, against brute force, and the same from every form of one matrix."""

import math

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import all_edges
from hypothesis import given
from hypothesis import strategies as st

from spacon.connectivity import forms
from spacon.connectivity.forms import Dense, Factored
from spacon.connectivity.matching import in_order
from spacon.errors import InputError
from spacon.graphs.connection import connection_graph
from spacon.graphs.connection_rules import distance_weights
from spacon.graphs.region_graph import RegionGraph
from spacon.parameters import ConnectionRule
from spacon.readers.file import read_table

LINE = np.array([[0.0, 0], [1, 0], [3, 0], [7, 0]])
MATRIX = np.array(
    [
        [0.0, 0.5, 0.9, 0.7],
        [0.5, 0.9, 0.5, 0.5],
        [0.1, 0.2, 0.3, 0.4],
        [0.6, 0.6, 0.6, 0.6],
    ]
)


def of_array(matrix):
    return Dense(matrix)


def build(whole, coordinates=None, *, threshold=0.0, retained_fraction=1.0, decay=None, near_percentile=None, **how):
    if isinstance(whole, np.ndarray):
        whole = of_array(whole)
    rule = ConnectionRule(decay, near_percentile, threshold, retained_fraction, None)
    place = np.arange(2.0 * whole.n).reshape(-1, 2) if coordinates is None else coordinates
    return connection_graph(whole, place, rule, **how)


def test_threshold_is_strict_and_the_diagonal_is_one():
    graph, fraction = build(MATRIX, threshold=0.5)
    np.testing.assert_array_equal(graph.toarray(), [[1, 0, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 1]])
    assert fraction == 7 / 16
    assert graph.dtype == np.float32
    assert graph.has_sorted_indices


def test_of_equal_entries_the_lower_columns_are_kept():
    graph, fraction = build(MATRIX, threshold=0.2, retained_fraction=0.5)
    np.testing.assert_array_equal(graph.toarray(), [[1, 0, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 0, 1]])
    assert fraction == 8 / 16


def test_fraction_is_rounded_down():
    graph, fraction = build(MATRIX, retained_fraction=0.49)
    np.testing.assert_array_equal(graph.toarray(), [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 1]])
    assert fraction == 4 / 16


def weights_of(block, coordinates, decay, near):
    """Return the weights of all entries of a block of rows."""
    row, column = np.divmod(np.arange(len(block) * len(coordinates)), len(coordinates))
    return distance_weights(row, column, block, coordinates, decay, near).reshape(len(block), -1)


def test_distance_weights_are_the_formula():
    weights = weights_of(LINE[1:3], LINE, 0.1, None)
    expected = [[math.exp(0.1 * d) for d in (1, 0, 2, 6)], [math.exp(0.1 * d) for d in (3, 2, 0, 4)]]
    np.testing.assert_allclose(weights, expected, rtol=1e-14)


def test_near_pairs_keep_the_weight_one():
    # Row 0: distances 0, 1, 3, 7, whose 50th percentile is 2.
    weights = weights_of(LINE[:1], LINE, 0.1, 50)
    np.testing.assert_allclose(weights, [[1, 1, math.exp(0.3), math.exp(0.7)]], rtol=1e-14)


def test_weighting_comes_before_the_threshold():
    graph, fraction = build(np.full((4, 4), 0.5), LINE, threshold=0.7, decay=0.1)
    far = np.abs(LINE[:, :1] - LINE[:, 0]) > 10 * math.log(1.4)
    np.testing.assert_array_equal(graph.toarray(), far | np.eye(4, dtype=bool))
    assert fraction == far.mean()


@given(st.integers(2, 25), st.floats(0.01, 1.0), st.sampled_from([0.0, 0.2, 0.5]), st.booleans(), st.integers(0, 10**6))
def test_rows_equal_a_sort(n, fraction, threshold, ties, seed):
    matrix = np.random.default_rng(seed).random((n, n))
    matrix[0, 0] = 2.0
    matrix = np.round(matrix, 1) if ties else matrix
    most = math.floor(fraction * n)
    expected = np.zeros((n, n), dtype=bool)
    for row, values in enumerate(matrix):
        ranked = sorted((-value, column) for column, value in enumerate(values) if value > threshold)
        expected[row, [column for _, column in ranked[:most]]] = True
    before = matrix.copy()
    if not (expected & ~np.eye(n, dtype=bool)).any():
        with pytest.raises(InputError, match="none is kept" if most == 0 else "no edge between two spots"):
            build(matrix, threshold=threshold, retained_fraction=fraction)
        return
    graph, kept = build(matrix, threshold=threshold, retained_fraction=fraction)
    assert kept == expected.sum() / n**2
    np.testing.assert_array_equal(graph.toarray(), expected | np.eye(n, dtype=bool))
    np.testing.assert_array_equal(matrix, before)


@pytest.mark.parametrize("rows", [1, 3, 7, 40])
def test_block_size_does_not_matter(monkeypatch, rows):
    generator = np.random.default_rng(2)
    matrix, place = generator.normal(size=(40, 40)), generator.random((40, 2))
    rule = {"threshold": 0.1, "retained_fraction": 0.2, "decay": 0.3, "near_percentile": 40}
    whole, whole_fraction = build(matrix, place, **rule)
    monkeypatch.setattr(forms, "BLOCK_ENTRIES", rows * 40)
    assert of_array(matrix).blocks() == [(start, min(40, start + rows)) for start in range(0, 40, rows)]
    graph, fraction = build(matrix, place, **rule)
    assert (graph != whole).nnz == 0
    assert fraction == whole_fraction


@pytest.fixture
def three_forms(tmp_path):
    """Return one matrix and the three files that hold it."""
    generator = np.random.default_rng(3)
    values = generator.random((5, 5)).astype(np.float32) * (generator.random((5, 5)) < 0.6)
    index = generator.integers(0, 5, 60)
    matrix = values[np.ix_(index, index)]
    np.save(tmp_path / "dense.npy", matrix)
    sp.save_npz(tmp_path / "sparse.npz", sp.coo_matrix(matrix))
    np.savez(tmp_path / "factored.npz", values=values, index=index)
    return matrix, {path.stem: path for path in tmp_path.iterdir()}


@pytest.mark.parametrize("threshold", [0.3, 0.0, -0.1])
@pytest.mark.parametrize("form", ["dense", "sparse", "factored"])
def test_every_form_gives_the_same_graph(three_forms, form, threshold, monkeypatch):
    matrix, paths = three_forms
    monkeypatch.setattr(forms, "BLOCK_ENTRIES", 60 * 7)
    opened = in_order(read_table(paths[form]))
    assert (opened.n, opened.form) == (60, form)
    graph, fraction = build(opened, threshold=threshold, retained_fraction=0.25)
    expected, expected_fraction = build(matrix, threshold=threshold, retained_fraction=0.25)
    if form == "factored":
        assert isinstance(graph, RegionGraph)
        graph = all_edges(graph)
    assert (graph != expected).nnz == 0
    assert fraction == expected_fraction


def test_distance_weighting_makes_the_edges_of_factored_connectivity(three_forms):
    matrix, paths = three_forms
    place = np.random.default_rng(1).random((60, 2))
    graph, fraction = build(in_order(read_table(paths["factored"])), place, threshold=0.3, decay=0.1)
    expected, expected_fraction = build(matrix, place, threshold=0.3, decay=0.1)
    assert (graph != expected).nnz == 0
    assert fraction == expected_fraction


@pytest.mark.parametrize("form", ["dense", "sparse", "factored"])
def test_an_entry_equal_to_the_threshold_is_left_out_of_every_form(tmp_path, form):
    """0.3 in single precision is above 0.3 in double: they are compared as the file has them."""
    matrix = np.array([[0.3, 0.5], [0.3, 0.3]], dtype=np.float32)
    np.save(tmp_path / "dense.npy", matrix)
    sp.save_npz(tmp_path / "sparse.npz", sp.csr_matrix(matrix))
    np.savez(tmp_path / "factored.npz", values=matrix, index=np.arange(2))
    opened = in_order(read_table(next(tmp_path.glob(f"{form}.*"))))
    assert build(opened, threshold=0.3)[1] == 1 / 4


@pytest.mark.parametrize("decay", [None, 0.1])
def test_threads_change_nothing(three_forms, decay, monkeypatch):
    _, paths = three_forms
    monkeypatch.setattr(forms, "BLOCK_ENTRIES", 60 * 7)
    place, seen = np.random.default_rng(1).random((60, 2)), []

    def track(blocks, count):
        for block in blocks:
            seen.append(count)
            yield block

    rule = {"threshold": 0.3, "retained_fraction": 0.25, "decay": decay}
    graphs = [
        build(in_order(read_table(paths["dense"])), place, **rule, threads=threads, track=track)[0]
        for threads in (1, 3)
    ]
    assert (graphs[0] != graphs[1]).nnz == 0
    assert np.array_equal(graphs[0].indices, graphs[1].indices)
    assert seen == [9] * 18  # 60 rows by 7, once for each number of threads


def test_dense_file_is_only_mapped_and_never_written(three_forms):
    matrix, paths = three_forms
    paths["dense"].chmod(0o444)
    opened = in_order(read_table(paths["dense"]))
    block = opened.rows(3, 5)
    assert isinstance(block.base, np.memmap)
    assert not block.flags.writeable
    build(opened, threshold=0.3, decay=0.1, near_percentile=20)
    np.testing.assert_array_equal(np.load(paths["dense"]), matrix)


def test_at_most_one_block_is_asked_for(monkeypatch):
    """No more than a block of rows is made, whatever the size of the matrix."""
    monkeypatch.setattr(forms, "BLOCK_ENTRIES", 500)
    asked = []

    class Asked(Dense):
        def rows(self, start, stop):
            asked.append((start, stop))
            return super().rows(start, stop)

    build(Asked(np.ones((100, 100))), retained_fraction=0.02)
    assert asked == [(start, start + 5) for start in range(0, 100, 5)]


@pytest.mark.parametrize("form", ["dense", "factored"])
def test_empty_graph(form):
    whole = Dense(MATRIX) if form == "dense" else Factored(MATRIX, np.arange(4))
    with pytest.raises(InputError) as error:
        build(whole, threshold=3.0)
    assert str(error.value) == (
        "the connection graph has no edge between two spots: connectivity_threshold is 3 and retained_fraction 1; "
        "the largest entry between two spots is 0.9: lower --connectivity_threshold"
    )
