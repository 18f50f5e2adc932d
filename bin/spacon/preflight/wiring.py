"""What is checked of a sample's connectivity, and how many connections come of it."""

from pathlib import Path

import anndata as ad
import numpy as np

from spacon.connectivity.file import read_connectivity
from spacon.connectivity.forms import Connectivity, Factored, check_finite
from spacon.connectivity.matching import Matched, circular, in_order
from spacon.errors import InputError
from spacon.graphs.connection import count_connections, stays_factored
from spacon.graphs.notes import weight_notes
from spacon.parameters import Checked
from spacon.preflight.findings import Findings
from spacon.readers.file import read_series, read_table


def checked_connectivity(
    path: Path, spots: ad.AnnData | None, wanted: Checked, name: str, found: Findings
) -> Matched | None:
    """Return the connectivity of the spots, all of whose entries between spots are numbers; None without spots."""
    if spots is None:
        if wanted.source.time_series is not None:
            read_series(path)
            return None
        check_finite(in_order(read_table(path, wanted.source.connectivity_variable)), path.name)
        return None
    matching = read_connectivity(path, spots.obs, wanted.source, name)
    check_finite(matching.connectivity, path.name)
    if matching.outside and wanted.connection.connectivity_threshold < 0:
        raise InputError(
            f"{path.name}: {matching.outside:,} spots have no row, and so entries of 0, which lie above "
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


def count_wired(
    matrix: Connectivity, positions: np.ndarray, section: np.ndarray | None, wanted: Checked, found: Findings
) -> int:
    """Return how many entries the connection graph will store, as `count_connections` counts them."""
    most, cut = count_connections(matrix, positions, wanted.connection)
    if cut:
        rows = "regions" if stays_factored(matrix, wanted.connection) else "spots"
        found.notes.append(
            f"--retained_fraction cut among equal entries in {cut:,} {rows}: those to the first spots in the "
            "file were kept, for no other reason; raise it, or choose by --connectivity_threshold alone"
        )
    found.notes += weight_notes(positions, wanted.connection.distance_decay, section)
    return most


def connections_of_a_spot(matrix: Connectivity, stored: int, wanted: Checked) -> float:
    """Return how many connections a spot has on average, of so many that are stored: edges, or pairs of regions."""
    rows = len(matrix.values) if stays_factored(matrix, wanted.connection) else matrix.n
    return stored / rows * matrix.n / rows
