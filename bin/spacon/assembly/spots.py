"""One table of spots, of cells as they are or of the places in which they lie."""

from dataclasses import dataclass, replace
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.alignment.align import Aligned, CellsToAlign, Target, aligned
from spacon.alignment.places import Places, read_places
from spacon.alignment.top_view import TopView, read_top_view
from spacon.data import keys
from spacon.data.columns import carried, column, renaming_notes, sections
from spacon.data.spots import choice_notes, find_positions
from spacon.data.spots_file import MARK
from spacon.errors import InputError
from spacon.findings import Findings
from spacon.parameters import Alignment, Assembly
from spacon.sources.cells import Cells, noted, whole


@dataclass(frozen=True)
class Assembled:
    """Spots, what was counted on the way, a row per cell that lies in no place, and `file` and `rows` of the places."""

    spots: ad.AnnData
    notes: list[str]
    unmatched: pd.DataFrame | None = None
    places: dict[str, str | int] | None = None


def with_own_names(cells: Cells, sample: str) -> Cells:
    """Return cells whose columns have names that the results can keep (`carried`)."""
    obs, changed = carried(cells.obs, sample)
    return noted(replace(cells, obs=obs), *renaming_notes(changed))


def assembled(
    cells: Cells, places: Path | None, wanted: Assembly, alignment: Alignment, sample: str, name: str
) -> Assembled:
    """Return the spots of a sample.

    Args:
        cells: of any source, joined with what is known of them.
        places: a table of places (`read_places`), or streamlines (`read_top_view`), as `align` needs them.
        wanted, alignment: parameters.
        sample: its name.
        name: of the file of expression, for messages.

    Raises:
        InputError: what `read_target`, `find_positions` and `sections` refuse, all at once, or what `aligned` refuses.
    """
    cells = with_own_names(cells, sample)
    if alignment.align == "none":
        read_target(places, wanted, alignment, name)
        return Assembled(_spots(cells.obs, whole(cells, name), cells.obsm, cells, wanted), list(cells.notes))
    problems, target, taken, section = Findings(), None, None, None
    light = ad.AnnData(obs=cells.obs)
    light.obsm.update(cells.obsm)
    with problems.gathering():
        target = read_target(places, wanted, alignment, name)
        if alignment.align == "regions" and wanted.region_key is not None:
            target = column(cells.obs, wanted.region_key, name)
    with problems.gathering():
        taken = find_positions(light, wanted.coordinates, wanted.stacking, name)
    with problems.gathering():
        section = None if wanted.section_key is None else sections(light, wanted.section_key, name)
    if problems.problems or taken is None:
        raise problems.error()
    found = aligned(_to_align(cells, taken.positions, section, wanted, name), target, alignment)
    obsm = found.obsm | _under_its_key(found, wanted.coordinates)
    if alignment.place_expression == "sum":  # of counts, whatever the file said
        cells = replace(cells, uns={key: value for key, value in cells.uns.items() if key != MARK})
    spots = _spots(found.obs, found.expression, obsm, cells, wanted)
    if wanted.stacking.section_spacing is not None:
        spots.uns[keys.STACKED] = wanted.stacking.section_spacing
    notes = [*cells.notes, *choice_notes(light, taken, wanted.coordinates), *found.notes]
    return Assembled(spots, notes, found.unmatched, _counted(target, places))


def _counted(target: Target, places: Path | None) -> dict[str, str | int] | None:
    """Return the file of places and how many there are, cells or no cells."""
    if places is None or not isinstance(target, Places | TopView):
        return None
    return {"file": places.name, "rows": len(target.names) if isinstance(target, Places) else target.through.shape[1]}


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


def read_target(places: Path | None, wanted: Assembly, alignment: Alignment, name: str) -> Places | TopView | None:
    """Return the places, or the view, to which cells go; None where the rule takes none.

    Raises:
        InputError: `align` and what was brought or set do not fit each other; as `read_places` and `read_top_view`.
    """
    needs = {"places": "a table of the places", "top_view": "a file of streamlines"}.get(alignment.align)
    if needs and places is None:
        raise InputError(f"{name}: align is '{alignment.align}', which needs {needs} in the column places of the sheet")
    if places is not None and not needs:
        raise InputError(f"{places.name}: align is '{alignment.align}', which takes no places: set --align places")
    if alignment.align == "regions" and wanted.region_key is None:
        raise InputError(f"{name}: align is 'regions', which needs the column of the regions: set --region_key")
    if places is None:
        return None
    return read_places(places, wanted.section_key) if alignment.align == "places" else read_top_view(places)


def _under_its_key(found: Aligned, coordinates: str | None) -> dict[str, np.ndarray]:
    """Return the mean positions under the key that later stages are told to read, unless it is one of columns."""
    if coordinates is None or {part.strip() for part in coordinates.split(",")} <= set(found.obs.columns):
        return {}
    position = found.obsm[keys.SPATIAL_3D if keys.SPATIAL_3D in found.obsm else keys.SPATIAL]
    return {coordinates: position}
