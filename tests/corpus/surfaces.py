"""Small surfaces, by hand: an icosahedron of 12 vertices for each hemisphere, and files of its parcels and geometry."""

from itertools import combinations
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.cifti2.cifti2_axes import BrainModelAxis, LabelAxis
from nibabel.gifti.gifti import GiftiDataArray, GiftiImage, GiftiLabel, GiftiLabelTable, GiftiMetaData

STRUCTURES = {"L": "CortexLeft", "R": "CortexRight"}
GOLDEN = (1 + 5**0.5) / 2
VERTICES = 12
_CORNERS = np.array([[0, 1, GOLDEN], [0, 1, -GOLDEN], [0, -1, GOLDEN], [0, -1, -GOLDEN]])
SPHERE = np.concatenate([np.roll(_CORNERS, by, axis=1) for by in range(3)])
APART = np.array([20, 0, 0])
POSITIONS = {"L": SPHERE - APART, "R": SPHERE + APART}
# The parcel of each vertex, 0 outside; numbers of the right begin where those of the left end.
KEYS = {"L": np.array([0, 3, 3, 1, 1, 1, 2, 2, 0, 2, 3, 2]), "R": np.array([4, 4, 4, 5, 5, 0, 0, 5, 6, 6, 6, 6])}
NAMES = {1: "V1", 2: "V2", 3: "MT", 4: "A1", 5: "A2", 6: "M1"}


def triangles() -> np.ndarray:
    """Return the 20 faces: vertices that are 2 apart."""
    near = np.isclose(np.linalg.norm(SPHERE[:, None] - SPHERE[None], axis=2), 2)
    three = [corners for corners in combinations(range(VERTICES), 3) if near[np.ix_(corners, corners)].sum() == 6]
    return np.array(three, dtype=np.int32)


def write_parcels(path: Path, values: np.ndarray, side: str | None, names: dict[int, str] | None = None) -> Path:
    """Write one map of parcels, with a label table or without; `side` as its metadata say it."""
    kind = "label" if names is not None else "shape"
    table = GiftiLabelTable()
    for key, name in ({} if names is None else {0: "???"} | names).items():
        label = GiftiLabel(key, 0.5, 0.5, 0.5, 1.0)
        label.label = name
        table.labels.append(label)
    typed = values.astype(np.int32 if names is not None else np.float32)
    array = GiftiDataArray(typed, intent=f"NIFTI_INTENT_{kind.upper()}", datatype=typed.dtype.name)
    meta = GiftiMetaData({"AnatomicalStructurePrimary": STRUCTURES[side]} if side else {})
    nib.save(GiftiImage(meta=meta, labeltable=table, darrays=[array]), path)
    return path


def write_geometry(path: Path, positions: np.ndarray, side: str | None) -> Path:
    """Write where vertices lie; of geometry, metadata stand with the array."""
    meta = GiftiMetaData({"AnatomicalStructurePrimary": STRUCTURES[side]} if side else {})
    points = GiftiDataArray(positions.astype(np.float32), intent="NIFTI_INTENT_POINTSET", datatype="float32", meta=meta)
    faces = GiftiDataArray(triangles(), intent="NIFTI_INTENT_TRIANGLE", datatype="int32")
    nib.save(GiftiImage(darrays=[points, faces]), path)
    return path


def write_dlabel(path: Path, sides: str = "LR", *, whole: bool = False, maps: int = 1) -> Path:
    """Write parcels of both hemispheres, as CIFTI has them: without the vertices that lie outside, unless `whole`."""
    covered = {side: np.flatnonzero(KEYS[side]) if not whole else np.arange(VERTICES) for side in sides}
    models = [BrainModelAxis.from_surface(covered[side], VERTICES, STRUCTURES[side]) for side in sides]
    table = {0: ("???", (0.0, 0.0, 0.0, 0.0))} | {key: (name, (0.5, 0.5, 0.5, 1.0)) for key, name in NAMES.items()}
    labels = LabelAxis([f"map {number}" for number in range(maps)], [table] * maps)
    values = np.concatenate([KEYS[side][covered[side]] for side in sides])
    axis = models[0] if len(models) == 1 else models[0] + models[1]
    nib.save(nib.Cifti2Image(np.tile(values, (maps, 1)).astype(np.float32), (labels, axis)), path)
    return path
