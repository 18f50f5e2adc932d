"""What is checked of a sample before anything is computed.

What is wrong is gathered, so that one run names all of it. What validation lets pass, every later stage can do.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import anndata as ad
import numpy as np

from spacon.connectivity.file import called
from spacon.counts import of_all
from spacon.data.columns import carried, column, labels, renaming_notes, section_order, sections
from spacon.data.expression import is_same_everywhere, log_base, most_variable, normalise, silent_spots, values_kind
from spacon.data.memory import max_bytes
from spacon.data.spots import choice_notes, find_positions
from spacon.errors import InputError, about, check_neighbors, check_widths
from spacon.findings import Findings
from spacon.graphs.connection_rules import check_rule
from spacon.graphs.spatial import max_edges, nothing_near, rules_of
from spacon.memory import Size
from spacon.parameters import Checked
from spacon.preflight.distances import distance_notes
from spacon.preflight.needs import needs
from spacon.preflight.times import times
from spacon.preflight.wiring import (
    checked_connectivity,
    connections_of_a_spot,
    count_wired,
    regions_within,
    with_chosen_threshold,
)

# A UMAP starts from as many eigenvectors as it has dimensions and one, fewer than there are spots.
FEWEST_SPOTS = 4


def check_expression(spots: ad.AnnData, wanted: Checked, name: str, found: Findings) -> tuple[str, int]:
    """Check what X holds, and the widths against the genes that the model will take; X is normalised on the way.

    Returns:
        'counts' or 'lognormalised', and the number of genes.
    """
    kind = values_kind(spots, wanted.preprocessing.expression_values, name)
    base = log_base(spots, name)
    if kind == "counts" and "log1p" in spots.uns:
        found.notes.append(
            "X is marked as log-normalised (uns['log1p']); --expression_values counts was believed instead"
        )
    if kind == "lognormalised" and base != np.e:
        found.notes.append(f"X holds logarithms of base {base:g} (uns['log1p']['base']); they were brought to base e")
    silent = silent_spots(spots.X)
    if silent:
        have = of_all(silent, spots.n_obs, "spot", "has", "have")
        cure = "filter it if it is empty" if silent == 1 else "filter them if they are empty"
        found.notes.append(f"{have} no expression at all: {cure}")
    if is_same_everywhere(spots.X, kind):
        raise InputError(f"{name}: expression is the same for every spot: there is nothing to learn")
    genes = spots.n_vars
    if genes > wanted.preprocessing.hvg_above:
        normalise(spots, kind, name)
        genes = most_variable(spots, wanted.preprocessing.hvg_above, wanted.preprocessing.n_top_genes).n_vars
        if genes < wanted.preprocessing.n_top_genes:
            found.notes.append(
                f"--n_top_genes {wanted.preprocessing.n_top_genes} was asked for, but only {genes:,} genes vary: "
                "these are used"
            )
    with found.gathering(), about(name):
        check_widths(wanted.widths, genes)
    return kind, genes


def check_neighbor_counts(spots: int, wanted: Checked, found: Findings, name: str) -> None:
    """Note each parameter that asks for more neighbours, or clusters, than there are spots."""
    counts = [("cluster_neighbors", wanted.cluster_neighbors, 2), ("refine_neighbors", wanted.refine_neighbors, 0)]
    if wanted.spatial.spatial_rule == "knn":
        counts.append(("spatial_neighbors", wanted.spatial.spatial_neighbors, 1))
    for parameter, count, least in counts:
        with found.gathering(), about(name):
            check_neighbors(parameter, count, spots, least)
    if wanted.n_clusters is not None and wanted.n_clusters >= spots:
        found.problems.append(f"{name}: n_clusters is {wanted.n_clusters}, but there are {spots} spots: ask for fewer")


def check_columns(spots: ad.AnnData, wanted: Checked, name: str, found: Findings) -> None:
    """Note columns that are asked for and not there, and those that the results keep under another name."""
    changed = carried(spots.obs, wanted.sample or "")[1]
    wanted_keys = {
        "section_key": wanted.spatial.section_key,
        "region_key": wanted.source.region_key,
        "reference_key": wanted.reference_key,
    }
    for parameter, key in wanted_keys.items():
        if key is None:
            continue
        with found.gathering():
            column(spots.obs, key, name)
            if key in changed:
                why = (
                    "is a result of an earlier run"
                    if changed[key] is None
                    else "is a name that the results keep for their own"
                )
                raise InputError(f"{name}: obs['{key}'] {why}: give the column another name to use it as {parameter}")
    if wanted.reference_key is not None and wanted.reference_key in spots.obs:
        labelled = int(labels(spots, wanted.reference_key, name).notna().sum())
        if labelled < spots.n_obs:
            have = of_all(labelled, spots.n_obs, "spot", "has", "have")
            found.notes.append(f"{have} a reference label in obs['{wanted.reference_key}']")
    found.notes += renaming_notes(changed)


def check_sections(spots: ad.AnnData, wanted: Checked, name: str, found: Findings) -> np.ndarray | None:
    """Return the section of each spot, (n,), or None; each has spots enough, and the order is one of them all."""
    if wanted.spatial.section_key is None or wanted.spatial.section_key not in spots.obs:
        return None
    section = sections(spots, wanted.spatial.section_key, name)
    with about(name):
        order = section_order(section, wanted.spatial.section_order)
    if wanted.spatial.section_order is None and len(order) > 1:
        shown = ", ".join(order[:12]) + (", ..." if len(order) > 12 else "")
        found.notes.append(
            f"the {len(order):,} sections are taken to lie in the order {shown}; if not, set --section_order"
        )
    asked = {"refine_neighbors": wanted.refine_neighbors}
    if wanted.spatial.spatial_rule == "knn":
        asked["spatial_neighbors"] = wanted.spatial.spatial_neighbors
    for each in order:
        for parameter, count in asked.items():
            with found.gathering(), about(f"{name}: section '{each}'"):
                check_neighbors(parameter, count, int((section == each).sum()), 0)
    return section


def count_spatial(positions: np.ndarray, section: np.ndarray | None, wanted: Checked) -> int:
    """Return how many edges the spatial graph has at most, self-loops counted.

    Raises:
        InputError: no two spots are neighbours.
    """
    most = max_edges(positions, *rules_of(wanted.spatial), section, wanted.spatial.section_order)
    if most <= len(positions):
        raise InputError(nothing_near(positions, section))
    return most


def validated(
    spots: ad.AnnData | None, connectivity: Sequence[Path], wanted: Checked, name: str, found: Findings
) -> dict[str, object]:
    """Check a sample and return what was found of it, for the report and the later stages; problems are in `found`.

    Args:
        spots: as read, or None where that failed: then the connectivity is checked alone.
        connectivity: its file, or the two whose product it is.
        wanted: the parameters that matter here.
        name: of the file of spots, for messages.
        found: gathers problems and notes.
    """
    kind, genes, taken, section, matching, spatial_edges, connections = None, 0, None, None, None, 0, 0
    rules_of(wanted.spatial)
    check_rule(wanted.connection)
    if spots is not None and spots.n_obs < FEWEST_SPOTS:
        found.problems.append(f"{name}: the number of spots is {spots.n_obs}; at least {FEWEST_SPOTS} are needed")
        spots = None
    with found.gathering():
        matching = checked_connectivity(connectivity, spots, wanted, name, found)
    if spots is None:
        return {}
    with found.gathering():
        taken = find_positions(spots, wanted.preprocessing.coordinates, wanted.preprocessing.stacking, name)
        found.notes += choice_notes(spots, taken, wanted.preprocessing.coordinates)
        if taken.is_stacked:
            spacing = wanted.preprocessing.stacking.section_spacing
            found.notes.append(f"sections were taken to lie {spacing:g} apart: the third coordinate of their spots")
    check_neighbor_counts(spots.n_obs, wanted, found, name)
    check_columns(spots, wanted, name, found)
    with found.gathering():
        section = check_sections(spots, wanted, name, found)
    if taken is not None and not found.problems:
        with found.gathering(), about(name):
            spatial_edges = count_spatial(taken.positions, section, wanted)
        if matching is not None:
            with found.gathering(), about(called(connectivity)):
                found.notes += distance_notes(matching, taken.positions)
                wanted = with_chosen_threshold(matching.connectivity, taken.positions, wanted, found)
                connections = count_wired(matching.connectivity, taken.positions, section, wanted, found)
    with found.gathering():
        kind, genes = check_expression(spots, wanted, name, found)
    if found.problems or taken is None or matching is None:
        return {}
    size = Size(spots.n_obs, genes, max_bytes(spots.X, genes), spatial_edges, connections)
    brought, degree = (
        max_bytes(spots.X, spots.n_vars),
        connections_of_a_spot(matching.connectivity, connections, wanted),
    )
    return {
        "spots": spots.n_obs,
        "genes": spots.n_vars,
        "genes_kept": genes,
        "expression_from": wanted.preprocessing.expression_from,
        "expression_values": kind,
        "coordinates": taken.source,
        "dimensions": taken.positions.shape[1],
        "sections": None if section is None else section_order(section, wanted.spatial.section_order),
        "connectivity": matching.connectivity.form,
        "connectivity_matched_by": matching.by,
        "connectivity_rows": matching.rows,
        "connectivity_image": matching.image,
        "spots_without_connectivity": matching.outside,
        "regions_within": regions_within(matching, wanted.connection.connectivity_threshold),
        "memory_mb": needs(size, brought, matching.connectivity.held, wanted),
        "time_s": {stage: asdict(time) for stage, time in times(size, brought, degree, wanted).items()},
    }
