"""The fonts of the figures: the same files on every machine, with the letters of most languages."""

import logging
from functools import cache
from pathlib import Path

import manimgx_fonts_cjk
import matplotlib as mpl
from matplotlib import font_manager

# Letters that the first lacks are taken from the second: Chinese, Japanese and Korean.
FAMILIES = ("DejaVu Sans", "Noto Sans CJK SC")
CJK = Path(manimgx_fonts_cjk.__file__).with_name("NotoSansCJK-VF.otf.ttc")


@cache
def use_own_fonts() -> None:
    """Let matplotlib know its own fonts and ours alone: what else a machine has would change how a figure looks."""
    logging.getLogger("matplotlib.font_manager").addFilter(_is_worth_saying)
    fonts = font_manager.fontManager
    fonts.ttflist = [font for font in fonts.ttflist if font.fname.startswith(mpl.get_data_path())]
    fonts.addfont(CJK)


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Tell all messages from the one that our second font, of many weights in one file, is read in its first."""
    return not record.getMessage().startswith(f"findfont: Failed to find font weight normal for {FAMILIES[1]}")


@cache
def _letters(family: str) -> frozenset[int]:
    use_own_fonts()
    return frozenset(font_manager.get_font(font_manager.findfont(family)).get_charmap())


def drawable(text: str) -> bool:
    """Return whether our fonts have every letter of a text, and something of it can be seen."""
    seen = any(letter.isprintable() and not letter.isspace() for letter in text)
    return seen and all(any(ord(letter) in _letters(family) for family in FAMILIES) for letter in text)


def is_thin(text: str) -> bool:
    """Return whether a text has letters that are taken from the second font."""
    return not _letters(FAMILIES[0]).issuperset(map(ord, text))
