"""The files of a surface, in any order: parcels of one or two hemispheres, and perhaps their geometry."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spacon.data.columns import natural_order
from spacon.errors import InputError
from spacon.surfaces import cifti, gifti
from spacon.surfaces.gifti import Geometry
from spacon.surfaces.hemisphere import WORDS, Hemisphere

GIFTI, CIFTI, GEOMETRY = (".label.gii", ".shape.gii", ".func.gii"), ".dlabel.nii", ".surf.gii"


@dataclass(frozen=True)
class Surface:
    """A surface with parcels.

    Args:
        hemispheres: left before right.
        positions: where the vertices of each lie (v, 3); none where no geometry was brought.
    """

    hemispheres: tuple[Hemisphere, ...]
    positions: tuple[np.ndarray, ...]

    @property
    def names(self) -> list[str]:
        """The names of all parcels (m,), in natural order."""
        return natural_order(name for found in self.hemispheres for name in found.names)

    @property
    def files(self) -> str:
        """The names of the files with the parcels, for messages."""
        return ", ".join(dict.fromkeys(found.file for found in self.hemispheres))

    def centres(self) -> np.ndarray:
        """Return the mean position of the vertices of each parcel (m, 3), in the order of `names`."""
        middle: dict[str, np.ndarray] = {}
        for found, positions in zip(self.hemispheres, self.positions, strict=True):
            inside = found.parcel >= 0
            number = np.bincount(found.parcel[inside])
            total = np.stack([np.bincount(found.parcel[inside], axis) for axis in positions[inside].T], axis=1)
            middle |= dict(zip(found.names, total / number[:, None], strict=True))
        return np.stack([middle[name] for name in self.names])


def read_surface(paths: Sequence[Path]) -> Surface:
    """Read the files of a surface; that with the left hemisphere may stand behind that with the right.

    Raises:
        InputError: a file of another kind, no parcels, two files of one hemisphere, a name that parcels of both have,
            or geometry that is not that of the hemispheres with parcels, vertex by vertex.
    """
    hemispheres: list[Hemisphere] = []
    geometries: list[Geometry] = []
    for path in sorted(paths, key=lambda path: path.name):
        name = path.name.lower()
        if name.endswith(GEOMETRY):
            geometries.append(gifti.read_geometry(path))
        elif name.endswith(CIFTI):
            hemispheres += cifti.read_parcels(path)
        elif name.endswith(GIFTI):
            hemispheres.append(gifti.read_parcels(path))
        else:
            kinds = ", ".join([*GIFTI, CIFTI, GEOMETRY])
            raise InputError(f"{path.name}: a surface must come in files of these kinds: {kinds}")
    if not hemispheres:
        files = ", ".join(geometry.file for geometry in geometries)
        raise InputError(f"{files}: has no parcels: name a {' or '.join([*GIFTI, CIFTI])} beside it")
    _check_sides(hemispheres, "parcels")
    _check_sides(geometries, "geometry")
    ordered = tuple(sorted(hemispheres, key=lambda found: found.side))
    _check_names(ordered)
    return Surface(ordered, tuple(_of_each(ordered, geometries)) if geometries else ())


def _check_sides(parts: Sequence[Hemisphere] | Sequence[Geometry], what: str) -> None:
    """Raise InputError where two files are of one hemisphere."""
    for side, word in WORDS.items():
        files = [part.file for part in parts if part.side == side]
        if len(files) > 1:
            raise InputError(f"{' and '.join(files)}: both are {what} of the {word} hemisphere; bring one")


def _check_names(hemispheres: tuple[Hemisphere, ...]) -> None:
    """Raise InputError where parcels of both hemispheres have one name."""
    common = natural_order(set.intersection(*(set(found.names) for found in hemispheres)))
    if len(hemispheres) > 1 and common:
        raise InputError(
            f"{hemispheres[0].file}: {len(common):,} of its parcels are on the other hemisphere too, such as "
            f"'{common[0]}', so that a spot does not tell which it is: give them other names, or numbers, on each"
        )


def _of_each(hemispheres: Sequence[Hemisphere], geometries: Sequence[Geometry]) -> list[np.ndarray]:
    """Return the positions of the vertices of each hemisphere."""
    by_side = {geometry.side: geometry for geometry in geometries}
    positions = []
    for found in hemispheres:
        geometry = by_side.pop(found.side, None)
        if geometry is None:
            raise InputError(f"{found.file}: the {GEOMETRY} of its {WORDS[found.side]} hemisphere is missing")
        there, needed = len(geometry.positions), len(found.parcel)
        if there != needed:
            raise InputError(
                f"{geometry.file}: has {there:,} vertices, but {found.file} {needed:,}: both must be of one surface"
            )
        positions.append(geometry.positions)
    for side, geometry in by_side.items():
        raise InputError(f"{geometry.file}: there are no parcels of the {WORDS[side]} hemisphere; leave it out")
    return positions
