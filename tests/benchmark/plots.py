#!/usr/bin/env python3
"""Draw the plots of docs/benchmarks from the results that lie there."""

from pathlib import Path

import click
import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import pandas as pd
from cases import STAGES
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from tables import SHOWN, medians, slope

COLOURS = {"ours": "#4477aa", "peer": "#ee6677"}
NAMES = {"ours": "this pipeline", "peer": "published package"}
COLUMNS = 3
plt.rcParams.update(
    {
        "font.size": 9,
        "axes.titlesize": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.facecolor": "white",
        "savefig.dpi": 150,
        "savefig.bbox": "tight",
    }
)


def against_spots(table: pd.DataFrame, column: str, label: str, *, exponents: bool) -> Figure:
    """Draw one panel a stage, a column of the medians against the number of spots, both axes logarithmic."""
    stages = [
        name
        for name in STAGES
        if name in table.index.unique("stage") and len(table.loc[name].index.unique("spots")) > 1
    ]
    rows = max(1, -(-len(stages) // COLUMNS))
    figure, panels = plt.subplots(rows, COLUMNS, figsize=(9, 2.3 * rows), layout="constrained", squeeze=False)
    for axes in panels.flat[len(stages) :]:
        axes.set_axis_off()
    for name, axes in zip(stages, panels.flat, strict=False):
        values = table[column].unstack()[list(COLOURS)].loc[name].sort_index()
        for side, colour in COLOURS.items():
            axes.plot(values[side].dropna(), "o-", color=colour, markersize=3.5, label=NAMES[side])
        axes.set(xscale="log", yscale="log", title=STAGES[name].title)
        axes.grid(alpha=0.25)
        growth = slope(table, name)
        if exponents and growth == growth:
            axes.text(0.97, 0.04, f"ours: n^{growth:.2f}", transform=axes.transAxes, ha="right", color=COLOURS["ours"])
    for axes in panels[:, 0]:
        axes.set_ylabel(label)
    for axes in panels.flat[max(0, len(stages) - COLUMNS) : len(stages)]:
        axes.set_xlabel("spots")
    _legend(figure, panels.flat[0])
    return figure


def _legend(figure: Figure, axes: Axes) -> None:
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False)


def ratios(table: pd.DataFrame) -> Figure:
    """Draw how many times as fast ours is, for the stages of the first table."""
    shown = [(name, n) for name, n in SHOWN if (name, n, "ours") in table.index][::-1]
    values = [table.seconds[(name, n, "peer")] / table.seconds[(name, n, "ours")] for name, n in shown]
    figure, axes = plt.subplots(figsize=(7, 0.42 * len(shown) + 0.6), layout="constrained")
    bars = axes.barh([f"{STAGES[name].title}, {n:,}" for name, n in shown], values, color=COLOURS["ours"])
    axes.bar_label(bars, [f" {value:.3g}x" for value in values])
    axes.axvline(1, color=COLOURS["peer"])
    axes.set(xscale="log", xlabel="published package's time over ours")
    axes.margins(x=0.15)
    return figure


def agreement(scores: pd.DataFrame) -> Figure:
    """Draw the agreement of every seed at each alpha, and the means."""
    figure, axes = plt.subplots(figsize=(5, 2.8), layout="constrained")
    alphas = sorted(scores.alpha.unique(), reverse=True)
    for shift, (side, colour) in zip((-0.12, 0.12), COLOURS.items(), strict=True):
        found = scores[scores.implementation == side]
        place = found.alpha.map(alphas.index) + shift
        axes.scatter(place, found.ari, color=colour, s=18, alpha=0.7, linewidths=0, label=NAMES[side])
        means = found.groupby(place).ari.mean()
        axes.hlines(means, means.index - 0.09, means.index + 0.09, color=colour)
    axes.set_xticks(range(len(alphas)), [f"alpha {alpha:g}" for alpha in alphas])
    axes.set(ylabel="adjusted Rand index", ylim=(min(0, scores.ari.min()), 1.02))
    _legend(figure, axes)
    return figure


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
def main(folder: Path) -> None:
    """Draw the plots of FOLDER's results into FOLDER."""
    table = medians(pd.read_csv(folder / "results.csv"))
    figures = {
        "time": against_spots(table, "seconds", "seconds", exponents=True),
        "memory": against_spots(table, "peak_mb", "peak of the process, MB", exponents=False),
        "ratio": ratios(table),
    }
    if (folder / "agreement.csv").exists():
        figures["agreement"] = agreement(pd.read_csv(folder / "agreement.csv"))
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.png", metadata={"Software": None})


if __name__ == "__main__":
    main()
