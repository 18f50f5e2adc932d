"""How much memory each stage needs, from the size of its data: asked for beforehand, refused where it is not there.

Each function adds up the arrays that live at once at a stage's peak, beside the libraries that it loads; the factors
were fitted to measured peaks and err upwards (docs/benchmarks). All numbers are bytes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from spacon.errors import InputError

GB = 10**9
FLOAT = 4
# What CUDA's libraries take of the machine's memory once a process uses a GPU; not measured, an upper guess.
CUDA = 2 * GB


@dataclass(frozen=True)
class Size:
    """How large a sample is.

    Args:
        spots: how many.
        genes: of the expression, those that the model takes.
        expression: bytes of the expression as it is stored.
        spatial_edges: of the spatial graph, at most.
        connections: edges of the connection graph, at most; where it is factored, pairs of regions.
    """

    spots: int
    genes: int
    expression: int
    spatial_edges: int
    connections: int

    @property
    def dense(self) -> int:
        """Bytes of the expression as a dense matrix."""
        return self.spots * self.genes * FLOAT


def expression_bytes(expression: np.ndarray | sp.spmatrix) -> int:
    """Return the bytes of a matrix in memory."""
    if sp.issparse(expression):
        return expression.data.nbytes + expression.indices.nbytes + expression.indptr.nbytes
    return expression.nbytes


def most_bytes(expression: np.ndarray | sp.spmatrix, genes: int) -> int:
    """Return the most that so many of its genes can take in single precision, or as they are if that is more.

    The most variable genes may hold any share of a sparse matrix's entries.
    """
    spots = expression.shape[0]
    if not sp.issparse(expression):
        return spots * genes * max(FLOAT, expression.dtype.itemsize)
    entry = max(FLOAT, expression.dtype.itemsize) + expression.indices.itemsize
    return min(expression.nnz, spots * genes) * entry + expression.indptr.nbytes


def preprocessing(expression: int) -> int:
    """Return the need of preprocessing an expression of so many bytes: itself, a masked and a scaled copy."""
    return int(0.5 * GB + 3.5 * expression)


def building_spatial_graph(spots: int, edges: int) -> int:
    """Return the need of the spatial graph: pairs, their matrix and its sorted copy."""
    return int(0.3 * GB + 100 * spots + 80 * edges)


def building_connection_graph(connections: int) -> int:
    """Return the need of the connection graph: the kept columns, twice while they are joined, and two blocks."""
    return int(0.5 * GB + 20 * connections)


def training(size: Size, widths: Sequence[int], batch_size: int, fanouts: Sequence[int]) -> int:
    """Return the need of training: the data, both graphs by target, and one step's arrays and their gradients."""
    drawn = batch_size * sum(accumulate(fanouts, mul, initial=1))
    reached = size.spots * -math.expm1(-drawn / size.spots)  # of spots drawn at random
    step = reached * FLOAT * (9 * size.genes + 16 * sum(widths))
    edges_of_step = reached * size.spatial_edges / size.spots + drawn
    graphs = 40 * (size.spatial_edges + size.connections)
    return int(1.3 * GB + size.expression + min(size.dense, size.expression) + graphs + step + 150 * edges_of_step)


def embedding(size: Size, widths: Sequence[int], *, reconstruction: bool) -> int:
    """Return the need of embedding all spots: the expression, dense, the widest layers, the edges and their scores."""
    layers = size.spots * FLOAT * (6 * widths[0] + 3 * size.genes * reconstruction)
    return int(1.0 * GB + size.expression + size.dense + layers + 80 * (size.spatial_edges + size.connections))


def fusing(spots: int, neighbors: int) -> int:
    """Return the need of neighbours and UMAP: candidate neighbours, their weights and the layout's edges."""
    return int(0.7 * GB + spots * neighbors * 170)


def clustering(weights: int) -> int:
    """Return the need of clustering: the neighbours' weights as a matrix and as the graph that is clustered."""
    return int(0.3 * GB + weights * 95)


def most_weights(spots: int, neighbors: int) -> int:
    """Return how many weights neighbours have at most: a spot's own, and those of the spots whose neighbour it is."""
    return 2 * spots * neighbors


def evaluating(size: Size) -> int:
    """Return the need of gathering all results: the expression, and both graphs with their distances."""
    return int(0.5 * GB + 1.5 * size.expression + 1000 * size.spots + 60 * (size.spatial_edges + size.connections))


def reporting(size: Size) -> int:
    """Return the need of the report: what was gathered, and the figures."""
    return int(0.8 * GB + 1.5 * size.expression + 1500 * size.spots + 40 * (size.spatial_edges + size.connections))


def available() -> int:
    """Return the memory that this process may use at most: the machine's, or its container's or job's limit."""
    pages = Path("/proc/meminfo")
    machine = int(pages.read_text().split()[1]) * 1024 if pages.exists() else None
    return min(limit for limit in (machine, *_limits(), 2**62) if limit is not None)


def _limits() -> list[int]:
    """Return the limits that control groups, of either version, set for this process."""
    membership = Path("/proc/self/cgroup")
    limits = []
    for line in membership.read_text().splitlines() if membership.exists() else ():
        _, controllers, group = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        root, name = Path("/sys/fs/cgroup"), "memory.max"
        if controllers:
            root, name = root / "memory", "memory.limit_in_bytes"
        here = root / group.lstrip("/")
        for folder in (here, *here.parents):
            file = folder / name
            if file.is_file() and (text := file.read_text().strip()).isdigit():
                limits.append(int(text))
    return limits


def require(what: str, need: int, remedy: str) -> None:
    """Refuse what would be killed for its memory.

    Raises:
        InputError: more is needed than this process may use.
    """
    limit = available()
    if need > limit:
        raise InputError(
            f"{what} needs about {need / GB:,.1f} GB of memory, but {limit / GB:.1f} GB are what it may use here: "
            f"{remedy}, or give it more (docs/running.md, 'Memory and time')"
        )
