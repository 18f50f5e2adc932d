"""How far apart two files of results are."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray
from safetensors.numpy import load_file
from sklearn.metrics import adjusted_rand_score

from spacon.data import keys

NO_LABELS = ("spot", keys.PLACE, keys.CELLS, "x", "y", "z")  # columns of clusters.csv
Parts = tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]  # labels, numbers; by name


@dataclass(frozen=True)
class Distance:
    """How far apart two files are: in words, and by what both hold."""

    verdict: str
    adjusted_rand_index: float | None = None  # the smallest of all clusterings
    largest_difference: float | None = None  # of any number


SAME_BYTES, SAME_LABELS, OTHER_BYTES = Distance("same bytes"), "same labels", Distance("other bytes")


def distance_of(before: Path, after: Path) -> Distance:
    """Return how far apart two files of other bytes are, which have one name.

    Labels are compared by the adjusted Rand index, numbers by their largest absolute difference; columns and arrays in
    their order, as the name of a clustering holds the resolution that was found.
    """
    read = READERS.get(before.suffix)
    if read is None:
        return OTHER_BYTES
    (labels, numbers), (other_labels, other_numbers) = read(before), read(after)
    pairs, other = list(_paired(labels, other_labels)), list(_paired(numbers, other_numbers))
    if None in pairs or None in other:
        return Distance("other shape")
    indices = [float(adjusted_rand_score(one, two)) for one, two in filter(None, pairs)]
    differences = [_largest(one, two) for one, two in filter(None, other)]
    same = bool(indices) and all(np.array_equal(one, two) for one, two in filter(None, pairs))
    return Distance(
        SAME_LABELS if same else "other labels" if indices else "other numbers",
        min(indices, default=None),
        max(differences, default=None),
    )


def _paired(
    some: Mapping[str, NDArray[Any]], others: Mapping[str, NDArray[Any]]
) -> Iterator[tuple[NDArray[Any], NDArray[Any]] | None]:
    """Return arrays side by side; None where one is missing or has another shape."""
    if len(some) != len(others):
        yield None
    for one, two in zip(some.values(), others.values(), strict=False):
        yield (one, two) if one.shape == two.shape else None


def _largest(one: NDArray[Any], two: NDArray[Any]) -> float:
    """Return the largest absolute difference; infinite where a number is missing on one side alone."""
    if not one.size:
        return 0.0
    one, two = np.atleast_1d(one), np.atleast_1d(two)
    gaps = np.abs(one.astype(np.float64) - two.astype(np.float64))
    gaps[np.isnan(one) & np.isnan(two)] = 0
    return float(np.nan_to_num(gaps, nan=np.inf).max())


def _of_table(path: Path) -> Parts:
    table = pd.read_csv(path)
    names = [name for name in table if name not in NO_LABELS] if "spot" in table else []
    numbers = table.drop(columns=names).select_dtypes("number")
    return _columns(table[names]), _columns(numbers)


def _columns(table: pd.DataFrame) -> dict[str, NDArray[Any]]:
    return {str(name): column.to_numpy() for name, column in table.items()}


def _of_archive(path: Path) -> Parts:
    with np.load(path, allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in sorted(arrays.files)}
    return {}, {name: array for name, array in found.items() if np.issubdtype(array.dtype, np.number)}


def _of_spots(path: Path) -> Parts:
    spots = anndata.read_h5ad(path)
    labels = spots.obs.select_dtypes("category").filter(regex="^spacon_alpha")
    x = spots.X.data if sp.issparse(spots.X) else np.asarray(spots.X)
    return _columns(labels), {"X": x, **{name: np.asarray(spots.obsm[name]) for name in sorted(spots.obsm)}}


def _of_weights(path: Path) -> Parts:
    return {}, dict(sorted(load_file(path).items()))


READERS: dict[str, Callable[[Path], Parts]] = {
    ".csv": _of_table,
    ".h5ad": _of_spots,
    ".npz": _of_archive,
    ".safetensors": _of_weights,
}
