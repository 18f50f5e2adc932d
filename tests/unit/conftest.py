"""What several unit tests share: the published numbers, and hypothesis set to try the same examples every time."""

from spacon.cli.numerics import set_numerics

# Libraries read their settings when they are imported, and scripts run here in the tests' own process: set later, some
# would be held to AVX2 and others not, a mixture that no script has.
set_numerics("portable")

from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import pytest  # noqa: E402
import scipy.sparse as sp  # noqa: E402
from hypothesis import settings  # noqa: E402

from spacon.graphs.region_graph import RegionGraph  # noqa: E402

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
