#!/usr/bin/env python3
"""Draw docs/img/alignment.png, what each rule of alignment does: `python docs/make_alignment_picture.py`."""

from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.spatial import KDTree

PICTURE = Path(__file__).resolve().parent / "img" / "alignment.png"
COLORS = np.array(["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"])
INK, LOST, FAINT = "#22262b", "#999999", "#d9dde2"
SIZE = 4.0  # of the field that is drawn


def draw_cells(axes: Axes, cells: np.ndarray, place: np.ndarray) -> None:
    """Draw cells (n, 2) in the colour of their place (n,); those without one, -1, as crosses."""
    lost = place < 0
    axes.scatter(*cells[~lost].T, s=7, c=COLORS[place[~lost] % len(COLORS)], linewidths=0)
    axes.scatter(*cells[lost].T, s=12, c=LOST, marker="x", linewidths=0.8)


def draw_places(axes: Axes, cells: np.ndarray) -> None:
    """Draw cells joined to the nearest place within a distance."""
    places = np.array([[0.8, 0.8], [2.0, 0.9], [3.1, 1.2], [1.1, 2.1], [2.4, 2.2], [1.6, 3.2]])
    distance, nearest = KDTree(places).query(cells)
    place = np.where(distance < 0.75, nearest, -1)
    for one, target in zip(cells[place >= 0], places[place[place >= 0]], strict=True):
        axes.plot(*np.transpose([one, target]), color=FAINT, linewidth=0.6, zorder=0)
    draw_cells(axes, cells, place)
    axes.scatter(*places.T, s=45, facecolors="none", edgecolors=INK, linewidths=1.2)


def draw_regions(axes: Axes, cells: np.ndarray) -> None:
    """Draw cells in regions that their labels name."""
    x, y = cells.T
    place = np.select([y > 0.25 * x + 2.6, y > 1.4 + 0.3 * np.sin(2 * x), x < 2.1], [0, 1, 2], 3)
    place[np.hypot(x - 3.4, y - 3.4) < 0.8] = -1
    draw_cells(axes, cells, place)
    names = (("VISp", (1.2, 3.45)), ("RSP", (2.0, 2.3)), ("CA1", (0.9, 0.7)), ("DG", (3.0, 0.7)))
    for number, (name, at) in enumerate(names):
        box = {"facecolor": "white", "edgecolor": COLORS[number], "boxstyle": "round,pad=0.2"}
        axes.text(*at, name, fontsize=8, ha="center", va="center", color=INK, bbox=box)


def draw_grid(axes: Axes, cells: np.ndarray) -> None:
    """Draw cells in the squares of a regular grid."""
    column, row = np.floor(cells).astype(int).T
    draw_cells(axes, cells, column + 2 * (row % 2) + 3 * (row // 2))
    for line in np.arange(SIZE + 1):
        axes.plot([line, line], [0, SIZE], color=INK, linewidth=0.6)
        axes.plot([0, SIZE], [line, line], color=INK, linewidth=0.6)


def draw_top_view(axes: Axes, cells: np.ndarray) -> None:
    """Draw cells below the pixels of a curved surface, to which streamlines lead."""
    middle, inner, outer = np.array([SIZE / 2, 0.0]), 1.2, 2.9
    edges = np.linspace(np.pi * 0.26, np.pi * 0.74, 7)[::-1]
    radius = np.hypot(*(cells - middle).T)
    angle = np.arctan2(*(cells - middle).T[::-1])
    bin_of = len(edges) - 1 - np.searchsorted(edges[::-1], angle)
    inside = (radius > inner) & (radius < outer) & (angle > edges[-1]) & (angle < edges[0])
    draw_cells(axes, cells, np.where(inside, bin_of, -1))
    top = SIZE - 0.2
    for edge in edges:
        direction = np.array([np.cos(edge), np.sin(edge)])
        ends = middle + np.outer([inner, outer], direction)
        axes.plot(*ends.T, color=INK, linewidth=0.6)
        axes.plot([ends[1, 0]] * 2, [ends[1, 1], top], color=INK, linewidth=0.6, linestyle=":")
    across = middle[0] + outer * np.cos(edges)
    for number, (left, right) in enumerate(pairwise(across)):
        axes.fill_between([left, right], top, top + 0.2, color=COLORS[number % len(COLORS)], linewidth=0)


def picture() -> Figure:
    """Return the four rules side by side, on the same cells."""
    cells = np.random.default_rng(4).uniform(0.03, SIZE - 0.03, (260, 2))
    below = cells[cells[:, 1] < SIZE - 0.35]
    panels = (
        ("places: the nearest\nwithin align_distance", draw_places, cells),
        ("regions: as the label\nof each cell says", draw_regions, cells),
        ("grid: squares or cubes\nof side grid_spacing", draw_grid, cells),
        ("top_view: pixels, along\nstreamlines from the surface", draw_top_view, below),
    )
    with mpl.rc_context({"font.family": "DejaVu Sans", "font.size": 9}):
        figure = Figure(figsize=(10, 2.9), layout="constrained")
        for axes, (title, draw, shown) in zip(figure.subplots(1, len(panels)), panels, strict=True):
            draw(axes, shown)
            axes.set(title=title, xlim=(-0.05, SIZE + 0.05), ylim=(-0.05, SIZE + 0.05), aspect="equal")
            axes.set_title(title, fontsize=9, color=INK)
            axes.axis("off")
        return figure


if __name__ == "__main__":
    picture().savefig(PICTURE, dpi=120, metadata={"Software": None})
