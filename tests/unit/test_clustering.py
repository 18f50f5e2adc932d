"""Clustering on graphs whose communities are known."""

import numpy as np
import pytest
import scipy.sparse as sp

from spacon.clusters.communities import by_size, communities, nearest_resolution, to_igraph
from spacon.clusters.files import read_clusterings, write_clustering
from spacon.clusters.labels import Clustering

METHODS = ["leiden", "louvain"]


@pytest.fixture(scope="module")
def two_cliques():
    """Return five spots joined with each other (odd numbers), six others (the rest), and one edge between the two."""
    group = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0])
    matrix = (group[:, None] == group).astype(float)
    matrix[0, 1] = matrix[1, 0] = 1
    np.fill_diagonal(matrix, 0)
    return to_igraph(sp.csr_matrix(matrix)), group


@pytest.fixture(scope="module")
def blocks():
    """Return eight groups of 20 spots, joined within and seldom between."""
    group = np.repeat(np.arange(8), 20)
    generator = np.random.default_rng(0)
    upper = np.triu(generator.random((160, 160)) < np.where(group[:, None] == group, 0.6, 0.02), 1)
    return to_igraph(sp.csr_matrix((upper | upper.T).astype(float))), group


def same_partition(labels, group):
    return len(set(zip(labels, group, strict=True))) == len(set(labels)) == len(set(group))


def test_weights_and_edges_are_those_of_the_matrix():
    matrix = sp.csr_matrix([[5, 0.5, 0], [0.5, 0, 2], [0, 2, 0]])
    graph = to_igraph(matrix)
    assert not graph.is_directed()
    assert graph.vcount() == 3
    assert dict(zip(graph.get_edgelist(), graph.es["weight"], strict=True)) == {(0, 1): 0.5, (1, 2): 2.0}


@pytest.mark.parametrize("method", METHODS)
def test_two_cliques_are_two_clusters(two_cliques, method):
    graph, group = two_cliques
    np.testing.assert_array_equal(communities(graph, method, 1.0, 0), group)


@pytest.mark.parametrize("method", METHODS)
def test_weights_decide(method):
    """A square of four spots falls along its two heavy sides."""
    matrix = np.zeros((4, 4))
    for i, j, weight in [(0, 1, 9), (1, 2, 1), (2, 3, 9), (3, 0, 1)]:
        matrix[i, j] = matrix[j, i] = weight
    assert communities(to_igraph(sp.csr_matrix(matrix)), method, 1.0, 0).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("method", METHODS)
def test_resolution_makes_more_clusters(blocks, method):
    graph, group = blocks
    counts = [communities(graph, method, resolution, 0).max() + 1 for resolution in (0.05, 1.0, 20.0)]
    assert counts[0] == 1
    assert counts[1] == 8
    assert counts[2] > 20
    assert same_partition(communities(graph, method, 1.0, 0), group)


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_labels(blocks, method):
    """At a high resolution the labels hang on chance, which the seed alone decides."""
    graph = blocks[0]
    first, again, other = (communities(graph, method, 6.0, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_numbers_fall_with_size_and_ties_go_to_the_first_met():
    assert by_size(np.array([7, 7, 2, 2, 2, 5, 5, 9])).tolist() == [1, 1, 0, 0, 0, 2, 2, 3]
    assert by_size(np.array([3, 1, 3, 1])).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("wanted", [1, 8])
@pytest.mark.parametrize("method", METHODS)
def test_wanted_number_is_found(blocks, method, wanted):
    graph, group = blocks
    resolution, labels = nearest_resolution(lambda tried: communities(graph, method, tried, 0), wanted)
    assert labels.max() + 1 == wanted
    np.testing.assert_array_equal(labels, communities(graph, method, resolution, 0))
    assert wanted == 1 or same_partition(labels, group)


def test_nearest_is_taken_where_the_wanted_number_never_comes():
    """Steps from 3 clusters to 10 at a resolution of 2: 5 is nearer to 3, 8 nearer to 10."""

    def cluster(resolution):
        return np.arange(3 if resolution < 2 else 10)

    for wanted, count in ((5, 3), (8, 10)):
        resolution, labels = nearest_resolution(cluster, wanted)
        assert len(labels) == count
        assert len(cluster(resolution)) == count


def test_file_round_trip_and_order(tmp_path):
    labels, refined = np.array([0, 1, 1]), np.array([1, 1, 1])
    how = [(2, 0.5, 0.6, None), (1, 1.0, 0.6, refined), (1, 0.0, 1.2, None), (1, 0.0, 0.6, None)]
    paths = [tmp_path / f"{number}.npz" for number in range(4)]
    for path, (seed, alpha, resolution, more) in zip(paths, how, strict=True):
        write_clustering(path, Clustering(seed, alpha, "leiden", resolution, refined=False, labels=labels), more)
    found = read_clusterings(paths)
    assert [each.key for each in found] == [
        "spacon_alpha0_resolution0.6_seed1",
        "spacon_alpha0_resolution1.2_seed1",
        "spacon_alpha1_resolution0.6_seed1",
        "spacon_alpha1_resolution0.6_seed1_refined",
        "spacon_alpha0.5_resolution0.6_seed2",
    ]
    assert found[3].labels.tolist() == [1, 1, 1]
    assert found[2].labels.tolist() == [0, 1, 1]
    assert isinstance(found[0], Clustering)
    assert found[0].method == "leiden"
