"""Figures: the same data give the same files, and the colours land on their spots."""

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from matplotlib.colors import to_hex

from spacon import figures

PLACE = np.random.default_rng(0).random((30, 2))
LABELS = pd.Series(pd.Categorical(np.array(["0", "1", "2"])[np.arange(30) % 3]))
COLOURS = ["#4477aa", "#ee6677", "#228833"]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def labelled_map(labels=LABELS):
    return figures.labelled_map(PLACE, labels, COLOURS, "map", to_scale=True)


def test_same_figure_same_bytes(tmp_path):
    for folder in ("first", "second"):
        figures.save(labelled_map(), tmp_path / folder, "map")
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        first, second = ((tmp_path / folder / f"map.{kind}").read_bytes() for folder in ("first", "second"))
        assert first == second and first.startswith(start)


def test_map_colours_each_spot_by_its_label_and_missing_ones_faintly():
    labels = LABELS.copy()
    labels.iloc[4] = np.nan
    figure = labelled_map(labels)
    drawn = figure.axes[0].collections[0]
    np.testing.assert_array_equal(drawn.get_offsets(), PLACE)
    expected = [COLOURS[spot % 3] for spot in range(30)]
    expected[4] = figures.FAINT
    assert [to_hex(colour) for colour in drawn.get_facecolors()] == expected
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["0", "1", "2"]


def test_small_multiples_count_their_spots():
    panels = figures.small_multiples(PLACE, LABELS, COLOURS).axes
    assert [axes.get_title() for axes in panels] == ["0  (10)", "1  (10)", "2  (10)"]
    for number, axes in enumerate(panels):
        rest, inside = axes.collections
        assert len(rest.get_offsets()) == 20
        np.testing.assert_array_equal(inside.get_offsets(), PLACE[number::3])


def test_of_many_clusters_the_first_are_shown():
    # A resolution far too high once gave 1,707 clusters, whose panels took ten minutes and 6 GB to lay out.
    many = figures.SHOWN + 7
    labels = pd.Series(pd.Categorical(np.arange(many), categories=np.arange(many)))
    place, colours = np.random.default_rng(0).random((many, 2)), ["#4477aa"] * many
    panels = figures.small_multiples(place, labels, colours).axes
    assert [axes.get_title() for axes in panels] == [f"{name}  (1)" for name in range(figures.SHOWN)]
    figure = figures.labelled_map(place, labels, colours, "map", to_scale=True)
    assert len(figure.axes[0].collections[0].get_offsets()) == many
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [*map(str, range(figures.SHOWN)), "and 7 more"]


def test_degrees_are_into_and_out_of_a_spot():
    graph = sp.csr_matrix(np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]]))
    axes = figures.degrees({"toy": graph}).axes[0]
    outlines = {patch.get_label(): patch.get_path().vertices[:, 1].max() for patch in axes.patches}
    assert outlines == {"into a spot": 1, "out of a spot": 1}
    assert axes.get_title() == "toy"


def test_curve_has_a_line_a_seed():
    history = pd.DataFrame({"epoch": [1, 2, 1, 2], "seed": [1, 1, 2, 2], "mean_squared_error": [1.0, 0.5, 2.0, 0.25]})
    lines = figures.training_curve(history).axes[0].lines
    assert {line.get_label(): line.get_ydata().tolist() for line in lines} == {
        "seed 1": [1.0, 0.5],
        "seed 2": [2.0, 0.25],
    }
