"""What of a surface is checked before anything is computed, and what it takes to write labels onto it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anndata as ad

from spacon.findings import Findings
from spacon.memory import GB
from spacon.preflight.times import Time
from spacon.surfaces.file import read_surface
from spacon.surfaces.matching import check_spots, parcels_of

# From 5,000 parcels of 328,000 vertices in files of 6 MB, and six clusterings: 7 s of CPU time and 470 MB.
START, PER_BYTE, COPIES, MEGABYTE = 2.0, 9e-7, 20, 10**6


def check_surface(
    paths: Sequence[Path],
    spots: ad.AnnData | None,
    region_key: str | None,
    summary: Mapping[str, Any],
    files: tuple[str, str],
    found: Findings,
) -> None:
    """Note what is wrong with a surface, and the spots and parcels that do not find each other.

    Args:
        paths: the files of the surface, or none.
        spots: as read, or None where that failed: then the surface is checked alone.
        region_key: the column of obs that tells the parcel of each spot; None: its name.
        summary: what validation found so far.
        files: names of the file of spots and of that of connectivity, for messages.
        found: gathers problems and notes.
    """
    if not paths:
        return
    with found.gathering():
        surface = read_surface(paths)
        if spots is not None:
            found.notes += check_spots(parcels_of(spots.obs, region_key, files[0]), surface, region_key, files[0])
    if summary.get("connectivity_matched_by") == "index of places":
        found.problems.append(
            f"{files[1]}: its rows have no names, so that the label of a spot is the number of its row, from 0; "
            "parcels of a surface are numbered from 1: bring connectivity with the names, or numbers, of the parcels"
        )


def of_surface(files: Iterable[Path]) -> tuple[int, dict[str, float]]:
    """Return the MB that writing labels onto a surface of such files asks for, and its time."""
    size = sum(path.stat().st_size for path in files)
    return (GB + COPIES * size) // MEGABYTE, asdict(Time(START + PER_BYTE * size, 0))
