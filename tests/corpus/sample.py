"""The good sample that every case starts from, and ways to change its files."""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.clusters.files import Mix, write_mix

N, GENES = 30, 20
COUNTS = np.random.default_rng(0).poisson(3, (N, GENES))
PLACES = np.random.default_rng(2).random((N, 2))
STRENGTH = np.random.default_rng(1).random((N, N)).astype(np.float32)
SECTION = np.array(["front", "middle", "back"])[np.minimum(np.arange(N) // 11, 2)]


def good_spots() -> ad.AnnData:
    """Return 30 spots x 20 genes of raw counts, in three sections, with labels and two coordinates."""
    spots = ad.AnnData(COUNTS.astype(np.float32))
    spots.obs_names = [f"s{number}" for number in range(N)]
    spots.obs["section"] = pd.Categorical(SECTION)
    spots.obs["ganglion"] = pd.Categorical(["a", "b"] * (N // 2))
    spots.obsm["spatial"] = PLACES
    return spots


@cache
def good_files() -> dict[str, bytes]:
    """Return the content of the good files by name; `preprocessed.h5ad` is taken as it is by the later scripts."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        good_spots().write_h5ad(folder / "spots.h5ad")
        np.save(folder / "matrix.npy", STRENGTH)
        sp.save_npz(folder / "graph.npz", sp.csr_matrix(np.ones((N, N), dtype=np.float32)))
        weights = sp.csr_matrix(np.ones((N, N)))
        write_mix(folder / "mix.npz", Mix(1, 0.5, np.ones((N, 2)), weights))
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
    return files | {"preprocessed.h5ad": files["spots.h5ad"]}


def spots(change: Callable[[ad.AnnData], object], file: str = "spots.h5ad") -> Callable[[Path], None]:
    """Return what writes the good spots with a change."""

    def make(folder: Path) -> None:
        changed = good_spots()
        changed = changed if (result := change(changed)) is None else result
        changed.write_h5ad(folder / file)

    return make


def hdf5(
    change: Callable[[h5py.File], object], first: Callable[[Path], object] | None = None
) -> Callable[[Path], None]:
    """Return what changes spots.h5ad as HDF5, where anndata would not write such a file."""

    def make(folder: Path) -> None:
        if first is not None:
            first(folder)
        with h5py.File(folder / "spots.h5ad", "a") as file:
            change(file)

    return make


def encoded(entry: h5py.Group | h5py.Dataset, kind: str, version: str = "0.2.0", **attributes: Any) -> Any:
    """Give an entry the attributes by which anndata knows its kind."""
    entry.attrs.update({"encoding-type": kind, "encoding-version": version} | attributes)
    return entry


def array_entry(group: h5py.Group, name: str, values: np.ndarray, **storage: Any) -> None:
    """Replace an entry by an array."""
    if name in group:
        del group[name]
    kind = "string-array" if np.asarray(values).dtype.kind == "O" else "array"
    encoded(group.create_dataset(name, data=values, **storage), kind)


def dense(values: np.ndarray, **storage: Any) -> Callable[[Path], None]:
    """Return what stores expression as a dense array of the type and byte order that it has."""
    return hdf5(lambda file: array_entry(file, "X", values, **storage))


def compressed(
    data: np.ndarray,
    indices: np.ndarray,
    pointer: np.ndarray,
    kind: str = "csr",
    shape: tuple[int, int] = (N, GENES),
    **storage: Any,
) -> Callable[[Path], None]:
    """Return what stores expression as the three arrays of a sparse matrix, as they are."""

    def change(file: h5py.File) -> None:
        del file["X"]
        group = encoded(file.create_group("X"), f"{kind}_matrix", "0.1.0", shape=shape)
        for name, values in {"data": data, "indices": indices, "indptr": pointer}.items():
            group.create_dataset(name, data=values, **storage)

    return hdf5(change)


def parts(values: np.ndarray, kind: str = "csr") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the entries of a matrix that are not 0, row by row (csr) or column by column (csc), in its own type."""
    outer, inner = np.nonzero(values if kind == "csr" else values.T)
    data = values[outer, inner] if kind == "csr" else values[inner, outer]
    count = np.bincount(outer, minlength=values.shape[0 if kind == "csr" else 1])
    return data, inner.astype(np.int32), np.concatenate([[0], np.cumsum(count)]).astype(np.int32)


def matrix(values: np.ndarray, name: str = "matrix.npy") -> Callable[[Path], None]:
    """Return what stores dense connectivity."""
    return lambda folder: np.save(folder / name, values, allow_pickle=True)


def archive(**arrays: Any) -> Callable[[Path], None]:
    """Return what stores arrays as matrix.npz."""
    return lambda folder: np.savez(folder / "matrix.npz", **arrays)
