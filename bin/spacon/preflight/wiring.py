"""What is checked of a sample's connectivity, and how many connections come of it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import anndata as ad
import numpy as np

from spacon.connectivity.file import called, read_connectivity, read_found
from spacon.connectivity.forms import Connectivity, Factored, check_finite
from spacon.connectivity.matching import Matched, circular, in_order
from spacon.counts import counted
from spacon.errors import InputError
from spacon.findings import Findings
from spacon.graphs.connection import count_connections, stays_factored
from spacon.graphs.density import with_threshold
from spacon.graphs.notes import weight_notes
from spacon.parameters import Checked
from spacon.readers.table import Table


def checked_connectivity(
    paths: Sequence[Path], spots: ad.AnnData | None, wanted: Checked, name: str, found: Findings
) -> Matched | None:
    """Return the connectivity of the spots, all of whose entries between spots are numbers; None without spots."""
    file = called(paths)
    if spots is None:
        alone = read_found(paths, wanted.source)
        if isinstance(alone, Table):
            check_finite(in_order(alone), file)
        return None
    matching = read_connectivity(paths, spots.obs, wanted.source, name)
    check_finite(matching.connectivity, file)
    if matching.outside and wanted.connection.connectivity_threshold < 0:
        raise InputError(
            f"{file}: {matching.outside:,} spots have no row, and so entries of 0, which lie above "
            f"connectivity_threshold {wanted.connection.connectivity_threshold:g}: set it to 0 or more"
        )
    found.notes += [*matching.notes, *circular(spots.obs, wanted.source.region_key, wanted.reference_key)]
    return matching


def regions_within(matching: Matched, threshold: float) -> tuple[int, int] | None:
    """Return in how many regions spots are connected with each other, and how many have spots; None without regions."""
    connectivity = matching.connectivity
    if not isinstance(connectivity, Factored):
        return None
    used = np.unique(connectivity.index[matching.place >= 0])
    return int((np.diagonal(connectivity.values)[used] > threshold).sum()), len(used)


def with_chosen_threshold(matrix: Connectivity, positions: np.ndarray, wanted: Checked, found: Findings) -> Checked:
    """Return what is wanted with the threshold that `connection_density` means, which is noted."""
    rule, notes = with_threshold(matrix, positions, wanted.connection)
    found.notes += notes
    return replace(wanted, connection=rule)


def count_wired(
    matrix: Connectivity, positions: np.ndarray, section: np.ndarray | None, wanted: Checked, found: Findings
) -> int:
    """Return how many entries the connection graph will store, as `count_connections` counts them."""
    most, cut = count_connections(matrix, positions, wanted.connection)
    if cut:
        rows = counted(cut, "region" if stays_factored(matrix, wanted.connection) else "spot")
        found.notes.append(
            f"--retained_fraction cut among equal entries in {rows}: those to the first spots in the "
            "file were kept, for no other reason; raise it, or choose by --connectivity_threshold alone"
        )
    found.notes += weight_notes(positions, wanted.connection.distance_decay, section)
    return most


def connections_of_a_spot(matrix: Connectivity, stored: int, wanted: Checked) -> float:
    """Return how many connections a spot has on average, of so many that are stored: edges, or pairs of regions."""
    rows = len(matrix.values) if stays_factored(matrix, wanted.connection) else matrix.n
    return stored / rows * matrix.n / rows
