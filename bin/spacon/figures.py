"""Figures of the report, with matplotlib. Each function returns one figure; `save` writes it as PNG and SVG."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from scipy.spatial import KDTree

from spacon.graphs import Graph, in_degrees, out_degrees

# So many clusters stand in a legend, or have a panel of their own: thousands would take hours, and show nothing.
SHOWN = 60

INK, FAINT, ACCENT = "#22262b", "#d9dde2", "#4477aa"
STYLE = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "svg.hashsalt": "spacon",
    "figure.dpi": 110,
    "savefig.dpi": 200,
    "savefig.bbox": "tight",
}
plt.rcParams.update(STYLE)


def save(figure: Figure, folder: Path, name: str) -> None:
    """Write a figure as PNG and SVG, without a date, so that the same figure gives the same file."""
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{name}.png", metadata={"Software": None})
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None})


def panel_height(place: np.ndarray, width: float) -> float:
    """Return the height in inches of a panel that shows spots (n, 2) to scale, between a fifth and 0.9 of its width."""
    extent = np.ptp(place, axis=0)
    return width * float(np.clip(extent[1] / max(extent[0], 1e-12), 0.2, 0.9))


def marker_area(place: np.ndarray, width: float) -> float:
    """Return a marker area (points squared) at which neighbouring spots (n, 2) about touch in a panel of that width."""
    apart = np.median(KDTree(place).query(place, k=2)[0][:, 1])
    shown = 72 * width / max(np.ptp(place, axis=0)[0], 1e-12)
    least = np.clip(100 / np.sqrt(len(place)), 0.8, 3.5)
    return float(np.clip(1.2 * apart * shown, least, 7.0)) ** 2


def scatter(axes: Axes, place: np.ndarray, colours: np.ndarray | list[str], area: float) -> None:
    """Draw spots (n, 2) without axes; rasterised, so that an SVG of many spots stays small."""
    axes.scatter(*place.T, c=colours, s=area, linewidths=0, rasterized=True)
    axes.set_axis_off()


def labelled_map(place: np.ndarray, labels: pd.Series, colours: list[str], title: str, *, to_scale: bool) -> Figure:
    """Draw spots (n, 2) by category, with a legend of the first `SHOWN`; `to_scale` for tissue, not for a UMAP."""
    width = 6.0
    height = panel_height(place, width) if to_scale else 4.2
    figure, axes = plt.subplots(figsize=(width + 1, max(height, 2.2)), layout="constrained")
    code = labels.cat.codes.to_numpy()
    shown = np.array([*colours, FAINT])[code]  # a missing label has the code -1
    scatter(axes, place, shown, marker_area(place, width))
    if to_scale:
        axes.set_aspect("equal")
    figure.suptitle(title, x=0.01, ha="left")
    named = list(zip(labels.cat.categories, colours, strict=True))
    handles = [
        Line2D([], [], color=colour, marker="o", linestyle="", markersize=5, label=name)
        for name, colour in named[:SHOWN]
    ]
    if len(named) > SHOWN:
        handles.append(Line2D([], [], linestyle="", label=f"and {len(named) - SHOWN:,} more"))
    rows = max(6, int(max(height, 2.2) / 0.19))
    columns = -(-len(handles) // rows)
    figure.legend(handles=handles, loc="outside right center", frameon=False, ncols=columns, handletextpad=0.1)
    return figure


def small_multiples(place: np.ndarray, labels: pd.Series, colours: list[str]) -> Figure:
    """Draw each of the first `SHOWN` categories against the rest, one panel a category, with its number of spots."""
    categories = list(labels.cat.categories)[:SHOWN]
    columns = min(3 if np.ptp(place, axis=0)[0] > 2 * np.ptp(place, axis=0)[1] else 6, len(categories))
    rows, width = -(-len(categories) // columns), 9.6 / columns if columns < 6 else 1.6
    size = (width * columns, (panel_height(place, width) + 0.25) * rows)
    figure, panels = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    area = marker_area(place, width)
    for axes in panels.ravel():
        axes.set_axis_off()
    for axes, category, colour in zip(panels.ravel(), categories, colours, strict=False):
        inside = (labels == category).to_numpy()
        scatter(axes, place[~inside], [FAINT], area)
        scatter(axes, place[inside], [colour], area)
        axes.set_aspect("equal")
        axes.set_title(f"{category}  ({inside.sum()})")
    return figure


def degrees(graphs: Mapping[str, Graph]) -> Figure:
    """Draw how many edges run into and out of a spot, one panel a graph."""
    figure, panels = plt.subplots(1, len(graphs), figsize=(3.6 * len(graphs), 2.4), layout="constrained")
    for axes, (name, graph) in zip(np.atleast_1d(panels), graphs.items(), strict=True):
        sides = (in_degrees(graph), "into a spot", ACCENT), (out_degrees(graph), "out of a spot", "#ee6677")
        for degree, label, colour in sides:
            step = max(1, int(np.ptp(degree)) // 30)  # whole numbers, or bins would hold unequally many of them
            bins = np.arange(degree.min(), degree.max() + step + 1, step) - 0.5
            axes.hist(degree, bins=bins, histtype="step", color=colour, label=label)
        axes.set(title=name, xlabel="edges", ylabel="spots")
        axes.legend(frameon=False)
    return figure


def training_curve(history: pd.DataFrame) -> Figure:
    """Draw the mean squared error of each epoch, one line a seed; history has epoch, seed, mean_squared_error."""
    figure, axes = plt.subplots(figsize=(4.6, 2.6), layout="constrained")
    for seed, of_seed in history.groupby("seed"):
        axes.plot(of_seed["epoch"], of_seed["mean_squared_error"], marker=".", label=f"seed {seed}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="epoch", ylabel="squared error per spot and gene")
    axes.legend(frameon=False)
    return figure
