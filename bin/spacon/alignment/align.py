"""Cells aligned: from cells to one spot per place of the connectivity."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.alignment import notes
from spacon.alignment.assignment import Assignment, by_section, with_enough
from spacon.alignment.described import described, mean
from spacon.alignment.grid import grid
from spacon.alignment.nearest import nearest_places
from spacon.alignment.places import Places
from spacon.alignment.regions import Parcels, in_parcels, regions
from spacon.alignment.sums import Summed, means, summed
from spacon.alignment.top_view import TopView, to_pixels
from spacon.data import keys
from spacon.data.expression_matrix import working
from spacon.errors import InputError
from spacon.parameters import Alignment

Values = Literal["auto", "counts", "lognormalised"]
# What the rule goes by: a table, a view, parcels, or the label of each cell; of a grid, nothing.
Target: TypeAlias = Places | TopView | Parcels | pd.Series | None


@dataclass(frozen=True)
class CellsToAlign:
    """What alignment takes of n cells.

    Args:
        obs: a row per cell, indexed by its name.
        positions: (n, 2 or 3), not finite where unknown; (n, 0) where a rule does without.
        section: of each cell (n,), as text.
        chunks: expression (n, genes) in the order of the cells, CSR, some rows at a time.
        values: what the expression is said to be.
        is_marked: whether the file has it as log-normalised (`uns['log1p']`).
        labels: columns of obs that are labels, whatever type they have.
        file: for messages.
    """

    obs: pd.DataFrame
    positions: np.ndarray
    section: np.ndarray | None
    chunks: Iterable[sp.csr_matrix]
    values: Values
    is_marked: bool
    labels: Collection[str]
    file: str


@dataclass(frozen=True)
class Aligned:
    """The places that hold enough cells (m), as spots.

    Args:
        obs: a row per place, see `described`.
        expression: CSR (m, genes), float32, or float64 where whole numbers need it.
        obsm: the mean position of the cells, or of the vertices of a parcel, and pixels of a view, under the keys that
            later stages read.
        assignment: of the cells to these places.
        unmatched: a row per cell without a place.
        notes: what the user should know.
    """

    obs: pd.DataFrame
    expression: sp.csr_matrix
    obsm: dict[str, np.ndarray]
    assignment: Assignment
    unmatched: pd.DataFrame
    notes: list[str] = field(default_factory=list)


def aligned(cells: CellsToAlign, target: Target, wanted: Alignment) -> Aligned:
    """Align cells to places, and add up or average what the cells of a place express.

    Memory grows with the cells' obs and the entries of the result (`summed`), not with the cells' expression.

    Raises:
        InputError: what the rule needs is missing, fewer than two places hold enough cells, units differ, or a sum of
            what is not counts.
    """
    _check(cells, wanted)
    found, said = _places(cells, target, wanted)
    only_whole = _must_be_whole(cells, found, wanted)
    obs, of_columns = described(cells.obs, found, cells.labels)
    sums = summed(cells.chunks, found.members, only_whole=only_whole, file=cells.file)
    values, of_values = _expression(sums, found, cells, wanted)
    lost = notes.unmatched(found, cells.obs.index, cells.positions)
    return Aligned(obs, values, _positions(cells, found, target), found, lost, [*said, *of_columns, *of_values])


def _check(cells: CellsToAlign, wanted: Alignment) -> None:
    """Raise InputError where there are no cells, or no sections that are needed."""
    if not len(cells.obs):
        raise InputError(f"{cells.file}: has no cells to align")
    if wanted.align_by_section and cells.section is None:
        raise InputError(f"{cells.file}: align_by_section needs the sections of the cells: set --section_key")


def _must_be_whole(cells: CellsToAlign, found: Assignment, wanted: Alignment) -> bool:
    """Return whether expression must be whole numbers, which sums need unless fractions are said to be counts."""
    if wanted.place_expression == "mean" or not found.is_shared:
        return False
    if cells.values == "lognormalised" or (cells.is_marked and cells.values == "auto"):
        raise InputError(
            f"{cells.file}: expression is log-normalised, and sums of logarithms mean nothing: bring counts "
            "(--expression_from), set --place_expression mean, or, if these are counts, --expression_values counts"
        )
    return cells.values == "auto"


def _places(cells: CellsToAlign, target: Target, wanted: Alignment) -> tuple[Assignment, list[str]]:
    """Return which cell lies in which of the places that become spots, and notes on all others."""
    every, said = _assigned(cells, target, wanted)
    if wanted.align_by_section and cells.section is not None:
        every = by_section(every, cells.section)
    found = with_enough(every, wanted.fewest_cells)
    if len(found.names) < 2:
        lost = "".join(f"; {note}" for note in notes.lost_cells(every))
        raise InputError(
            f"{cells.file}: fewer than two places hold {max(1, wanted.fewest_cells)} or more cells{lost}: are all "
            "lengths in one unit, and is fewest_cells right?"
        )
    return found, [*said, *notes.small_places(every, found, wanted.fewest_cells), *notes.several(found)]


def _assigned(cells: CellsToAlign, target: Target, wanted: Alignment) -> tuple[Assignment, list[str]]:
    """Return which cell lies in which place by the rule that is wanted, and notes on it."""
    if wanted.align == "places" and isinstance(target, Places):
        return _to_places(cells, target, wanted.align_distance)
    if wanted.align == "regions" and isinstance(target, pd.Series):
        found = regions(target)
        return found, [*notes.lost_cells(found), *notes.outside_labels(target, found)]
    if wanted.align == "surface" and isinstance(target, Parcels):
        found = in_parcels(target)
        empty = notes.empty_places(found, len(target.names), f"parcels of {target.files}")
        return found, [*notes.lost_cells(found), *notes.unknown_parcels(target.label, found), *empty]
    if wanted.grid_spacing is None:
        raise InputError(f"align is '{wanted.align}', but --grid_spacing is not set")
    if wanted.align == "grid":
        found = grid(cells.positions, wanted.grid_spacing)
        return found, notes.lost_cells(found)
    if wanted.align == "top_view" and isinstance(target, TopView):
        found = to_pixels(cells.positions, target, wanted.grid_spacing)
        total = len(np.unique(target.through.indices))
        return found, [*notes.lost_cells(found), *notes.empty_places(found, total, "pixels of the view")]
    raise TypeError(f"'{wanted.align}' has no target")


def _to_places(cells: CellsToAlign, places: Places, most: float | None) -> tuple[Assignment, list[str]]:
    if places.section is not None and cells.section is None:
        raise InputError(f"{places.file}: its places have sections, those of the cells are missing: set --section_key")
    found = nearest_places(cells.positions, places, most, cells.section)
    said = [*notes.lost_cells(found), *notes.check_units(found, cells.positions, places, most)]
    said += notes.distances(found, places)
    return found, [*said, *notes.empty_places(found, len(places.names), f"places of {places.file}")]


def _expression(
    sums: Summed, found: Assignment, cells: CellsToAlign, wanted: Alignment
) -> tuple[sp.csr_matrix, list[str]]:
    """Return the expression of places (m, genes), and notes on what it holds."""
    said: list[str] = []
    if sums.is_whole and not notes.several(found):
        said += notes.shares(sums.total, float(sums.values.sum()))
    if wanted.place_expression == "sum" or not found.is_shared:
        return working(sums.values, cells.file), said
    return working(means(sums.values, found.cells), cells.file), [*said, _averaged(sums.is_whole, cells)]


def _averaged(is_whole: bool, cells: CellsToAlign) -> str:
    """Return a note that says what a mean over cells is of."""
    if is_whole:
        return (
            "expression of a place is the mean of its cells' counts, no whole number: set --expression_values counts "
            "(scaled to one total per place, sums give the same)"
        )
    kind = "logarithms" if cells.is_marked or cells.values == "lognormalised" else "values as they are in the file"
    return f"expression of a place is the mean of its cells' {kind}, not the logarithm of their mean"


def _positions(cells: CellsToAlign, found: Assignment, target: Target) -> dict[str, np.ndarray]:
    """Return where each place lies: the mean of its cells, or of its vertices; of a view, for maps, its pixel too."""
    if isinstance(target, Parcels):
        return {keys.SPATIAL_3D: target.positions[pd.Index(target.names).get_indexer(found.names)]}
    place = mean(found.members, cells.positions)
    obsm = {keys.SPATIAL_3D if place.shape[1] == 3 else keys.SPATIAL: place}
    if isinstance(target, TopView):
        row, column = np.divmod(found.names.astype(np.int64), target.width)
        obsm[keys.SPATIAL] = np.stack([column, row], axis=1).astype(np.float64)
    return obsm
