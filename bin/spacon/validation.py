"""What is checked of a sample before anything is computed, and the memory that each stage will need for it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np

from spacon import keys, memory
from spacon.checks import InputError, about, check_neighbors, check_widths
from spacon.connection_graph import most_connections
from spacon.connectivity import Connectivity, check_finite, read_connectivity
from spacon.spatial_graph import most_edges, reach_of, section_order
from spacon.spots import sections


def check_parameters(spots: ad.AnnData, genes: int, wanted: dict[str, Any]) -> None:
    """Raise InputError where a parameter asks for more than the spots and the genes that are kept can give."""
    if keys.SAMPLE in (wanted["section_key"], wanted["reference_key"]):
        raise InputError(f"obs['{keys.SAMPLE}'] is to hold the sample's name; give the column another name to use it")
    names = ["cluster_neighbors", "refine_neighbors"]
    for name in [*names, "spatial_neighbors"] if wanted["spatial_rule"] == "knn" else names:
        check_neighbors(name, wanted[name], spots.n_obs)
    check_widths(wanted["widths"], genes)


def check_sections(spots: ad.AnnData, wanted: dict[str, Any], name: str) -> np.ndarray | None:
    """Return the section of each spot, (n,), or None; each has spots enough, and the order is one of them all."""
    if wanted["section_key"] is None:
        return None
    section = sections(spots, wanted["section_key"], name)
    with about(name):
        for each in section_order(section, wanted["section_order"]):
            if wanted["spatial_rule"] == "knn":
                with about(f"section '{each}'"):
                    check_neighbors("spatial_neighbors", wanted["spatial_neighbors"], int((section == each).sum()))
    return section


def checked_connectivity(path: Path, spots: int, name: str) -> Connectivity:
    """Return the connectivity of so many spots, all of whose entries are numbers."""
    matrix = read_connectivity(path)
    if matrix.n != spots:
        raise InputError(f"{path.name}: connectivity is of {matrix.n} spots, but {name} has {spots}")
    check_finite(matrix, path.name)
    return matrix


def needs(
    spots: ad.AnnData,
    genes: int,
    coordinates: np.ndarray,
    section: np.ndarray | None,
    connectivity: Connectivity,
    wanted: dict[str, Any],
) -> dict[str, int]:
    """Return the memory that each stage will need, in MB; the keys are the names of the scripts, and `report`."""
    names = ("spatial_rule", "spatial_neighbors", "spatial_radius", "section_radius")
    reach = reach_of(*(wanted[name] for name in names))
    size = memory.Size(
        spots.n_obs,
        genes,
        memory.most_bytes(spots.X, genes),
        most_edges(coordinates, reach, section, wanted["section_order"]),
        most_connections(
            connectivity,
            coordinates,
            threshold=wanted["connectivity_threshold"],
            retained_fraction=wanted["retained_fraction"],
            decay=wanted["distance_decay"],
        ),
    )
    widths: Sequence[int] = wanted["widths"]
    gpu = 0 if wanted["device"] == "cpu" else memory.CUDA
    bytes_of = {
        "preprocess": memory.preprocessing(memory.most_bytes(spots.X, spots.n_vars)),
        "spatial_graph": memory.building_spatial_graph(size.spots, size.spatial_edges),
        "connection_graph": memory.building_connection_graph(size.connections),
        "train": gpu + memory.training(size, widths, wanted["batch_size"], wanted["fanouts"]),
        "embed": gpu + memory.embedding(size, widths, reconstruction=wanted["reconstruction"]),
        "fuse": memory.fusing(size.spots, wanted["cluster_neighbors"]),
        "cluster": memory.clustering(memory.most_weights(size.spots, wanted["cluster_neighbors"])),
        "evaluate": memory.evaluating(size),
        "report": memory.reporting(size),
    }
    return {stage: -(-need // 10**6) for stage, need in bytes_of.items()}
