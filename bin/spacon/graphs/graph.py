"""Graphs in both forms, a sparse matrix of edges or a region graph: degrees, counts and files (.npz, no pickle)."""

from pathlib import Path
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp

from spacon.archive import write_arrays, write_sparse
from spacon.graphs.region_graph import RegionGraph

Graph: TypeAlias = "sp.csr_matrix | RegionGraph"


def in_degrees(graph: Graph) -> np.ndarray:
    """Return how many spots point at each spot, itself counted where it does; shape (n,)."""
    return graph.in_degrees() if isinstance(graph, RegionGraph) else graph.getnnz(axis=0)


def out_degrees(graph: Graph) -> np.ndarray:
    """Return at how many spots each spot points, itself counted where it does; shape (n,)."""
    return graph.out_degrees() if isinstance(graph, RegionGraph) else np.diff(graph.indptr)


def stored_entries(graph: Graph) -> int:
    """Return how many edges are in memory; of a region graph, how many pairs of regions."""
    return graph.senders.nnz if isinstance(graph, RegionGraph) else graph.nnz


def edge_count(graph: Graph) -> int:
    """Return how many edges a graph has, self-loops counted."""
    return int(out_degrees(graph).sum())


def self_loops(graph: Graph) -> np.ndarray:
    """Return which spots point at themselves: a mask, (n,)."""
    return np.ones(graph.n, dtype=bool) if isinstance(graph, RegionGraph) else graph.diagonal() > 0


def self_loop_count(graph: Graph) -> int:
    """Return how many spots point at themselves."""
    return int(self_loops(graph).sum())


def edges_within(graph: Graph, labels: np.ndarray) -> tuple[int, int]:
    """Return how many edges, self-loops aside, stay within one label (n,), and how many there are."""
    if isinstance(graph, RegionGraph):
        return graph.edges_within(labels)
    source, target = graph.nonzero()
    between = source != target
    return int((labels[source[between]] == labels[target[between]]).sum()), int(between.sum())


def parts_of(graph: RegionGraph) -> dict[str, np.ndarray]:
    """Return the arrays of a region graph: the senders' CSR pattern and shape, group and region of each spot."""
    senders = graph.senders
    pattern = {"pointer": senders.indptr, "sender": senders.indices, "shape": np.array(senders.shape)}
    return pattern | {"group": graph.group, "region": graph.region}


def write_graph(path: Path, graph: Graph) -> None:
    """Write a graph."""
    if isinstance(graph, RegionGraph):
        write_arrays(path, **parts_of(graph))
    else:
        write_sparse(path, graph)


def read_graph(path: Path) -> Graph:
    """Read a graph written by `write_graph`."""
    with np.load(path, allow_pickle=False) as file:
        if "group" not in file.files:
            return sp.load_npz(path)
        pattern = np.ones(len(file["sender"]), dtype=bool), file["sender"], file["pointer"]
        return RegionGraph(sp.csr_matrix(pattern, shape=tuple(file["shape"])), file["group"], file["region"])
