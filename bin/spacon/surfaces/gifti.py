"""GIfTI: parcels by vertex (`.label.gii`, `.shape.gii`, `.func.gii`) and geometry (`.surf.gii`)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from nibabel.gifti.gifti import GiftiImage

from spacon.errors import InputError
from spacon.readers.cifti import opened_image
from spacon.surfaces.hemisphere import Hemisphere, Side, hemisphere, side_of

STRUCTURE = "AnatomicalStructurePrimary"
LARGEST_KEY = 2**31


@dataclass(frozen=True)
class Geometry:
    """Where the vertices of one hemisphere lie (v, 3), in mm."""

    side: Side
    positions: np.ndarray
    file: str


def read_parcels(path: Path) -> Hemisphere:
    """Read the parcel of each vertex: by the table of a `.label.gii`, else as whole numbers, missing ones outside.

    Raises:
        InputError: damaged, more than one map, not a whole number per vertex, or as `side_of` and `hemisphere`.
    """
    image = _opened(path)
    if len(image.darrays) != 1:
        raise InputError(f"{path.name}: has {len(image.darrays)} maps; bring a file with the one that has the parcels")
    values = np.squeeze(np.asarray(image.darrays[0].data))
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        raise InputError(f"{path.name}: a number for each vertex is needed, found {values.dtype} {values.shape}")
    values = np.where(np.isnan(values), 0, values)
    if not (np.abs(values) < LARGEST_KEY).all() or (values % 1 != 0).any():
        raise InputError(f"{path.name}: its numbers are not whole; parcels are numbered from 1, and 0 is outside")
    key, every = values.astype(np.int64), np.arange(len(values))
    return hemisphere(_side(image, path.name), key, every, len(every), _names(image, path.name), path.name)


def read_geometry(path: Path) -> Geometry:
    """Read where the vertices of a hemisphere lie.

    Raises:
        InputError: damaged, without the positions of vertices, or as `side_of`.
    """
    image = _opened(path)
    points = image.get_arrays_from_intent("NIFTI_INTENT_POINTSET")
    values = np.asarray(points[0].data, dtype=np.float64) if len(points) == 1 else np.empty(0)
    if values.ndim != 2 or values.shape[1] != 3 or not np.isfinite(values).all():
        raise InputError(f"{path.name}: has no positions of vertices, three finite numbers each")
    return Geometry(_side(image, path.name), values, path.name)


def _opened(path: Path) -> GiftiImage:
    with opened_image(path, "GIfTI") as image:
        if not isinstance(image, GiftiImage):
            raise InputError(f"{path.name}: not a GIfTI file but of another kind ({type(image).__name__})")
        return image


def _names(image: GiftiImage, file: str) -> dict[int, str] | None:
    """Return the name of each key, nothing where it is empty; None of a file that has numbers."""
    if not file.lower().endswith(".label.gii"):
        return None
    return {label.key: getattr(label, "label", "") for label in image.labeltable.labels}


def _side(image: GiftiImage, file: str) -> Side:
    """Return the hemisphere of a file, which it says of the whole or of an array."""
    told = [found.meta.get(STRUCTURE) for found in (image, *image.darrays)]
    return side_of(next((structure for structure in told if structure), None), file)
