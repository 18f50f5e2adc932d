"""What several unit tests share: the published numbers, and hypothesis set to try the same examples every time."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[2]

settings.register_profile("spacon", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("spacon")


@pytest.fixture(scope="session")
def published() -> dict[str, np.ndarray]:
    """Return the published implementation's numbers; see tests/data."""
    with np.load(ROOT / "tests" / "data" / "published.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
