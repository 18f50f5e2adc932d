"""What the user should know of an alignment: who was left out, and how far cells lie from their places."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from spacon.alignment.assignment import WORDS, Assignment, Why
from spacon.alignment.nearest import typical_spacing
from spacon.alignment.places import Places
from spacon.counts import counted, of_all
from spacon.errors import InputError

FAR = 5  # times the spacing of the places; cells that belong to them lie nearer
SMALL = 1 / 50  # of the extent of the places
SHOWN = 5  # labels in a note
MANY = 0.1  # of all cells; a few per cent lie outside of any atlas


def unmatched(found: Assignment, names: Sequence[str], positions: np.ndarray) -> pd.DataFrame:
    """Return a row of each cell without a place: id, coordinates, distance to the nearest place if known, reason."""
    lost = np.flatnonzero(found.why != Why.PLACED)
    columns: dict[str, object] = {"id": np.asarray(names, dtype=object)[lost]}
    columns |= {axis: positions[lost, number] for number, axis in enumerate("xyz"[: positions.shape[1]])}
    columns["distance"] = np.full(len(lost), np.nan) if found.distance is None else found.distance[lost]
    columns["reason"] = [WORDS[Why(code)] for code in found.why[lost]]
    return pd.DataFrame(columns)


def lost_cells(found: Assignment) -> list[str]:
    """Return a note on the cells without a place, by reason, those without enough company aside."""
    counts = np.bincount(found.why, minlength=len(Why))
    counts[[Why.PLACED, Why.TOO_FEW_CELLS]] = 0
    if not counts.any():
        return []
    parts = ", ".join(f"{counts[why]:,} {WORDS[why]}" for why in Why if counts[why])
    lost = (found.why != Why.PLACED) & (found.why != Why.TOO_FEW_CELLS)
    away = "" if found.distance is None else _median(found.distance[lost])
    many = counts.sum() > MANY * len(found.why) and found.distance is not None
    question = "; these are many: are units, and the order and direction of axes, the same?" if many else ""
    number, all_cells = int(counts.sum()), len(found.why)
    unused = of_all(number, all_cells, "cell", "has no place and is not used", "have no place and are not used")
    return [f"{unused}: {parts}{away}{question}"]


def _median(distance: np.ndarray) -> str:
    known = distance[np.isfinite(distance)]
    return f"; the nearest place lies {np.median(known):.4g} from them in the median" if len(known) else ""


def distances(found: Assignment, places: Places) -> list[str]:
    """Return a note on how far the cells that have a place lie from it, and one on places that can have none.

    Raises:
        InputError: no cell has a place.
    """
    near = found.distance[found.why == Why.PLACED] if found.distance is not None else np.empty(0)
    if not len(near):
        raise InputError(
            f"no cell lies in a place of {places.file}{_median(np.asarray(found.distance))}: are units, axes and "
            "orientation the same, and is align_distance large enough?"
        )
    middle, tail, most = np.percentile(near, [50, 99, 100])
    notes = [
        f"cells lie {middle:.4g} from their place of {places.file} in the median, 99% within {tail:.4g}, the farthest "
        f"{most:.4g}"
    ]
    where = pd.DataFrame(places.positions)
    double = int((where if places.section is None else where.assign(section=places.section)).duplicated().sum())
    if double:
        lie = of_all(double, len(where), "place", f"of {places.file} lies", f"of {places.file} lie")
        notes.append(f"{lie} where an earlier one lies, to which {'its' if double == 1 else 'their'} cells go")
    return notes


def check_units(found: Assignment, positions: np.ndarray, places: Places, most: float | None) -> list[str]:
    """Refuse cells that lie far from all places, though any distance is allowed; note what else looks like other units.

    Where `align_distance` is set, far cells have no place and are counted, so that it is a note.

    Raises:
        InputError: in the median, cells lie more than `FAR` times the spacing of the places from the nearest.
    """
    spacing, known = typical_spacing(places.positions, places.section), np.asarray(found.distance)
    known = known[np.isfinite(known)]
    if spacing is None or not len(known):
        return []
    middle = float(np.median(known))
    if middle > FAR * spacing:
        said = (
            f"cells lie {middle:.4g} from the nearest place of {places.file} in the median, but places lie "
            f"{spacing:.4g} apart"
        )
        if most is None:
            raise InputError(
                f"{said}: units, axes or orientation differ; or, if the places cover a part of the tissue, set "
                "--align_distance, beyond which a cell has no place"
            )
        return [f"{said}: do units, axes and orientation agree?"]
    own, theirs = _extent(positions), _extent(places.positions)
    if own < SMALL * theirs:
        return [f"the cells span {own:.4g}, the places of {places.file} {theirs:.4g}: are both in the same unit?"]
    return []


def _extent(positions: np.ndarray) -> float:
    """Return the diagonal of the box around all known positions."""
    return float(np.linalg.norm(np.nanmax(positions, axis=0) - np.nanmin(positions, axis=0)))


def empty_places(before: Assignment, total: int, what: str) -> list[str]:
    """Return a note on how many of so many places hold no cell."""
    filled = len(set(before.names[before.cells > 0].tolist()))
    empty = total - filled
    hold = "holds no cell and is no spot" if empty == 1 else "hold no cell and are not spots"
    return [f"{empty:,} of {total:,} {what} {hold}"] if empty else []


def small_places(before: Assignment, after: Assignment, fewest: int) -> list[str]:
    """Return a note on places that were dropped because they hold too few cells."""
    dropped = int(((before.cells > 0) & (before.cells < fewest)).sum())
    if not dropped:
        return []
    lost = int((after.why == Why.TOO_FEW_CELLS).sum())
    filled = int((before.cells > 0).sum())
    hold = of_all(dropped, filled, "place", "holds", "hold")
    with_it = f"was dropped, {counted(lost, 'cell')} with it"
    with_them = f"were dropped, {counted(lost, 'cell')} with them"
    return [f"{hold} fewer than {counted(fewest, 'cell')} and {with_it if dropped == 1 else with_them}"]


def outside_labels(label: pd.Series, found: Assignment) -> list[str]:
    """Return a note on the labels (n,) that were taken to mean outside every region."""
    lost = label[found.why == Why.OUTSIDE_REGIONS].dropna().astype(str).str.strip()
    listed = _commonest(lost[lost != ""])
    return [f"labels of obs['{label.name}'] taken to mean outside every region: {listed}"] if listed else []


def unknown_parcels(label: pd.Series, found: Assignment) -> list[str]:
    """Return a note on the labels (n,) that name no parcel."""
    listed = _commonest(label[found.why == Why.NO_PARCEL].dropna())
    return [f"labels of cells that are no parcel of the surface: {listed}"] if listed else []


def _commonest(labels: pd.Series) -> str:
    counts = labels.value_counts(sort=False).sort_values(ascending=False, kind="stable").head(SHOWN)
    return ", ".join(f"'{name}' ({counted(count, 'cell')})" for name, count in counts.items())


def several(found: Assignment) -> list[str]:
    """Return a note on cells that count in several places."""
    times = np.diff(found.members.indptr)
    if times.max(initial=0) < 2:
        return []
    several = int((times > 1).sum())
    lie, count = of_all(several, len(times), "cell", "lies", "lie"), "counts" if several == 1 else "count"
    return [
        f"{lie} on several streamlines, {times.max()} at most, and {count} in the pixel of each: sums over pixels are "
        "above those over cells"
    ]


def shares(total: float, placed: float) -> Iterator[str]:
    """Yield how much of all expression the places hold, of whole numbers."""
    if total > 0:
        yield f"the places hold {placed:,.0f} of the {total:,.0f} counts of these cells ({placed / total:.1%})"
