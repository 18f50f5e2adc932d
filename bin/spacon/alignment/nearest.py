"""The nearest place of each cell, exact."""

from collections.abc import Iterator

import numpy as np
from scipy.spatial import KDTree

from spacon.alignment.assignment import Assignment, Why, assigned
from spacon.alignment.places import Places
from spacon.data.columns import natural_order
from spacon.errors import InputError

CELLS_PER_BLOCK = 100_000
LOOKED_AT = 10_000  # places, to tell their spacing
# Midpoints between places of a grid are seldom exact in binary: what differs by less is equally near.
EQUAL, ROUNDING = 1e-9, 4 * np.finfo(np.float64).eps


def nearest_places(
    positions: np.ndarray, places: Places, most: float | None, section: np.ndarray | None = None
) -> Assignment:
    """Assign each cell to its nearest place; among equally near ones, to the first in the file.

    Where cells and places have sections, cells go to places of their own section. Beside the result, memory holds a
    tree of the places and a block of cells.

    Args:
        positions: of the cells, (n, 2 or 3), not finite where unknown.
        places: as many coordinates, in the same unit.
        most: the largest distance at which a cell still lies in a place; None: any.
        section: of each cell (n,).

    Raises:
        InputError: other numbers of coordinates, or no section in common.
    """
    width = places.positions.shape[1]
    if positions.shape[1] != width:
        raise InputError(
            f"cells have {positions.shape[1]} coordinates, but {places.file} has {width}: set --coordinates to as many "
            "of the cells', or bring places with as many"
        )
    located = np.isfinite(positions).all(axis=1)
    place, distance = np.full(len(positions), -1), np.full(len(positions), np.nan)
    why = np.where(located, Why.NO_PLACE_IN_SECTION, Why.NO_POSITION).astype(np.uint8)
    for cells, candidates in _groups(located, places, section):
        members = _first_at_each_point(places.positions, candidates)
        tree = KDTree(places.positions[members])
        for start in range(0, len(cells), CELLS_PER_BLOCK):
            block = cells[start : start + CELLS_PER_BLOCK]
            found, distance[block] = nearest(tree, positions[block])
            place[block] = members[found]
        why[cells] = Why.PLACED
    if most is not None:
        far = distance > most
        place[far], why[far] = -1, Why.TOO_FAR
    return assigned(place, places.names, why, distance)


def _groups(located: np.ndarray, places: Places, section: np.ndarray | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield numbers of cells and of the places among which theirs is."""
    if section is None or places.section is None:
        yield np.flatnonzero(located), np.arange(len(places.positions))
        return
    own, theirs = natural_order(set(section.tolist())), natural_order(set(places.section.tolist()))
    common = [name for name in own if name in set(theirs)]
    if not common:
        raise InputError(f"no section of the cells ('{own[0]}', ...) is one of {places.file} ('{theirs[0]}', ...)")
    cells, members = _by_name(np.where(located, section, ""), own), _by_name(places.section, theirs)
    for name in common:
        yield cells[name], members[name]


def _first_at_each_point(positions: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return which of some places, in their order, can be the nearest: of those at one point, the first."""
    _, first = np.unique(positions[members], axis=0, return_index=True)
    return members[np.sort(first)]


def _by_name(section: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    """Return the numbers of what lies in each section, rising."""
    order = np.argsort(section, kind="stable")
    rows = section[order]
    start, stop = (np.searchsorted(rows, np.array(names, dtype=rows.dtype), side) for side in ("left", "right"))
    return {name: order[low:high] for name, low, high in zip(names, start, stop, strict=True)}


def nearest(tree: KDTree, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of the nearest point of a tree and the distance to it, each (n,), for points (n, d)."""
    found, distance = np.empty(len(points), dtype=np.int64), np.empty(len(points))
    pending, k = np.arange(len(points)), min(2, tree.n)
    while len(pending):
        apart, which = tree.query(points[pending], k=np.arange(1, k + 1))
        scale = np.abs(points[pending]).max(axis=1)
        tied = apart <= (apart[:, 0] * (1 + EQUAL) + ROUNDING * scale)[:, None]
        distance[pending] = apart[:, 0]
        found[pending] = np.where(tied, which, tree.n).min(axis=1)
        # Where even the farthest is equally near, more may be.
        pending, k = pending[tied[:, -1] & (k < tree.n)], min(4 * k, tree.n)
    return found, distance


def typical_spacing(positions: np.ndarray, section: np.ndarray | None = None) -> float | None:
    """Return the median distance from a place, of at most `LOOKED_AT`, to the nearest that lies elsewhere.

    Where places (m,) have sections, it is that to the nearest of the same section; None where no place has another.
    """
    groups = [np.arange(len(positions))]
    if section is not None:
        groups = list(_by_name(section, natural_order(set(section.tolist()))).values())
    step = max(1, len(positions) // LOOKED_AT)
    apart = []
    for group in groups:
        distinct = np.unique(positions[group], axis=0)
        if len(distinct) > 1:
            apart.append(KDTree(distinct).query(distinct[::step], k=[2])[0].ravel())
    return float(np.median(np.concatenate(apart))) if apart else None
