"""One hemisphere of a surface, whatever file its parcels came in: their names, and which of them each vertex has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from spacon.data.columns import natural_order
from spacon.errors import InputError

Side = Literal["L", "R"]
WORDS: dict[Side, str] = {"L": "left", "R": "right"}
STRUCTURES: dict[str, Side] = {"CortexLeft": "L", "CortexRight": "R"}
LETTERS: dict[str, Side] = {"L": "L", "R": "R"}
# How label tables say that a vertex lies in no parcel; key 0 always does.
OUTSIDE = re.compile(r"([lr]h?[ _.-])?(\?*|background.*|medial[ _-]?wall|unknown|unassigned|none)", re.I)
# `hemi-L`, `.L.`, `lh.`, `_right_`: a word of its own in a file's name.
OF_NAME = re.compile(r"(?:^|[._-])(l|lh|left|r|rh|right)(?=[._-])", re.I)


@dataclass(frozen=True)
class Hemisphere:
    """Parcels of one hemisphere of v vertices.

    Args:
        side: which one.
        parcel: the number of each vertex's parcel (v,), -1 outside of all.
        names: of the parcels, each its own, in natural order.
        covered: the vertices that the file tells of, in its order; the others, as those of a medial wall, lie outside.
        file: for messages.
    """

    side: Side
    parcel: np.ndarray
    names: tuple[str, ...]
    covered: np.ndarray
    file: str


def hemisphere(
    side: Side, key: np.ndarray, covered: np.ndarray, vertices: int, table: Mapping[int, str] | None, file: str
) -> Hemisphere:
    """Return the parcels of a hemisphere.

    Args:
        side: which one.
        key: of each vertex that the file tells of (k,), whole numbers; with a table 0, without one 0 and less lie
            outside.
        covered: the numbers of these vertices (k,).
        vertices: how many the surface has.
        table: the name of each key; None where keys are the parcels' numbers.
        file: for messages.

    Raises:
        InputError: a key without a name, a name that two keys have, or no vertex in a parcel.
    """
    keys, code = np.unique(key, return_inverse=True)
    name_of = {number: _name(number, table, file) for number in keys.tolist()}
    names = natural_order(name for name in name_of.values() if name)
    repeated = next((name for name, following in pairwise(names) if name == following), None)
    if repeated is not None:
        raise InputError(f"{file}: two keys of its label table have the name '{repeated}'; each parcel needs its own")
    if not names:
        raise InputError(f"{file}: has no parcels: every vertex lies outside")
    number = {name: place for place, name in enumerate(names)}
    of_key = np.array([number.get(name, -1) for name in name_of.values()])
    parcel = np.full(vertices, -1)
    parcel[covered] = of_key[code.ravel()]
    return Hemisphere(side, parcel, tuple(names), covered, file)


def _name(key: int, table: Mapping[int, str] | None, file: str) -> str:
    """Return the name of a key, none where it means outside."""
    if table is None:
        return str(key) if key > 0 else ""
    if key and key not in table:
        raise InputError(f"{file}: a vertex has the key {key}, which its label table does not name")
    name = table.get(key, "").strip()
    return "" if key == 0 or OUTSIDE.fullmatch(name) else name


def side_of(structure: str | None, file: str) -> Side:
    """Return which hemisphere a file is of: as its metadata say, else its name.

    Raises:
        InputError: neither does, or one says left and the other right.
    """
    told = STRUCTURES.get(structure or "")
    sides = {LETTERS[word[0].upper()] for word in OF_NAME.findall(file)}
    named = sides.pop() if len(sides) == 1 else None
    if told and named and told != named:
        raise InputError(
            f"{file}: AnatomicalStructurePrimary is '{structure}', but its name says {WORDS[named]}: correct one"
        )
    side = told or named
    if side is None:
        raise InputError(
            f"{file}: of which hemisphere is it? AnatomicalStructurePrimary is {structure or 'not set'}, and its name "
            "does not tell: rename it as in parcels.L.label.gii or parcels.R.label.gii"
        )
    return side
