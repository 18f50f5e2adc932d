"""Places that are the pixels of a top view, to which cells come along streamlines.

The layout is that of Allen's `top_view_paths_100.h5` (and of 10, 25 and 50 um): `view lookup` (H, W) holds the number
of each pixel's streamline, below 0 outside (0 where nothing is below 0); `paths` (streamlines, length) the voxels along
each, as flat indices in C order of the volume, filled up with 0.
"""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import scipy.sparse as sp

from spacon.alignment.assignment import Assignment, Why
from spacon.alignment.grid import steps
from spacon.data.hierarchy import datasets
from spacon.data.spots_file import UNREADABLE
from spacon.errors import InputError, unreadable

LOOKUP, PATHS = "view lookup", "paths"
VOLUME = (132, 80, 114)  # voxels of Allen's common coordinate framework at 100 um: front to back, down, left to right


@dataclass(frozen=True)
class TopView:
    """Streamlines from the pixels of a view into a volume.

    Args:
        through: CSR (voxels, H * W), 1 where the streamline of a pixel runs through a voxel, of the `voxels` alone.
        voxels: flat indices of the voxels that any streamline runs through, rising.
        volume: shape of the volume (3,).
        width: W, of the view.
    """

    through: sp.csr_matrix
    voxels: np.ndarray
    volume: tuple[int, ...]
    width: int


def read_top_view(path: Path) -> TopView:
    """Read a file of streamlines.

    Raises:
        InputError: not HDF5, without the two arrays of whole numbers, or of another volume than Allen's.
    """
    if not h5py.is_hdf5(path):
        raise InputError(f"{path.name}: not an HDF5 file of streamlines, such as top_view_paths_100.h5")
    with unreadable(f"{path.name}: not a file of streamlines that can be read", UNREADABLE), h5py.File(path) as file:
        missing = [name for name in (LOOKUP, PATHS) if name not in file]
        if missing:
            raise InputError(f"{path.name}: has no '{missing[0]}', as top_view_paths_100.h5 has; found {sorted(file)}")
        lookup, paths = (array[()] for array in datasets(file, (LOOKUP, PATHS), path.name))
    return top_view(lookup, paths, _volume(lookup.shape, path.name), path.name)


def _volume(view: tuple[int, ...], file: str) -> tuple[int, ...]:
    """Return the shape of the volume whose view from the top this is; the file does not tell its depth."""
    finer = view[0] // VOLUME[0] if view else 0
    volume = tuple(finer * length for length in VOLUME)
    if finer < 1 or view != (volume[0], volume[2]):
        raise InputError(
            f"{file}: '{LOOKUP}' has shape {view}; a top view of Allen's volume, (132, 114) at 100 um or a multiple, "
            "is needed"
        )
    return volume


def top_view(lookup: np.ndarray, paths: np.ndarray, volume: tuple[int, ...], file: str) -> TopView:
    """Return the view of arrays as the file has them.

    Raises:
        InputError: not whole numbers, or numbers of streamlines or voxels that are out of range.
    """
    for name, values in ((LOOKUP, lookup), (PATHS, paths)):
        if values.ndim != 2 or values.dtype.kind not in "iu" or not values.size:
            raise InputError(f"{file}: '{name}' must be whole numbers in rows, found {values.dtype} {values.shape}")
    if lookup.max() >= len(paths):
        raise InputError(f"{file}: '{LOOKUP}' names streamline {lookup.max()}; '{PATHS}' has 0 to {len(paths) - 1}")
    if paths.min() < 0 or paths.max() >= np.prod(volume):
        raise InputError(f"{file}: '{PATHS}' has voxel {paths.max()}, which is not in a volume of {volume}")
    flat = lookup.ravel().astype(np.int64)
    pixels = np.flatnonzero(flat >= 0 if (flat < 0).any() else flat > 0)
    along = paths[flat[pixels]]
    row, column = np.nonzero(along)
    voxels, voxel = np.unique(along[row, column], return_inverse=True)
    shape = (len(voxels), lookup.size)
    through = sp.csr_matrix((np.ones(len(row)), (voxel.ravel(), pixels[row])), shape=shape)
    through.data[:] = 1.0  # a streamline that names a voxel twice runs through it once
    return TopView(through, voxels.astype(np.int64), volume, lookup.shape[1])


def to_pixels(positions: np.ndarray, view: TopView, voxel_size: float) -> Assignment:
    """Assign cells at (n, 3) to the pixels whose streamlines run through their voxels; all cells of a voxel count.

    Voxel i holds i * voxel_size <= x < (i + 1) * voxel_size on each axis. Streamlines converge in depth: a cell whose
    voxel lies on several is counted for each of their pixels, as the published maps have it. Given to one pixel alone,
    it would leave the deep layers out of the others. A pixel's name is its number in C order of the view, from 0.

    Raises:
        InputError: two coordinates, or as `steps`.
    """
    if positions.shape[1] != 3:
        raise InputError("a top view needs three coordinates of each cell: set --coordinates to x,y,z of the volume")
    located = np.isfinite(positions).all(axis=1)
    at = steps(np.where(located[:, None], positions, 0), voxel_size)
    inside = located & ((at >= 0) & (at < view.volume)).all(axis=1)
    flat = np.ravel_multi_index(tuple(np.where(inside[:, None], at, 0).T), view.volume)
    row = np.minimum(np.searchsorted(view.voxels, flat), len(view.voxels) - 1)
    on = inside & (view.voxels[row] == flat)
    pointers = np.concatenate([[0], np.cumsum(on)])
    chosen = sp.csr_matrix((np.ones(pointers[-1]), row[on], pointers), shape=(len(on), len(view.voxels)))
    why = np.select([~located, ~inside, ~on], [Why.NO_POSITION, Why.OUTSIDE_VOLUME, Why.ON_NO_STREAMLINE], Why.PLACED)
    members = sp.csr_matrix(chosen @ view.through)
    members.sort_indices()
    names = np.arange(members.shape[1]).astype(str).astype(object)
    return Assignment(members, names, why.astype(np.uint8))
