"""Places that are the cells of a regular grid."""

import numpy as np

from spacon.alignment.assignment import Assignment, Why, assigned
from spacon.errors import InputError

LARGEST_STEP = 2**31  # beyond it, a spacing is of another unit
ON_LINE = 1e-9  # of a step: 0.3 / 0.1 is 2.9999999999999996


def grid(positions: np.ndarray, spacing: float) -> Assignment:
    """Assign cells at (n, 2 or 3) to those squares or cubes of a grid that hold any, in the order of their numbers.

    The grid starts at 0 on every axis, not at the smallest coordinate, so that it is the same whatever cells are
    dropped, and in every sample of one coordinate system. Place `i_j_k` holds the cells with i * spacing <= x <
    (i + 1) * spacing, and so on; numbers are below 0 for coordinates below 0. Cells without a position have no place.

    Raises:
        InputError: as `steps`.
    """
    located = np.isfinite(positions).all(axis=1)
    occupied, number = np.unique(steps(positions[located], spacing), axis=0, return_inverse=True)
    place = np.full(len(positions), -1)
    place[located] = number.ravel()
    names = ["_".join(map(str, row)) for row in occupied.tolist()]
    return assigned(place, names, np.where(located, Why.PLACED, Why.NO_POSITION).astype(np.uint8))


def steps(positions: np.ndarray, spacing: float) -> np.ndarray:
    """Return the number of the interval of each coordinate, floor(position / spacing), int64, same shape.

    Raises:
        InputError: a spacing that is not above 0, or too small for such positions.
    """
    if not (0 < spacing < np.inf):
        raise InputError(f"grid_spacing is {spacing:g}; a length above 0, in the unit of the coordinates, is needed")
    exact = positions / spacing
    if np.abs(exact).max(initial=0) >= LARGEST_STEP:
        raise InputError(
            f"grid_spacing is {spacing:g}, but coordinates go up to {np.abs(positions).max():.4g}: give both in one "
            "unit"
        )
    nearest = np.round(exact)
    on_line = np.abs(exact - nearest) <= ON_LINE * np.maximum(1, np.abs(nearest))
    return np.where(on_line, nearest, np.floor(exact)).astype(np.int64)
