"""Colours of clusters: distinct, and alike for clusters that overlap."""

import colorsys
from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

# Paul Tol's 'bright' and 'muted' schemes: distinct in print and for colour-blind readers.
DISTINCT = [
    *("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#332288", "#ddcc77"),
    *("#117733", "#cc6677", "#88ccee", "#882255", "#44aa99", "#999933", "#aa4499", "#bbbbbb"),
]
GOLDEN = 0.61803398875

# Clusters that are told apart by colour at all; of more, as from a column of numbers, comparing all pairs takes hours.
MATCHED = 1000


def palette(size: int) -> list[str]:
    """Return `size` colours as `#rrggbb`: sixteen chosen ones, then hues a golden section apart."""
    more = [_hue(number) for number in range(max(0, size - len(DISTINCT)))]
    return [*DISTINCT[:size], *more]


def _hue(number: int) -> str:
    lightness, saturation = (0.45, 0.65, 0.3)[number % 3], (0.7, 0.45)[number % 2]
    red, green, blue = colorsys.hls_to_rgb((number * GOLDEN) % 1.0, lightness, saturation)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def matched(labels: np.ndarray, anchor: np.ndarray, colours: Sequence[str] | None = None) -> list[str]:
    """Return a colour for each cluster such that clusters that overlap most look the same in two maps.

    Args:
        labels: whole numbers from 0, shape (n,).
        anchor: labels of the clustering whose colours are taken over, shape (n,).
        colours: of the clusters of `anchor`; `palette`'s if not given.

    Returns:
        Colours of the clusters of `labels`: those of their counterparts, one to one, else unused ones. Where either has
        more than `MATCHED` clusters, those of `palette`.
    """
    size, anchor_size = int(labels.max()) + 1, int(anchor.max()) + 1
    if max(size, anchor_size) > MATCHED:
        return palette(size)
    overlap = np.zeros((size, anchor_size), dtype=np.int64)
    np.add.at(overlap, (labels, anchor), 1)
    counterpart = dict(zip(*linear_sum_assignment(-overlap), strict=True))
    colours = colours or palette(anchor_size)
    spare = iter(colour for colour in palette(len(colours) + size) if colour not in colours)
    return [colours[counterpart[cluster]] if cluster in counterpart else next(spare) for cluster in range(size)]
