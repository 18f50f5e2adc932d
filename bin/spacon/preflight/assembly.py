"""What it takes to put a sample's files together, which is done before it is checked."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from spacon.errors import InputError
from spacon.memory import GB
from spacon.preflight.times import Time

# From 400,000 cells with 60 million entries and two tables on two cores of a Xeon: 16 s for 0.3 GB of files.
START, PER_BYTE = 6.0, 4e-8
COPIES, MEGABYTE = 6, 10**6  # as modules/processes/assemble.nf asks for


def check_places(places: Mapping[str, Any] | None, summary: Mapping[str, Any], file: str) -> None:
    """Raise InputError where rows of connectivity are found by number, and places are not as many, or on another grid.

    Args:
        places: the `file` and number of `rows` of the places to which cells were aligned, if they were; of pixels, the
            height and width of their `view` too.
        summary: what validation found.
        file: of the connectivity, for messages.
    """
    if not places or summary.get("connectivity_matched_by") != "index of places":
        return
    rows, image, view = summary["connectivity_rows"], summary.get("connectivity_image"), places.get("view")
    if image and view and tuple(image) != tuple(view):
        raise InputError(
            f"{file}: images are of {image[0]} x {image[1]} pixels, the view of {places['file']} of {view[0]} x "
            f"{view[1]}: bring images on the grid of the view (docs/data.md, wide-field imaging)"
        )
    if rows != places["rows"]:
        raise InputError(
            f"{places['file']} has {places['rows']:,} places, but {file} has {rows:,} rows without names: a place is "
            "needed for each row, in their order"
        )


def first_of_all(notes: Iterable[str], file: str) -> list[str]:
    """Return a line on how the spots came about, for messages on them: what is wrong may have begun there."""
    told = "; ".join(notes)
    return [f"{file} was put together before: {told}"] if told else []


def of_assembly(files: Iterable[Mapping[str, Any]]) -> tuple[int, dict[str, float]]:
    """Return the MB that assembly asks for and its time, of files with `role` and `size`."""
    size = sum(found["size"] for found in files if found["role"] in ("expression", "spots"))
    return (GB + COPIES * size) // MEGABYTE, asdict(Time(START + PER_BYTE * size, 0))
