"""CIFTI-2: parcels of one or both hemispheres (`.dlabel.nii`)."""

from pathlib import Path
from typing import Any

import numpy as np
from nibabel.cifti2.cifti2 import Cifti2Header, Cifti2Image
from nibabel.cifti2.cifti2_axes import BrainModelAxis, LabelAxis

from spacon.errors import InputError
from spacon.readers.cifti import opened_image
from spacon.surfaces.hemisphere import Hemisphere, Side, hemisphere

CORTEX: dict[str, Side] = {"CIFTI_STRUCTURE_CORTEX_LEFT": "L", "CIFTI_STRUCTURE_CORTEX_RIGHT": "R"}


def read_parcels(path: Path) -> list[Hemisphere]:
    """Read the parcels of the hemispheres that a file has; its other structures, such as nuclei, are left out.

    Raises:
        InputError: not CIFTI-2, damaged, not labels by vertex, more than one map, no hemisphere, or as `hemisphere`.
    """
    with opened_image(path, "CIFTI-2") as image:
        if not isinstance(image, Cifti2Image):
            raise InputError(f"{path.name}: not a CIFTI-2 file but of another kind ({type(image).__name__})")
        header: Cifti2Header = image.header
        labels, models = header.get_axis(0), header.get_axis(1)
        if not isinstance(labels, LabelAxis) or not isinstance(models, BrainModelAxis):
            raise InputError(f"{path.name}: has no labels by vertex, as a .dlabel.nii has")
        if len(labels) != 1:
            raise InputError(f"{path.name}: has {len(labels)} maps; bring a file with the one that has the parcels")
        found = _hemispheres(np.asarray(image.dataobj)[0], labels.label[0], models, path.name)
    if not found:
        raise InputError(f"{path.name}: has no hemisphere of the cortex; found {', '.join(sorted(set(models.name)))}")
    return found


def _hemispheres(key: np.ndarray, table: dict[int, Any], models: BrainModelAxis, file: str) -> list[Hemisphere]:
    """Return the hemispheres among the structures of a file; `key` of each of its places (k,)."""
    named = {int(number): str(name or "") for number, (name, _colour) in table.items()}
    return [
        hemisphere(CORTEX[name], key[where].astype(np.int64), axis.vertex, models.nvertices[name], named, file)
        for name, where, axis in models.iter_structures()
        if name in CORTEX
    ]
