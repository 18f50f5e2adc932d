"""Results written into an AnnData, under the names in `spacon.data.keys`, as squidpy and scanpy expect them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.clusters.files import read_layout, read_mix
from spacon.clusters.labels import Clustering
from spacon.clusters.palette import matched
from spacon.data import keys
from spacon.data.spots import positions
from spacon.graphs.graph import Graph, parts_of
from spacon.graphs.region_graph import RegionGraph


def annotate(
    spots: ad.AnnData,
    graphs: tuple[Graph, Graph],
    files: tuple[Path, Path, Sequence[Path]],
    clusterings: Sequence[Clustering],
    parameters: dict[str, Any],
) -> None:
    """Store all: spatial and connection graph; the files of embedding, mix and layouts; clusterings; parameters."""
    for key, graph in zip((keys.SPATIAL_GRAPH, keys.CONNECTION_GRAPH), graphs, strict=True):
        add_graph(spots, key, graph, positions(spots))
    add_embeddings(spots, *files)
    add_clusterings(spots, clusterings)
    add_parameters(spots, parameters)


def add_graph(spots: ad.AnnData, key: str, graph: Graph, place: np.ndarray) -> None:
    """Store a graph (n, n) without its diagonal, and the distances along its edges.

    For a region graph, whose edges may be billions, its parts are stored in `uns[key + "_regions"]`.
    """
    if isinstance(graph, RegionGraph):
        spots.uns[f"{key}_regions"] = parts_of(graph)
        return
    edges = graph.tocoo()
    between = edges.row != edges.col
    source, target = edges.row[between], edges.col[between]
    distance = np.linalg.norm(place[source] - place[target], axis=1).astype(np.float32)
    ones = np.ones(len(source), dtype=np.float32)
    names = {"connectivities_key": f"{key}_connectivities", "distances_key": f"{key}_distances"}
    for name, values in zip(names.values(), (ones, distance), strict=True):
        spots.obsp[name] = sp.csr_matrix((values, (source, target)), shape=graph.shape)
    spots.uns[f"{key}_neighbors"] = {**names, "params": {"coord_type": "generic"}}


def add_embeddings(spots: ad.AnnData, embedding: Path, mix: Path, layouts: Sequence[Path]) -> None:
    """Store both embeddings, the mix that is shown first, and the UMAP at each alpha; the first is also `X_umap`."""
    with np.load(embedding, allow_pickle=False) as file:
        spots.obsm[keys.EMBEDDING_SPATIAL] = file["spatial"]
        spots.obsm[keys.EMBEDDING_CONNECTIVITY] = file["connection"]
        if "reconstruction" in file.files:
            spots.layers[keys.RECONSTRUCTION] = file["reconstruction"]
    spots.obsm[keys.EMBEDDING_MIX] = read_mix(mix).values
    for alpha, layout in map(read_layout, layouts):
        spots.obsm.setdefault(keys.UMAP, layout)
        spots.obsm[f"{keys.UMAP}_alpha{alpha:g}"] = layout


def add_clusterings(spots: ad.AnnData, clusterings: Sequence[Clustering]) -> None:
    """Store labels as categories, with colours that follow those of the first clustering."""
    for each in clusterings:
        names, code = np.unique(each.labels, return_inverse=True)
        spots.obs[each.key] = pd.Categorical.from_codes(code, categories=names.astype(str))
        spots.uns[f"{each.key}_colors"] = matched(code, clusterings[0].labels)


def add_parameters(spots: ad.AnnData, parameters: dict[str, Any]) -> None:
    """Store every parameter that is set; one that is unset (null) cannot be stored, and is left out."""
    spots.uns[keys.PARAMETERS] = {name: value for name, value in parameters.items() if value is not None}
