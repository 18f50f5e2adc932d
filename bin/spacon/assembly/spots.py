"""One table of spots, of cells as they are or of the places in which they lie."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.alignment.align import Aligned, CellsToAlign, Target, aligned
from spacon.alignment.places import Places, read_places
from spacon.alignment.regions import Parcels
from spacon.alignment.top_view import TopView, read_top_view
from spacon.data import keys
from spacon.data.columns import carried, column, renaming_notes, sections
from spacon.data.spots import choice_notes, find_positions
from spacon.data.spots_file import MARK
from spacon.errors import InputError
from spacon.findings import Findings
from spacon.parameters import Alignment, Assembly
from spacon.sources.cells import Cells, noted, whole
from spacon.surfaces.file import Surface, read_surface
from spacon.surfaces.matching import parcels_of


@dataclass(frozen=True)
class Brought:
    """What a sample has beside its cells: a table of places or streamlines, and the files of a surface."""

    places: Path | None = None
    surfaces: Sequence[Path] = ()


@dataclass(frozen=True)
class Assembled:
    """Spots, what was counted on the way, a row per cell that lies in no place, and what `check_places` takes."""

    spots: ad.AnnData
    notes: list[str]
    unmatched: pd.DataFrame | None = None
    places: dict[str, Any] | None = None


def with_own_names(cells: Cells, sample: str) -> Cells:
    """Return cells whose columns have names that the results can keep (`carried`)."""
    obs, changed = carried(cells.obs, sample)
    return noted(replace(cells, obs=obs), *renaming_notes(changed))


def assembled(
    cells: Cells, brought: Brought, wanted: Assembly, alignment: Alignment, sample: str, name: str
) -> Assembled:
    """Return the spots of a sample.

    Args:
        cells: of any source, joined with what is known of them.
        brought: places (`read_places`), streamlines (`read_top_view`) or a surface (`read_surface`), as `align` needs
            them; a surface may be there for other reasons.
        wanted, alignment: parameters.
        sample: its name.
        name: of the file of expression, for messages.

    Raises:
        InputError: what `read_target`, `find_positions` and `sections` refuse, all at once, or what `aligned` refuses.
    """
    cells = with_own_names(cells, sample)
    if alignment.align == "none":
        read_target(brought, wanted, alignment, name)
        return Assembled(_spots(cells.obs, whole(cells, name), cells.obsm, cells, wanted), list(cells.notes))
    problems, target, taken, section = Findings(), None, None, None
    light = ad.AnnData(obs=cells.obs)
    light.obsm.update(cells.obsm)
    with problems.gathering():
        target = _target(cells, read_target(brought, wanted, alignment, name), wanted, alignment, name)
    with problems.gathering():
        if alignment.align != "surface":  # which has positions of its own
            taken = find_positions(light, wanted.coordinates, wanted.stacking, name)
    with problems.gathering():
        section = None if wanted.section_key is None else sections(light, wanted.section_key, name)
    if problems.problems:
        raise problems.error()
    positions = np.empty((len(cells.obs), 0)) if taken is None else taken.positions
    found = aligned(_to_align(cells, positions, section, wanted, name), target, alignment)
    obsm = found.obsm | _under_its_key(found, wanted.coordinates)
    if alignment.place_expression == "sum" and found.assignment.is_shared:  # of counts, whatever the file said
        cells = replace(cells, uns={key: value for key, value in cells.uns.items() if key != MARK})
    spots = _spots(found.obs, found.expression, obsm, cells, wanted)
    if wanted.stacking.section_spacing is not None:
        spots.uns[keys.STACKED] = wanted.stacking.section_spacing
    chosen = [] if taken is None else choice_notes(light, taken, wanted.coordinates)
    notes = [*cells.notes, *chosen, *found.notes]
    return Assembled(spots, notes, found.unmatched, _counted(target, brought.places))


def _counted(target: Target, places: Path | None) -> dict[str, Any] | None:
    """Return the file of places and how many there are, cells or no cells, as `check_places` takes them."""
    if places is None or not isinstance(target, Places | TopView):
        return None
    if isinstance(target, Places):
        return {"file": places.name, "rows": len(target.names)}
    pixels = target.through.shape[1]
    return {"file": places.name, "rows": pixels, "view": [pixels // target.width, target.width]}


def _spots(
    obs: pd.DataFrame, expression: sp.csr_matrix, obsm: dict[str, np.ndarray], cells: Cells, wanted: Assembly
) -> ad.AnnData:
    spots = ad.AnnData(expression, obs=obs, var=pd.DataFrame(index=list(cells.genes)))
    spots.obsm.update(obsm)
    spots.uns.update(cells.uns | {keys.ASSEMBLED: wanted.expression_from})
    return spots


def _to_align(
    cells: Cells, positions: np.ndarray, section: np.ndarray | None, wanted: Assembly, name: str
) -> CellsToAlign:
    labels = {key for key in (wanted.section_key, wanted.region_key, wanted.reference_key) if key is not None}
    return CellsToAlign(
        obs=cells.obs,
        positions=positions,
        section=section,
        chunks=cells.chunks(),
        values=wanted.expression_values,
        is_marked=MARK in cells.uns,
        labels=labels,
        file=name,
    )


def read_target(
    brought: Brought, wanted: Assembly, alignment: Alignment, name: str
) -> Places | TopView | Surface | None:
    """Return the places, the view or the surface to which cells go; None where the rule takes none.

    Raises:
        InputError: `align` and what was brought or set do not fit each other; as `read_places`, `read_top_view` and
            `read_surface`.
    """
    places = brought.places
    needs = {"places": "a table of the places", "top_view": "a file of streamlines"}.get(alignment.align)
    if needs and places is None:
        raise InputError(f"{name}: align is '{alignment.align}', which needs {needs} in the column places of the sheet")
    if places is not None and not needs:
        raise InputError(f"{places.name}: align is '{alignment.align}', which takes no places: set --align places")
    if alignment.align == "regions" and wanted.region_key is None:
        raise InputError(f"{name}: align is 'regions', which needs the column of the regions: set --region_key")
    if alignment.align == "surface":
        return _surface(brought.surfaces, name)
    if places is None:
        return None
    return read_places(places, wanted.section_key) if alignment.align == "places" else read_top_view(places)


def _surface(files: Sequence[Path], name: str) -> Surface:
    """Return a surface whose parcels have positions."""
    if not files:
        raise InputError(
            f"{name}: align is 'surface', which needs parcels and their geometry in the column surfaces of the sheet"
        )
    surface = read_surface(files)
    if not surface.positions:
        raise InputError(f"{surface.files}: align is 'surface', which needs the geometry too: add its .surf.gii")
    return surface


def _target(
    cells: Cells, read: Places | TopView | Surface | None, wanted: Assembly, alignment: Alignment, name: str
) -> Target:
    """Return what the rule goes by: what was read, or a label of each cell, which else is the cell's name."""
    key = wanted.region_key
    if isinstance(read, Surface):
        key = None if key == keys.PLACE and keys.PLACE not in cells.obs else key  # which alignment has yet to write
        return Parcels(parcels_of(cells.obs, key, name), read.names, read.centres(), read.files)
    return column(cells.obs, key, name) if alignment.align == "regions" and key is not None else read


def _under_its_key(found: Aligned, coordinates: str | None) -> dict[str, np.ndarray]:
    """Return the mean positions under the key that later stages are told to read, unless it is one of columns."""
    if coordinates is None or {part.strip() for part in coordinates.split(",")} <= set(found.obs.columns):
        return {}
    position = found.obsm[keys.SPATIAL_3D if keys.SPATIAL_3D in found.obsm else keys.SPATIAL]
    return {coordinates: position}
