"""What it takes to put a sample's files together, which is done before it is checked."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from spacon.memory import GB
from spacon.preflight.times import Time

# From 400,000 cells with 60 million entries and two tables on two cores of a Xeon: 16 s for 0.3 GB of files.
START, PER_BYTE = 6.0, 4e-8
COPIES, MEGABYTE = 6, 10**6  # as modules/processes/assemble.nf asks for


def of_assembly(files: Iterable[Mapping[str, Any]]) -> tuple[int, dict[str, float]]:
    """Return the MB that assembly asks for and its time, of files with `role` and `size`."""
    size = sum(found["size"] for found in files if found["role"] in ("expression", "spots"))
    return (GB + COPIES * size) // MEGABYTE, asdict(Time(START + PER_BYTE * size, 0))
