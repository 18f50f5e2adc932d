#!/usr/bin/env python3
"""Write docs/troubleshooting.md from the corpus of bad inputs: `python docs/make_troubleshooting.py`.

Each message is what the script says of that input today (tests/corpus), so the page cannot fall behind the code.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bin")]

from tests.corpus import SUBJECTS, Subject  # noqa: E402
from tests.corpus.case import Case, outcome  # noqa: E402

PAGE = ROOT / "docs" / "troubleshooting.md"
HEAD = """# Troubleshooting

<!-- Made from tests/corpus by docs/make_troubleshooting.py: change the cases, then run the script. -->

What is wrong with your files or parameters ends the run before anything is computed, one line for each problem of each
sample. In the messages below, `spots.h5ad` and `matrix.npy` (or `matrix.npz`) stand for your files, and the numbers for
yours. A line that begins with `WARN: sample ...` is a note: the run goes on.
"""


# In brackets behind these words stands what a library says, which differs between its versions.
OF_A_LIBRARY = re.compile(
    r"(an h5ad file that can be read|a NumPy array file of numbers|a readable \.npz file) \(.*\)$"
)


def cell(text: str) -> str:
    """Return text as a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


def message(case: Case) -> str:
    """Return the lines with which a case is refused, or its notes, as code."""
    done = outcome(case)
    lines = [line.removeprefix("error: ") for line in done.lines if line.startswith("error: ")] or done.notes
    lines = [OF_A_LIBRARY.sub(r"\1 (...)", line).replace("|", "\\|") for line in lines]
    return "<br>".join(f"`{line}`" for line in lines)


def section(subject: Subject) -> str:
    """Return one subject as a heading, its introduction and a table; nothing if no case of it has a cure."""
    rows = [f"| {message(case)} | {cell(case.cure)} |" for case in subject.cases if case.cure]
    if not rows:
        return ""
    table = "\n".join(["| message | what it means, and what to do |", "| --- | --- |", *rows])
    return "\n\n".join(filter(None, [f"## {subject.title}", subject.introduction, table])) + "\n"


def page() -> str:
    """Return the whole page."""
    return "\n".join(filter(None, [HEAD, *map(section, SUBJECTS)]))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
