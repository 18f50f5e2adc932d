"""Files of one clustering each, between the clustering and the evaluation."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def write_clustering(
    path: Path,
    *,
    seed: int,
    alpha: float,
    method: str,
    resolution: float,
    labels: np.ndarray,
    refined: np.ndarray | None,
) -> None:
    """Write labels and, if any, refined labels."""
    made: dict[str, Any] = {"seed": seed, "alpha": alpha, "method": method, "resolution": resolution, "labels": labels}
    np.savez(path, **made if refined is None else made | {"refined": refined})


def read_clusterings(paths: Iterable[Path]) -> list[Clustering]:
    """Read clusterings, sorted by seed, alpha and resolution, each followed by its refinement."""
    found = []
    for path in paths:
        with np.load(path, allow_pickle=False) as file:
            how = int(file["seed"]), float(file["alpha"]), str(file["method"]), float(file["resolution"])
            found.append(Clustering(*how, refined=False, labels=file["labels"]))
            if "refined" in file.files:
                found.append(Clustering(*how, refined=True, labels=file["refined"]))
    return sorted(found, key=lambda each: (each.seed, each.alpha, each.resolution, each.refined))
