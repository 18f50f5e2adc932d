"""What is right, worked out plainly: in double precision, pair by pair, by no code of the pipeline."""

import json
import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import anndata as ad
import numpy as np
import scipy.sparse as sp

from spacon.graphs.graph import read_graph
from spacon.graphs.region_graph import RegionGraph
from tests.corpus.sample import PLACES


def lognormalised(counts: np.ndarray) -> np.ndarray:
    """Return log(1 + 10,000 x / sum of x) of each spot; 0 for one without expression."""
    counts = np.asarray(counts).astype(np.float64)
    total = counts.sum(axis=1, keepdims=True)
    return np.log1p(1e4 * counts / np.where(total == 0, 1, total))


def plain(values: np.ndarray | sp.spmatrix) -> np.ndarray:
    """Return a matrix as a dense array."""
    return values.toarray() if sp.issparse(values) else np.asarray(values)


def expression_is(expected: np.ndarray, kind: str = "counts") -> Callable[[Path], None]:
    """Return an assertion on what the model will take, and on what validation said of it."""

    def check(folder: Path) -> None:
        made = ad.read_h5ad(folder / "preprocessed.h5ad")
        assert made.X.dtype == np.float32
        np.testing.assert_allclose(plain(made.X), expected, rtol=2e-6, atol=1e-7)
        assert json.loads((folder / "valid.json").read_text())["expression_values"] == kind

    return check


def counts_are(counts: np.ndarray) -> Callable[[Path], None]:
    """Return an assertion that raw counts were log-normalised."""
    return expression_is(lognormalised(counts))


def connected(
    strength: np.ndarray, threshold: float, fraction: float = 1.0, decay: float = 0.0, place: np.ndarray = PLACES
) -> np.ndarray:
    """Return which spots are connected, self-loops set; of equal entries, those to the first spots are kept."""
    most, n = math.floor(fraction * len(strength)), len(strength)
    kept = np.zeros((n, n), dtype=bool)
    for i in range(n):
        weighted = [float(strength[i, j]) * math.exp(decay * math.dist(place[i], place[j])) for j in range(n)]
        above = [j for j in range(n) if weighted[j] > threshold]
        kept[i, sorted(above, key=lambda j: (-weighted[j], j))[:most]] = True
    np.fill_diagonal(kept, True)
    return kept


def neighbours(place: np.ndarray, k: int) -> np.ndarray:
    """Return which spots are among the k nearest of each."""
    near = np.zeros((len(place), len(place)), dtype=bool)
    for i, here in enumerate(place):
        apart = [math.inf if i == j else math.dist(here, there) for j, there in enumerate(place)]
        near[i, np.argsort(apart)[:k]] = True
    return near


def neighbours_by_section(place: np.ndarray, k: int, section: np.ndarray, order: Sequence[str]) -> np.ndarray:
    """Return the k nearest inside each section, and those of two that follow each other that lie across."""
    near = np.zeros((len(place), len(place)), dtype=bool)
    for name in order:
        inside = np.flatnonzero(section == name)
        near[np.ix_(inside, inside)] = neighbours(place[inside], k)
    for one, other in pairwise(order):
        both = np.flatnonzero((section == one) | (section == other))
        pooled = neighbours(place[both], k) & (section[both][:, None] != section[both])
        near[np.ix_(both, both)] |= pooled
    return near


def edges_of(path: Path) -> np.ndarray:
    """Return the edges of a graph, of either form, as a matrix of truth values."""
    graph = read_graph(path)
    if isinstance(graph, RegionGraph):
        edges = graph.senders.toarray()[np.ix_(graph.group, graph.region)].T.astype(bool)
        np.fill_diagonal(edges, True)
        return edges
    assert set(graph.data.tolist()) <= {1.0}
    return graph.toarray() > 0


def connections_are(expected: np.ndarray) -> Callable[[Path], None]:
    """Return an assertion on the connection graph, and on how many edges validation foresaw."""

    def check(folder: Path) -> None:
        np.testing.assert_array_equal(edges_of(folder / "connections.npz"), expected)
        assert json.loads((folder / "valid.json").read_text())["spots"] == len(expected)

    return check


def spatial_edges_are(expected: np.ndarray) -> Callable[[Path], None]:
    """Return an assertion on the spatial graph, self-loops set."""
    return lambda folder: np.testing.assert_array_equal(
        edges_of(folder / "near.npz"), expected | np.eye(len(expected), dtype=bool)
    )


def places_are(expected: np.ndarray, source: str) -> Callable[[Path], None]:
    """Return an assertion on the coordinates: those of maps, those of distances, and the spatial graph made of them."""

    def check(folder: Path) -> None:
        made = ad.read_h5ad(folder / "preprocessed.h5ad")
        expected_map = expected[:, :2]
        np.testing.assert_array_equal(made.obsm["spatial"], expected_map)
        if expected.shape[1] == 3:
            np.testing.assert_array_equal(made.obsm["spatial_3d"], expected)
        assert json.loads((folder / "valid.json").read_text())["coordinates"] == source
        spatial_edges_are(neighbours(expected, 5))(folder)

    return check


def shares(edges: np.ndarray) -> tuple[int, float]:
    """Return how many spots have no edge to or from another, and how many others the median spot points at."""
    between = edges & ~np.eye(len(edges), dtype=bool)
    return int((~between.any(axis=0) & ~between.any(axis=1)).sum()), float(np.median(between.sum(axis=1)))
