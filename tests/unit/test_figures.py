"""Figures: the same data give the same files, the colours land on their spots, and any text is text."""

import warnings
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from spacon.clusters.palette import palette
from spacon.graphs.region_graph import region_graph
from spacon.report import figures
from spacon.report.layout import Layout, layout_of
from spacon.report.names import short_names

PLACE = np.random.default_rng(0).random((30, 2))
LABELS = pd.Series(pd.Categorical(np.array(["0", "1", "2"])[np.arange(30) % 3]))
COLOURS = ["#4477aa", "#ee6677", "#228833"]

# Each once failed, was a box, a formula or nothing in a legend.
ODD = [
    *("a$b$c", "_hidden", "$x_1^2$", "$\\frac{1", "back\\slash", "100%", "{braces}", "<b>bold</b>", "a & b", "-->"),
    *(
        "'quoted'",
        '"twice"',
        "two\nlines",
        "a\ttab",
        "bell\x07",
        "nul\x00",
        "مرحبا",
        "שלום",
        "😀",
        "👩‍🔬",
        "海马",
        "해마",
    ),
    *(
        "ひらがな",
        "हिन्दी",
        "ไทย",
        "",
        " ",
        "0",
        "1e3",
        "True",
        "x" * 400,
        "x" * 399 + "y",
        "e\u0301",
        "\u202eabc",
        "#1",
    ),
]


def labelled_map(labels=LABELS, colours=COLOURS, place=PLACE, to_scale=True):
    return figures.labelled_map(Layout(place), labels, colours, "map", to_scale=to_scale)


def of_names(names):
    """A map of one spot per name, and one more of the first."""
    labels = pd.Series(pd.Categorical([*names, names[0]], categories=names))
    place = np.random.default_rng(0).random((len(labels), 2))
    return labelled_map(labels, palette(len(names)), place)


def legend_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def boxes_of(figure):
    """Where the legend and the map are drawn, in dots."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    return figure.legends[0].get_window_extent(renderer), figure.axes[0].get_tightbbox(renderer), figure.bbox


def test_same_figure_same_bytes(tmp_path):
    order = ["b", "海马"]
    apart = layout_of(PLACE, np.array(order)[np.arange(30) % 2], order)
    for folder in ("first", "second"):
        figures.save(labelled_map(), tmp_path / folder, "map")
        figures.save(of_names(ODD), tmp_path / folder, "odd")
        figures.save(figures.small_multiples(apart, LABELS, COLOURS), tmp_path / folder, "apart")
    for name in ("map", "odd", "apart"):
        for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
            first, second = ((tmp_path / folder / f"{name}.{kind}").read_bytes() for folder in ("first", "second"))
            assert first == second
            assert first.startswith(start)


def test_map_colours_each_spot_by_its_label_and_missing_ones_faintly():
    labels = LABELS.copy()
    labels.iloc[4] = np.nan
    figure = labelled_map(labels)
    drawn = figure.axes[0].collections[0]
    np.testing.assert_array_equal(drawn.get_offsets(), PLACE)
    expected = [COLOURS[spot % 3] for spot in range(30)]
    expected[4] = figures.FAINT
    assert [to_hex(colour) for colour in drawn.get_facecolors()] == expected
    assert legend_of(figure) == ["0", "1", "2"]


def test_small_multiples_count_their_spots():
    panels = figures.small_multiples(Layout(PLACE), LABELS, COLOURS).axes
    assert [axes.get_title() for axes in panels] == ["0  (10)", "1  (10)", "2  (10)"]
    for number, axes in enumerate(panels):
        rest, inside = axes.collections
        assert len(rest.get_offsets()) == 20
        np.testing.assert_array_equal(inside.get_offsets(), PLACE[number::3])


def test_of_many_clusters_the_first_are_shown():
    # A resolution far too high once gave 1,707 clusters, whose panels took ten minutes and 6 GB to lay out.
    many = figures.SHOWN + 7
    labels = pd.Series(pd.Categorical(np.arange(many).astype(str), categories=np.arange(many).astype(str)))
    place, colours = np.random.default_rng(0).random((many, 2)), ["#4477aa"] * many
    panels = figures.small_multiples(Layout(place), labels, colours).axes
    assert [axes.get_title() for axes in panels] == [f"{name}  (1)" for name in range(figures.SHOWN)]
    figure = labelled_map(labels, colours, place)
    assert len(figure.axes[0].collections[0].get_offsets()) == many
    assert legend_of(figure) == [*map(str, range(figures.SHOWN)), "and 7 more"]


@pytest.mark.parametrize("count", [1, 2, 7, 12, 30, 60, 75])
@pytest.mark.parametrize(
    "name", ["x", "W" * 28, "W" * 45, "海" * 14, "海" * 45], ids=lambda name: f"{len(name)}{name[0]}"
)
@pytest.mark.parametrize("shape", [(1, 1), (20, 1), (1, 20)])
def test_the_legend_lies_beside_the_map(count, name, shape):
    names = [name[: -len(str(number))] + str(number) for number in range(count)]
    labels = pd.Series(pd.Categorical([*names, *names], categories=names))
    place = np.random.default_rng(0).random((2 * count, 2)) * shape
    legend, axes, figure = boxes_of(labelled_map(labels, palette(count), place))
    assert axes.x1 <= legend.x0 + 1  # to a dot
    assert legend.x1 <= figure.x1 + 1
    assert figure.y0 - 1 <= legend.y0
    assert legend.y1 <= figure.y1 + 1
    assert max(axes.width, axes.height) > 72  # the map itself keeps its size


def test_odd_names_are_text_in_the_figure(tmp_path):
    with warnings.catch_warnings(action="error"):
        figure = of_names(ODD)
        figures.save(figure, tmp_path, "map")
    assert legend_of(figure) == short_names(ODD)
    for name in ("a$b$c", "_hidden", "$x_1^2$", "100%", "مرحبا", "海马", "😀"):
        assert name in legend_of(figure)
    ElementTree.parse(tmp_path / "map.svg")


@settings(max_examples=15)
@given(st.lists(st.text(max_size=40), unique=True, min_size=1, max_size=8))
def test_no_text_fails_or_lacks_letters(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("figures")
    with warnings.catch_warnings(action="error"):
        figure = of_names(names)
        figures.save(figure, folder, "map")
        labels = pd.Series(pd.Categorical(names, categories=names))
        place = np.column_stack([np.arange(len(names)), np.zeros(len(names))])
        figures.save(figures.small_multiples(Layout(place), labels, palette(len(names))), folder, "panels")
    assert legend_of(figure) == short_names(names)
    for name in ("map", "panels"):
        ElementTree.parse(folder / f"{name}.svg")


def test_chinese_is_drawn_without_a_word_on_the_log(tmp_path, caplog):
    figures.save(of_names(["海马", "皮层"]), tmp_path, "map")
    assert caplog.text == ""


def test_letters_of_the_thin_font_alone_have_an_outline():
    outlined = {
        text.get_text(): bool(text.get_path_effects()) for text in of_names(["海马", "é", "😀"]).legends[0].get_texts()
    }
    assert outlined == {"海马": True, "é": False, "😀": False}


def test_letters_of_two_names_differ():
    # Boxes would be alike.
    pictures = []
    for name in ("海", "马"):
        canvas = FigureCanvasAgg(of_names([name]))
        canvas.draw()
        pictures.append(np.asarray(canvas.buffer_rgba()))
    assert pictures[0].shape == pictures[1].shape
    assert (pictures[0] != pictures[1]).sum() > 20


SECTIONS = [f"slice {number}" for number in range(1, 5)]


def apart(names=SECTIONS, each=8, shape=(1, 1)):
    code = np.arange(each * len(names)) % len(names)
    place = np.random.default_rng(0).random((len(code), 2)) * shape
    return layout_of(place, np.array(names)[code], names)


def test_sections_are_named_in_their_order():
    layout = apart()
    labels = pd.Series(pd.Categorical(np.array(["0", "1"])[np.arange(32) % 2]))
    figure = figures.labelled_map(layout, labels, COLOURS[:2], "map", to_scale=True)
    np.testing.assert_array_equal(figure.axes[0].collections[0].get_offsets(), layout.place)
    written = figure.axes[0].texts
    assert [text.get_text() for text in written] == SECTIONS
    for text, corner in zip(written, layout.corners, strict=True):
        np.testing.assert_array_equal(text.xy, corner)
    for axes in figures.small_multiples(layout, labels, COLOURS[:2]).axes:
        assert [text.get_text() for text in axes.texts] == SECTIONS


@pytest.mark.parametrize("count", [2, 3, 12, 40, 129])
@pytest.mark.parametrize("shape", [(1, 1), (20, 1), (1, 20), (0, 0)])
def test_names_of_sections_do_not_meet(count, shape):
    layout = apart([f"W{number:03} of a long name of a section" for number in range(count)], each=3, shape=shape)
    labels = pd.Series(pd.Categorical(["0"] * (3 * count)))
    figure = figures.labelled_map(layout, labels, COLOURS[:1], "map", to_scale=True)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    found = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    assert len(found) == count
    assert not any(one.overlaps(other) for number, one in enumerate(found) for other in found[:number])


def test_panels_too_narrow_for_names_have_none():
    layout = apart([f"slice {number}" for number in range(129)], each=3)
    labels = pd.Series(pd.Categorical(["0", "1", "2"] * 129))
    assert not any(len(axes.texts) for axes in figures.small_multiples(layout, labels, COLOURS).axes)
    assert figures.changed_section_names(layout) == {}


def test_changed_names_of_sections_are_known():
    names = ["short", "x" * 200, "हिन्दी"]
    assert figures.changed_section_names(apart(names)) == {2: "x" * 200, 3: "हिन्दी"}
    assert figures.changed_section_names(Layout(PLACE)) == {}


def test_degrees_are_into_and_out_of_a_spot():
    # Two spots point at the third: into a spot run 0, 0 and 2 edges, out of a spot 1, 1 and 0.
    graph = sp.csr_matrix(np.array([[0, 0, 1], [0, 0, 1], [0, 0, 0]]))
    axes = figures.degrees({"toy": graph}).axes[0]
    spots = {}
    for patch in axes.patches:
        level = [(start, end) for start, end in pairwise(patch.get_path().vertices) if start[1] == end[1] > 0]
        spots[patch.get_label()] = {float(start[0] + end[0]) / 2: float(start[1]) for start, end in level}
    assert spots == {"into a spot": {0: 2, 2: 1}, "out of a spot": {0: 1, 1: 2}}
    assert axes.get_title() == "toy"


def test_curve_has_a_line_a_seed():
    history = pd.DataFrame({"epoch": [1, 2, 1, 2], "seed": [1, 1, 2, 2], "mean_squared_error": [1.0, 0.5, 2.0, 0.25]})
    lines = figures.training_curve(history).axes[0].lines
    assert {line.get_label(): line.get_ydata().tolist() for line in lines} == {
        "seed 1": [1.0, 0.5],
        "seed 2": [2.0, 0.25],
    }


def test_of_many_seeds_the_first_are_named():
    history = pd.DataFrame({"epoch": [1] * 20, "seed": range(20), "mean_squared_error": np.arange(20.0)})
    (axes,) = figures.training_curve(history).axes
    assert len(axes.lines) == 21
    named = [text.get_text() for text in axes.get_legend().get_texts()]
    assert named == [*(f"seed {seed}" for seed in range(8)), "and 12 more"]


DEGENERATE = {
    "two spots": np.array([[0.0, 0.0], [1.0, 2.0]]),
    "one place and another": np.array([[0.0, 0.0]] * 4 + [[1.0, 0.0]]),
    "across": np.column_stack([np.arange(9.0), np.zeros(9)]),
    "upright": np.column_stack([np.zeros(9), np.arange(9.0)]),
    "far": np.array([[0.0, 0.0], [1e-3, 0.0], [1e9, 1e9]]),
    "tiny": np.random.default_rng(0).random((9, 2)) * 1e-20,
    "huge": np.random.default_rng(0).random((9, 2)) * 1e20,
}


@pytest.mark.parametrize("place", DEGENERATE.values(), ids=DEGENERATE)
@pytest.mark.parametrize("every", [False, True], ids=["one cluster", "as many as spots"])
def test_degenerate_places_are_drawn(tmp_path, place, every):
    code = np.arange(len(place)) if every else np.zeros(len(place), dtype=int)
    labels = pd.Series(pd.Categorical(code.astype(str), categories=np.unique(code).astype(str)))
    colours = palette(len(labels.cat.categories))
    with warnings.catch_warnings(action="error"):
        for to_scale in (True, False):
            figure = labelled_map(labels, colours, place, to_scale)
            figures.save(figure, tmp_path, "map")
            assert len(figure.axes[0].collections[0].get_offsets()) == len(place)
            legend, axes, _ = boxes_of(figure)
            assert axes.x1 <= legend.x0 + 1
        figures.save(figures.small_multiples(Layout(place), labels, colours), tmp_path, "panels")


@pytest.mark.parametrize(
    "graph",
    [
        sp.csr_matrix((3, 3)),
        sp.identity(3, format="csr"),
        sp.csr_matrix(np.ones((200, 200))),
        region_graph(np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([0, 1, 1]), 0.5, 3)[0],
    ],
    ids=["no edges", "self-loops", "full", "regions"],
)
def test_degrees_of_odd_graphs_are_drawn(tmp_path, graph):
    with warnings.catch_warnings(action="error"):
        figures.save(figures.degrees({"a": graph, "b": graph}), tmp_path, "degrees")
    assert (tmp_path / "degrees.svg").stat().st_size > 1000


@pytest.mark.parametrize("errors", [[1.0], [np.nan], [1.0, np.nan, 0.5], [np.nan, np.nan]])
def test_odd_curves_are_drawn(tmp_path, errors):
    epochs = range(1, len(errors) + 1)
    history = pd.DataFrame({"epoch": epochs, "seed": 1, "mean_squared_error": errors})
    with warnings.catch_warnings(action="error"):
        figures.save(figures.training_curve(history), tmp_path, "training")
    assert (tmp_path / "training.png").stat().st_size > 1000
