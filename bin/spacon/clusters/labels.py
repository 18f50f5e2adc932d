"""A clustering: labels, and how they were made."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Clustering:
    """Labels (n,) and how they were made."""

    seed: int
    alpha: float
    method: str
    resolution: float
    refined: bool
    labels: np.ndarray

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return len(np.unique(self.labels))

    @property
    def key(self) -> str:
        """Name of the clustering in every table and file."""
        name = f"spacon_alpha{self.alpha:g}_resolution{self.resolution:g}_seed{self.seed}"
        return f"{name}_refined" if self.refined else name
