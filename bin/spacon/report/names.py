"""Names that users gave, made fit for a figure: short, distinct, and of letters that our fonts have."""

import re
from collections.abc import Sequence
from unicodedata import east_asian_width

import pandas as pd

from spacon.data.columns import natural_order
from spacon.report.fonts import drawable

LONGEST = 28  # letters; wide ones, as of Chinese, count twice
NUMBERED = re.compile(r"#\d")


def in_natural_order(text: pd.Series) -> pd.Series:
    """Return labels (text, some missing) as categories in natural order, 2 before 10; missing ones stay missing."""
    return text.astype(pd.CategoricalDtype(natural_order(set(text.dropna()))))


def short_names(names: Sequence[str], longest: int = LONGEST) -> list[str]:
    """Return what stands in a figure for each of the distinct names.

    A name that fits and can be drawn stays as it is. Any other is shown with its number in the list, counted from 1,
    and its beginning, such as `#7 Primary somatosens…`, or by the number alone where our fonts lack its letters.
    """
    return [_short(number, name, longest) for number, name in enumerate(names, start=1)]


def _short(number: int, name: str, longest: int) -> str:
    text = " ".join(name.split())
    if not drawable(text):
        return f"#{number}"
    if text == name and _width(name) <= longest and not NUMBERED.match(name):
        return name
    room = longest - len(f"#{number} ")
    if _width(text) > room:
        text = _beginning(text, room - 1)
    return f"#{number} {text}" if text else f"#{number}"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _beginning(text: str, room: int) -> str:
    """Return as many letters as fit, and an ellipsis; nothing if none fits."""
    kept = [letter for end, letter in enumerate(text, start=1) if _width(text[:end]) <= room]
    return "".join(kept).rstrip() + "…" if kept else ""


def changed_names(names: Sequence[str], longest: int = LONGEST) -> dict[int, str]:
    """Return the names that a figure shows otherwise, by their number in the list, which stands before them there."""
    short = short_names(names, longest)
    return {number: name for number, name in enumerate(names, start=1) if short[number - 1] != name}
