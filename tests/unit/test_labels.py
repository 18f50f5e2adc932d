"""Names in figures: short, distinct, and of letters that can be drawn."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacon.data.columns import known_labels
from spacon.report.fonts import drawable
from spacon.report.names import LONGEST, changed_names, in_natural_order, short_names

TEXTS = st.lists(st.text(max_size=60), unique=True, max_size=12)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "0",
        "True",
        "a$b$c",
        "_x",
        "\\frac{1}{2}",
        "50%",
        "{}",
        "<b>&'\"",
        "Größe",
        "Ж",
        "海马",
        "해마",
        "かな",
        "مرحبا",
        "😀",
    ],
)
def test_letters_of_these_can_be_drawn(text):
    assert drawable(text)


@pytest.mark.parametrize("text", ["", " ", "\t", "a\tb", "\x01", "a\x00", "हिन्दी", "ไทย", "\ue000", "\u200b", "\ud800"])
def test_letters_of_these_cannot(text):
    assert not drawable(text)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "#2"),
        ("   ", "#2"),
        ("0", "0"),
        ("_a", "_a"),
        ("a$b$", "a$b$"),
        ("x" * 28, "x" * 28),
        ("x" * 29, "#2 " + "x" * 24 + "…"),
        ("x" * 400, "#2 " + "x" * 24 + "…"),
        ("海" * 14, "海" * 14),
        ("海" * 15, "#2 " + "海" * 12 + "…"),
        ("two\nlines", "#2 two lines"),
        ("a\ttab", "#2 a tab"),
        ("हिन्दी", "#2"),
        ("#2", "#2 #2"),
        ("#1 a", "#2 #1 a"),
        ("# a", "# a"),
    ],
)
def test_what_a_figure_shows_of_a_name(name, shown):
    assert short_names(["first", name]) == ["first", shown]


def test_names_alike_after_cutting_stay_apart():
    names = [f"{'x' * 40}{number}" for number in range(60)]
    shown = short_names(names)
    assert len(set(shown)) == 60
    assert shown[41] == "#42 " + "x" * 23 + "…"


@given(TEXTS)
def test_any_names_are_shown_distinct_drawable_and_short(names):
    shown = short_names(names)
    assert len(set(shown)) == len(names)
    assert all(drawable(each) and len(each) <= LONGEST for each in shown)


@given(TEXTS)
def test_every_changed_name_can_be_looked_up(names):
    changed = changed_names(names)
    for number, (shown, name) in enumerate(zip(short_names(names), names, strict=True), start=1):
        assert shown == name or (changed[number] == name and shown.split()[0] == f"#{number}")
    assert len(changed) == sum(shown != name for shown, name in zip(short_names(names), names, strict=True))


@pytest.mark.parametrize(
    ("column", "categories"),
    [
        (pd.Series(["b", "a10", "a2", None]), ["a2", "a10", "b"]),
        (pd.Series([2.5, np.nan, 10.5, 1.5]), ["1.5", "2.5", "10.5"]),
        (pd.Series([2.0, np.nan, 10.0, 1.0]), ["1", "2", "10"]),  # whole numbers that a missing one made fractions
        (pd.Series(["b", " ", "", "a"]), ["a", "b"]),
        (pd.Series([True, False, True, True]), ["False", "True"]),
        (pd.Series([3, 1, 2, 1]), ["1", "2", "3"]),
        (pd.Series([True, None, True, True], dtype="boolean"), ["True"]),
        (pd.Series([1, None, 2, 2], dtype="Int64"), ["1", "2"]),
        (pd.Series(["a", None, "b", "b"], dtype="string"), ["a", "b"]),
        (pd.Series(pd.Categorical(["a", None, "c", "c"], categories=["a", "b", "c"])), ["a", "c"]),
        (pd.Series(pd.Categorical([1, 1, 2, 2], categories=[1, 2, 3])), ["1", "2"]),
        (pd.Series([np.nan] * 4), []),
        (pd.Series([None] * 4, dtype=object), []),
        (pd.Series(pd.Categorical([None] * 4)), []),
    ],
    ids=lambda value: str(getattr(value, "dtype", "")),
)
def test_reference_labels_are_text_of_the_known_ones_in_natural_order(column, categories):
    labels = in_natural_order(known_labels(column))
    assert labels.cat.categories.tolist() == categories
    assert set(labels.dropna()) == set(categories)
    missing = [
        value is None or value != value or not str(value).strip()
        for value in column.astype(object).where(column.notna(), None)
    ]
    assert labels.isna().tolist() == missing
