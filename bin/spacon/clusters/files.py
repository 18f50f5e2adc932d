"""Files between the mix of the embeddings and the results: mixes, layouts and clusterings, .npz each."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from spacon.archive import write_arrays
from spacon.clusters.labels import Clustering


@dataclass(frozen=True)
class Mix:
    """One mix of the embeddings, Z (n, d) in single precision, and the weights of neighbours in it, CSR (n, n)."""

    seed: int
    alpha: float
    values: np.ndarray
    weights: sp.csr_matrix


def write_mix(path: Path, mix: Mix) -> None:
    """Write a mix."""
    parts = {name: getattr(mix.weights, name) for name in ("data", "indices", "indptr")}
    write_arrays(path, mix=mix.values, seed=mix.seed, alpha=mix.alpha, **parts)


def read_mix(path: Path) -> Mix:
    """Read a mix."""
    with np.load(path, allow_pickle=False) as file:
        values = file["mix"]
        weights = sp.csr_matrix((file["data"], file["indices"], file["indptr"]), shape=(len(values), len(values)))
        return Mix(int(file["seed"]), float(file["alpha"]), values, weights)


def write_layout(path: Path, alpha: float, positions: np.ndarray) -> None:
    """Write the layout (n, 2) of the mix at alpha."""
    write_arrays(path, alpha=alpha, umap=positions)


def read_layout(path: Path) -> tuple[float, np.ndarray]:
    """Read a layout: alpha, and positions (n, 2)."""
    with np.load(path, allow_pickle=False) as file:
        return float(file["alpha"]), file["umap"]


def write_clustering(path: Path, clustering: Clustering, refined: np.ndarray | None) -> None:
    """Write labels and, if any, refined labels (n,)."""
    made = {name: getattr(clustering, name) for name in ("seed", "alpha", "method", "resolution", "labels")}
    write_arrays(path, **made if refined is None else made | {"refined": refined})


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
