"""Figures of the report, with matplotlib. Each function returns one figure; `save` writes it as PNG and SVG."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from scipy.spatial import KDTree

from spacon.graphs.graph import Graph, in_degrees, out_degrees
from spacon.report.fonts import FAMILIES, is_thin, use_own_fonts
from spacon.report.layout import Layout
from spacon.report.names import changed_names, short_names

# So many clusters stand in a legend, or have a panel of their own: thousands would take hours, and show nothing.
SHOWN = 60
SHOWN_SEEDS = 8

MAP_WIDTH, SECTION_WIDTH, WIDEST_MAP = 6.0, 1.2, 12.0  # inches; a map with sections apart grows with their columns
PANEL_WIDTH = 3.2  # inches, of one of three panels beside each other
MAP_NAME, PANEL_NAME = 7, 5  # points, of a section's name
SHORTEST = 8  # letters; a name that cannot have so many is not written
LETTER = 0.011  # inches per point of a name's size, of its letters
TITLE, LINE = 0.3, 0.19  # inches, of a map's title and of a line of its legend

INK, FAINT, ACCENT = "#22262b", "#d9dde2", "#4477aa"
STYLE = {
    "font.family": list(FAMILIES),
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "text.parse_math": False,  # a name with two dollar signs is no formula
    "svg.hashsalt": "spacon",
    "figure.dpi": 110,
    "savefig.dpi": 200,
    "savefig.bbox": "tight",
}
mpl.rcdefaults()  # whatever a machine's matplotlibrc says
mpl.rcParams.update(STYLE)  # type: ignore[arg-type] # of which some names are not in its list
use_own_fonts()


def save(figure: Figure, folder: Path, name: str) -> None:
    """Write a figure as PNG and SVG, without a date, so that the same figure gives the same file."""
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{name}.png", metadata={"Software": None})
    figure.set_layout_engine("none")  # found once, it holds
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None})


def panel_height(place: np.ndarray, width: float) -> float:
    """Return the height in inches of a panel that shows spots (n, 2) to scale, between a fifth and 0.9 of its width."""
    across, up = np.ptp(place, axis=0)
    return width * float(np.clip(up / across if across else np.inf, 0.2, 0.9))


def scale_of(place: np.ndarray, width: float) -> float:
    """Return how many inches one unit of the coordinates (n, 2) takes in a panel of that width."""
    sizes = np.array([width, panel_height(place, width)]) / 1.1  # matplotlib's margins
    extent = np.ptp(place, axis=0)
    return float((sizes[extent > 0] / extent[extent > 0]).min(initial=np.inf))


def marker_area(place: np.ndarray, width: float) -> float:
    """Return a marker area (points squared) at which neighbouring spots (n, 2) about touch in a panel of that width."""
    if len(place) < 2:
        return 7.0**2
    apart = np.median(KDTree(place).query(place, k=2)[0][:, 1])
    shown = 72 * apart * scale_of(place, width) if apart else 0.0
    least = np.clip(100 / np.sqrt(len(place)), 0.8, 3.5)
    return float(np.clip(1.3 * shown, least, 7.0)) ** 2


def scatter(axes: Axes, place: np.ndarray, colours: np.ndarray | list[str], area: float) -> None:
    """Draw spots (n, 2) without axes; rasterised, so that an SVG of many spots stays small."""
    axes.scatter(place[:, 0], place[:, 1], c=colours, s=area, linewidths=0, rasterized=True)
    axes.set_axis_off()


def thicken(text: Text) -> None:
    """Give letters of the second font an outline: matplotlib reads it in its thinnest weight alone."""
    if is_thin(text.get_text()):
        text.set_path_effects([withStroke(linewidth=0.5, foreground=text.get_color())])


def longest_name(layout: Layout, width: float, size: float) -> int:
    """Return how many letters of that size (points) a section's name may have in a map of that width (inches).

    0: none is written, as sections stay in place, or too few letters would fit.
    """
    fit = int(layout.pitch * scale_of(layout.place, width) / (LETTER * size)) if layout.names else 0
    return fit if fit >= SHORTEST else 0


def name_sections(axes: Axes, layout: Layout, width: float, size: float) -> None:
    """Write the name of each section that was moved above its left upper corner, no longer than the section is wide."""
    longest = longest_name(layout, width, size)
    if longest and layout.corners is not None:
        for name, corner in zip(short_names(layout.names, longest), layout.corners, strict=True):
            thicken(axes.annotate(name, corner, xytext=(-2, 4), textcoords="offset points", fontsize=size, color=INK))


def changed_section_names(layout: Layout) -> dict[int, str]:
    """Return the names of sections that some map shows otherwise, by their number."""
    sizes = (PANEL_WIDTH, PANEL_NAME), (map_width(layout), MAP_NAME)
    written = [longest for longest in (longest_name(layout, *size) for size in sizes) if longest]
    return changed_names(layout.names, min(written)) if written else {}


def map_width(layout: Layout) -> float:
    """Return the width in inches of a map: a wider one where many sections stand beside each other."""
    if not layout.names:
        return MAP_WIDTH
    wanted = SECTION_WIDTH / (layout.pitch * scale_of(layout.place, 1.0))
    return float(np.clip(wanted, MAP_WIDTH, WIDEST_MAP))


def add_legend(figure: Figure, width: float, names: Sequence[str], colours: Sequence[str]) -> float:
    """Give a figure a legend of the first `SHOWN` names to the right of `width` inches, and make room for it.

    Returns:
        The part of the figure's new width that is left of the legend.
    """
    shown = short_names(names[:SHOWN])
    handles = [Line2D([], [], color=colour, marker="o", linestyle="", markersize=5) for colour in colours[:SHOWN]]
    if len(names) > SHOWN:
        handles.append(Line2D([], [], linestyle=""))
        shown.append(f"and {len(names) - SHOWN:,} more")
    fit = int(figure.get_figheight() / LINE)
    columns = max(1, min(-(-len(shown) // fit), 3))
    legend = figure.legend(handles, shown, frameon=False, ncols=columns, handletextpad=0.1, borderaxespad=0)
    for text in legend.get_texts():
        thicken(text)
    box = legend.get_window_extent(FigureCanvasAgg(figure).get_renderer())
    beside, high = box.width / figure.dpi, box.height / figure.dpi
    figure.set_size_inches(width + beside, max(figure.get_figheight(), high))
    share = width / (width + beside)
    legend.set_loc("center left")
    legend.set_bbox_to_anchor((share, 0.5))
    return share


def labelled_map(layout: Layout, labels: pd.Series, colours: list[str], title: str, *, to_scale: bool) -> Figure:
    """Draw all spots by category, with a legend of the first `SHOWN`; `to_scale` for tissue, not for a UMAP."""
    width = map_width(layout)
    place, code = layout.place, labels.cat.codes.to_numpy()
    height = max(panel_height(place, width) if to_scale else 0.7 * width, 2.2)
    figure = Figure((width, height + TITLE))
    thicken(figure.text(0, 1, title, va="top", fontsize=10))
    share = add_legend(figure, width, list(labels.cat.categories), colours)
    axes = figure.add_axes((0, 0, share, 1 - TITLE / figure.get_figheight()))
    shown = np.array([*colours, FAINT])[code]  # a missing label has the code -1
    scatter(axes, place, shown, marker_area(place, width))
    name_sections(axes, layout, width, MAP_NAME)
    if to_scale:
        axes.set_aspect("equal")
    return figure


def small_multiples(layout: Layout, labels: pd.Series, colours: list[str]) -> Figure:
    """Draw each of the first `SHOWN` categories against the rest, one panel a category, with its number of spots."""
    place = layout.place
    categories = list(labels.cat.categories)[:SHOWN]
    is_wide = bool(layout.names) or np.ptp(place, axis=0)[0] > 2 * np.ptp(place, axis=0)[1]
    columns = min(3 if is_wide else 6, len(categories))
    rows, width = -(-len(categories) // columns), 3 * PANEL_WIDTH / columns
    size = (width * columns, (panel_height(place, width) + 0.25) * rows)
    figure = Figure(size, layout="constrained")
    # Ticks, though unseen, would take half the time.
    panels = figure.subplots(rows, columns, squeeze=False, subplot_kw={"xticks": (), "yticks": ()})
    area = marker_area(place, width)
    for axes in panels.ravel():
        axes.set_axis_off()
    names = short_names(categories, int(10 * width))
    for axes, category, name, colour in zip(panels.ravel(), categories, names, colours, strict=False):
        inside = (labels == category).to_numpy()
        scatter(axes, place[~inside], [FAINT], area)
        scatter(axes, place[inside], [colour], area)
        name_sections(axes, layout, width, PANEL_NAME)
        axes.set_aspect("equal")
        thicken(axes.set_title(f"{name}  ({inside.sum():,})"))
    return figure


def degrees(graphs: Mapping[str, Graph]) -> Figure:
    """Draw how many edges run into and out of a spot, one panel a graph."""
    figure = Figure((3.6 * len(graphs), 2.4), layout="constrained")
    panels = figure.subplots(1, len(graphs), squeeze=False)[0]
    for axes, (name, graph) in zip(panels, graphs.items(), strict=True):
        sides = (in_degrees(graph), "into a spot", ACCENT), (out_degrees(graph), "out of a spot", "#ee6677")
        for degree, label, colour in sides:
            step = max(1, int(np.ptp(degree)) // 30)  # whole numbers, or bins would hold unequally many of them
            bins = np.arange(degree.min(), degree.max() + step + 1, step) - 0.5
            axes.hist(degree, bins=bins, histtype="step", color=colour, label=label)
        axes.set(title=name, xlabel="edges", ylabel="spots")
        axes.legend(frameon=False)
    return figure


def training_curve(history: pd.DataFrame) -> Figure:
    """Draw the mean squared error of each epoch, one line per seed; history has epoch, seed, mean_squared_error."""
    figure = Figure((4.6, 2.6), layout="constrained")
    axes = figure.subplots()
    for number, (seed, of_seed) in enumerate(history.groupby("seed")):
        name = f"seed {seed}" if number < SHOWN_SEEDS else None
        axes.plot(of_seed["epoch"], of_seed["mean_squared_error"], marker=".", label=name)
    more = history["seed"].nunique() - SHOWN_SEEDS
    if more > 0:
        axes.plot([], [], linestyle="", label=f"and {more:,} more")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="epoch", ylabel="squared error per spot and gene")
    axes.legend(frameon=False)
    return figure
