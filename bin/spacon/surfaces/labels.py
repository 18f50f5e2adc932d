"""Clusters written onto the vertices of a surface: GIfTI, a file per map and hemisphere, and CIFTI-2, one of all.

The key of a cluster is its number and 1, as key 0 is that of no parcel, which is transparent. All maps of a GIfTI file
share one table of colours, and the clusters of one number have other colours in other clusterings: hence a file each.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.cifti2.cifti2_axes import BrainModelAxis, LabelAxis
from nibabel.gifti.gifti import GiftiDataArray, GiftiImage, GiftiLabel, GiftiLabelTable, GiftiMetaData

from spacon.surfaces.file import Surface
from spacon.surfaces.gifti import STRUCTURE
from spacon.surfaces.hemisphere import Side
from spacon.surfaces.maps import Map

STRUCTURES: dict[Side, str] = {"L": "CortexLeft", "R": "CortexRight"}
NO_PARCEL = ("???", (0.0, 0.0, 0.0, 0.0))
INTENT = "NIFTI_INTENT_CONNECTIVITY_DENSE_LABELS"
Table = dict[int, tuple[str, tuple[float, ...]]]


def files_of(maps: Sequence[Map], surface: Surface, spots: Sequence[np.ndarray]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each file: a function of the arguments alone, to the byte.

    Args:
        maps: clusterings of n spots.
        surface: its parcels.
        spots: the number of the spot of each vertex, (v,) per hemisphere, -1 where there is none.
    """
    keys = [[keys_of(each, of_vertex) for of_vertex in spots] for each in maps]
    for each, of_map in zip(maps, keys, strict=True):
        for found, key in zip(surface.hemispheres, of_map, strict=True):
            yield f"{each.name}.{found.side}.label.gii", _gifti(each, found.side, key)
    yield "clusters.dlabel.nii", _cifti(maps, surface, keys)


def keys_of(clustering: Map, spot: np.ndarray) -> np.ndarray:
    """Return the key of each vertex (v,), int32, from its spot: its cluster's number and 1, or 0 without a spot."""
    return np.append(clustering.cluster + 1, 0)[spot].astype(np.int32)


def table_of(clustering: Map) -> Table:
    """Return name and colour, as red, green, blue and opacity of 0 to 1, of each key."""
    return {0: NO_PARCEL} | {
        cluster + 1: (str(cluster), (*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)), 1.0))
        for cluster, colour in sorted(clustering.colours.items())
    }


def _gifti(clustering: Map, side: Side, key: np.ndarray) -> bytes:
    table = GiftiLabelTable()
    for number, (name, colour) in table_of(clustering).items():
        label: Any = GiftiLabel(number, *colour)  # nibabel's types leave out its name
        label.label = name
        table.labels.append(label)
    array = GiftiDataArray(key, intent="NIFTI_INTENT_LABEL", datatype="int32", meta=GiftiMetaData(Name=clustering.name))
    structure = GiftiMetaData({STRUCTURE: STRUCTURES[side]})
    return GiftiImage(meta=structure, labeltable=table, darrays=[array]).to_bytes()


def _cifti(maps: Sequence[Map], surface: Surface, keys: Sequence[Sequence[np.ndarray]]) -> bytes:
    """Return CIFTI-2 of the vertices that the parcels' files tell of: HCP's leave out those of the medial wall."""
    hemispheres = surface.hemispheres
    axes = [
        BrainModelAxis.from_surface(found.covered, len(found.parcel), STRUCTURES[found.side]) for found in hemispheres
    ]
    models = axes[0] if len(axes) == 1 else axes[0] + axes[1]
    labels = LabelAxis([each.name for each in maps], [table_of(each) for each in maps])
    values = [
        np.concatenate([key[found.covered] for found, key in zip(hemispheres, of_map, strict=True)]) for of_map in keys
    ]
    image = nib.Cifti2Image(np.stack(values), header=(labels, models))
    image.nifti_header.set_intent(INTENT)
    return image.to_bytes()
