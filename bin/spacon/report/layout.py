"""Where a map shows the spots: sections that lie over each other in the plane are drawn side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# A grid of sections is about so many times as wide as it is high, like a map on a page.
ASPECT = 1.3
# Room between sections, as a part of the largest side: beside each, and above each, where its name stands.
BESIDE, ABOVE = 0.1, 0.25


@dataclass(frozen=True)
class Layout:
    """Where spots are drawn and, if sections were moved apart, the names that are written by them.

    Args:
        place: two coordinates per spot, shape (n, 2).
        names: of the sections, in their order; empty where all spots stay in place.
        corners: left upper corner of each section, shape (sections, 2).
        pitch: from the left side of one section to that of the next.
    """

    place: np.ndarray
    names: tuple[str, ...] = ()
    corners: np.ndarray | None = None
    pitch: float = np.inf


def layout_of(place: np.ndarray, section: np.ndarray | None = None, order: Sequence[str] = ()) -> Layout:
    """Return where spots (n, 2) are drawn: apart if the boxes of any two sections (n,) meet, else where they are."""
    if section is None:
        return Layout(place)
    code = codes(section, order)
    least, greatest = boxes(place, code, len(order))
    if not boxes_meet(least, greatest):
        return Layout(place)
    moved, pitch = side_by_side(place, code, len(order))
    least, greatest = boxes(moved, code, len(order))
    return Layout(moved, tuple(order), np.column_stack([least[:, 0], greatest[:, 1]]), pitch)


def codes(section: np.ndarray, order: Sequence[str]) -> np.ndarray:
    """Return the place of each spot's section (n,) in the order, shape (n,)."""
    number = {name: code for code, name in enumerate(order)}
    return np.array([number[name] for name in section])


def boxes(place: np.ndarray, code: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the greatest coordinates of each section, both (count, 2); each has a spot."""
    least, greatest = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(least, code, place)
    np.maximum.at(greatest, code, place)
    return least, greatest


def boxes_meet(least: np.ndarray, greatest: np.ndarray) -> bool:
    """Return whether any two boxes, given by their corners (count, 2), overlap or touch."""
    meet = (least[:, None] <= greatest[None]).all(axis=2)
    return bool((meet & meet.T).sum() > len(least))


def side_by_side(place: np.ndarray, code: np.ndarray, count: int) -> tuple[np.ndarray, float]:
    """Move each section as a whole to its own cell of a grid, row by row from the left upper corner.

    Args:
        place: shape (n, 2).
        code: number of each spot's section, shape (n,).
        count: how many sections there are.

    Returns:
        The moved spots, (n, 2): no two sections meet, distances within a section stay; and the width of a cell.
    """
    least, greatest = boxes(place, code, count)
    size = (greatest - least).max(axis=0)
    side = size.max() or 1.0  # sections of one spot have no size
    width, height = size + side * np.array([BESIDE, ABOVE])
    width = max(width, height / 2)  # or a name would have no room above a narrow section
    columns = int(np.clip(round(np.sqrt(count * ASPECT * height / width)), 1, count))
    rows = -(-count // columns)
    columns = -(-count // rows)  # four stand two by two, not three and one
    row, column = np.divmod(np.arange(count), columns)
    corner = np.column_stack([column * width, -row * height])
    return place - least[code] + corner[code], float(width)
