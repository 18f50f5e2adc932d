#!/usr/bin/env python3
"""Write the table of columns at the end of docs/data.md, from the providers' layouts: `python docs/make_data.py`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bin"))

from spacon.sources.providers import LAYOUTS, Layout  # noqa: E402

PAGE = ROOT / "docs" / "data.md"
MARK = "<!-- Made from bin/spacon/sources/providers.py by docs/make_data.py: change that, then run the script. -->\n"
HEADER = ("provider", "table", "identifier", "coordinates", "unit", "become", "y counts", "sections", "rows that count")


def row(layout: Layout) -> tuple[str, ...]:
    """Return the cells of one layout."""
    return (
        layout.provider,
        f"`{layout.file}`",
        f"`{layout.identifier}`",
        ", ".join(f"`{name}`" for name in layout.coordinates),
        layout.unit,
        f"`obsm['{layout.place}']`",
        "downwards" if layout.y_counts_downwards else "upwards",
        f"`{layout.section}`" if layout.section else "",
        f"`{layout.needed}` is 1" if layout.needed else "all",
    )


def page(text: str) -> str:
    """Return the page with the table that the layouts give."""
    head, mark, _ = text.partition(MARK)
    rows = [HEADER, ("---",) * len(HEADER), *map(row, LAYOUTS)]
    return f"{head}{mark}\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
