"""What several unit tests share: the published numbers, and hypothesis set to try the same examples every time."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import settings

from spacon.graphs.region_graph import RegionGraph

ROOT = Path(__file__).parents[2]

settings.register_profile("spacon", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("spacon")


def all_edges(graph: RegionGraph) -> sp.csr_matrix:
    """Return every edge that a region graph stands for, A[i, j] = 1 where i points at j."""
    edges = graph.senders.toarray().astype(bool)[np.ix_(graph.group, graph.region)].T | np.eye(graph.n, dtype=bool)
    return sp.csr_matrix(edges.astype(np.float32))


@pytest.fixture(scope="session")
def published() -> dict[str, np.ndarray]:
    """Return the published implementation's numbers; see tests/data."""
    with np.load(ROOT / "tests" / "data" / "published.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
