"""Clusterings as maps to be written: the cluster of each spot, and the colours that the report has."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from anndata.io import read_elem

from spacon.data.columns import EARLIER


@dataclass(frozen=True)
class Map:
    """One clustering.

    Args:
        name: as in every table.
        cluster: of each spot (n,), whole numbers from 0.
        colours: `#rrggbb` by cluster.
    """

    name: str
    cluster: np.ndarray
    colours: dict[int, str]


def read_maps(path: Path) -> tuple[pd.DataFrame, list[Map]]:
    """Read what is known of the spots, and all clusterings, of an annotated h5ad (`spacon.results.annotate`)."""
    with h5py.File(path) as file:
        spots = read_elem(file["obs"])
        names = [str(name) for name in spots if EARLIER.fullmatch(str(name))]
        return spots, [_map(name, spots[name], read_elem(file[f"uns/{name}_colors"])) for name in names]


def _map(name: str, labels: pd.Series, colours: np.ndarray) -> Map:
    number = labels.cat.categories.astype(int).to_numpy()
    return Map(name, number[labels.cat.codes], dict(zip(number.tolist(), map(str, colours), strict=True)))
