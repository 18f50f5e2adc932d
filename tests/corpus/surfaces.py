"""Surfaces: an icosahedron for each hemisphere, files of its parcels and geometry, and what is refused of them."""

from itertools import combinations
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.cifti2.cifti2_axes import BrainModelAxis, LabelAxis
from nibabel.gifti.gifti import GiftiDataArray, GiftiImage, GiftiLabel, GiftiLabelTable, GiftiMetaData

from tests.corpus.case import Case
from tests.corpus.sample import N, spots

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


NUMBERS = np.arange(1, N + 1)
SPOTS = {number: f"s{number - 1}" for number in range(1, N + 1)}  # the names of the good spots


def parcels(*numbers: float, names: dict[int, str] | None = SPOTS, file: str = "parcels.L.label.gii"):
    """Return what writes parcels of the left hemisphere, as labels or, without names, numbers; by default all spots."""
    return lambda folder: write_parcels(folder / file, np.array(numbers or NUMBERS, dtype=float), None, names)


def numbered(names: list[str]):
    """Return what writes parcels as numbers, and spots of such names."""

    def make(folder: Path) -> None:
        spots(lambda sample: setattr(sample, "obs_names", names))(folder)
        parcels(names=None, file="parcels.L.shape.gii")(folder)

    return make


def on_both(folder: Path) -> None:
    """Write the same numbers on both hemispheres."""
    for side in "LR":
        write_parcels(folder / f"parcels.{side}.shape.gii", NUMBERS, side)


def of_another_surface(folder: Path) -> None:
    """Write geometry of more vertices than there are parcels for."""
    parcels(*NUMBERS[:10])(folder)
    write_geometry(folder / "brain.L.surf.gii", SPHERE, "L")


def with_numbers_of_rows(folder: Path) -> None:
    """Write the number of each spot's row beside parcels of the same numbers."""
    spots(lambda sample: sample.obs.insert(0, "parcel", np.arange(N)))(folder)
    parcels(names=None, file="parcels.L.shape.gii")(folder)


LABELS, SHAPE = {"surfaces": ["parcels.L.label.gii"]}, {"surfaces": ["parcels.L.shape.gii"]}
CASES = [
    Case("every spot a parcel, every parcel a spot", parcels(), LABELS, notes=()),
    Case("spots named by the numbers of parcels", numbered([str(number) for number in NUMBERS]), SHAPE, notes=()),
    Case(
        "some spots and parcels without a partner",
        parcels(names=SPOTS | {1: "S0", 2: "other"}),
        LABELS,
        notes=(
            (
                "2 of 30 spots are no parcel of the surface",
                "'s0' (the nearest parcel is 'S0'), 's1' (the nearest parcel is",
            ),
            ("2 of 30 parcels of parcels.L.label.gii have no spot: 'S0', 'other'",),
        ),
        cure="These spots are on no map of the surface; parcels without a spot stay empty. Look for other spellings.",
    ),
    Case(
        "no spot a parcel",
        parcels(names=None, file="parcels.L.shape.gii"),
        SHAPE,
        refused=(("spots.h5ad: no spot is a parcel of parcels.L.shape.gii", "'s0', 's1'", "'1', '2'", "--region_key"),),
        cure="Spots must be named as the parcels, or a column of `obs` must name them: `--region_key`.",
    ),
    Case(
        "spots numbered from 0 by AnnData",
        numbered([str(number) for number in range(N)]),
        SHAPE,
        refused=(("spots.h5ad: its spots are named 0, 1, ...", "0 is no parcel of parcels.L.shape.gii", "obs_names"),),
        cure="Spots would be taken for the parcels before theirs. Name them: `spots.obs_names = numbers.astype(str)`.",
    ),
    Case(
        "several spots in one parcel",
        parcels(1, 2, names={1: "front", 2: "back"}),
        LABELS | {"region_key": "section"},
        refused=(
            ("matrix.npy: has no names of its rows", "obs['section']"),
            ("spots.h5ad: 11 spots lie in the parcel 'front' of parcels.L.label.gii", "set --align surface"),
        ),
    ),
    Case(
        "rows of connectivity and parcels by the same number",
        with_numbers_of_rows,
        SHAPE | {"region_key": "parcel"},
        refused=(("matrix.npy: its rows have no names", "from 0; parcels of a surface are numbered from 1"),),
        cure="Bring connectivity with names (a table, or `names` beside the matrix): those of the parcels.",
    ),
    Case(
        "one number on both hemispheres",
        on_both,
        {"surfaces": ["parcels.R.shape.gii", "parcels.L.shape.gii"]},
        refused=(("parcels.L.shape.gii: 30 of its parcels are on the other hemisphere too, such as '1'",),),
        cure="Add the number of parcels of the left hemisphere to the numbers of the right one, above 0.",
    ),
    Case(
        "a hemisphere that nothing tells",
        parcels(file="parcels.label.gii"),
        {"surfaces": ["parcels.label.gii"]},
        refused=(("parcels.label.gii: of which hemisphere is it?", "AnatomicalStructurePrimary is not set"),),
        cure="Rename the file, or set `AnatomicalStructurePrimary` to `CortexLeft` or `CortexRight` (`wb_command "
        "-set-structure`).",
    ),
    Case(
        "a map of fractions",
        parcels(1, 2.5, names=None, file="parcels.L.shape.gii"),
        SHAPE,
        refused=(("parcels.L.shape.gii: its numbers are not whole",),),
        cure="This is a measurement, such as thickness; parcels are whole numbers.",
    ),
    Case(
        "a key without a name",
        parcels(1, 99),
        LABELS,
        refused=(("parcels.L.label.gii: a vertex has the key 99, which its label table does not name",),),
        cure="Add the key to the label table, or bring the keys alone, as `.shape.gii`: they are then the names.",
    ),
    Case(
        "geometry of another surface",
        of_another_surface,
        {"surfaces": ["parcels.L.label.gii", "brain.L.surf.gii"]},
        refused=(("brain.L.surf.gii: has 12 vertices, but parcels.L.label.gii 10: both must be of one surface",),),
        cure="Parcels and geometry must have the same resolution, such as `32k_fs_LR`.",
    ),
]
