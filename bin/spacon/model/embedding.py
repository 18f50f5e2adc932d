"""Exact embedding of all spots: evaluation mode, layer by layer, over all neighbours."""

import numpy as np
import scipy.sparse as sp
import torch

from spacon.graphs.graph import Graph
from spacon.graphs.region_graph import RegionGraph
from spacon.model.attention import Edges
from spacon.model.network import SpaCon
from spacon.model.region_attention import RegionEdges
from spacon.model.sampling import Incoming


@torch.no_grad()
def embed(
    model: SpaCon,
    expression: np.ndarray | sp.csr_matrix,
    spatial: sp.csr_matrix,
    connection: Graph,
    device: str,
    *,
    reconstruction: bool,
) -> dict[str, np.ndarray]:
    """Embed every spot with both encoders.

    Args:
        model: trained, in evaluation mode.
        expression: shape (n, genes), float32.
        spatial: A[i, j] = 1 where spot i points at spot j, shape (n, n).
        connection: the same, or a region graph, whose edges are never made.
        device: 'cpu' or 'cuda'.
        reconstruction: whether the expression is decoded too.

    Returns:
        `spatial` and `connection`, each (n, widths[-1]), and on request `reconstruction` (n, genes); float32.
        Memory grows with the edges and with n times the widest layer.
    """
    dense = expression if isinstance(expression, np.ndarray) else expression.toarray()
    x = torch.from_numpy(dense).to(device)
    spatial_edges = Edges(Incoming.of(spatial), device)
    factored = isinstance(connection, RegionGraph)
    connection_edges = RegionEdges(connection, device) if factored else Edges(Incoming.of(connection), device)
    if reconstruction:
        parts = dict(
            zip(("spatial", "connection", "reconstruction"), model(x, spatial_edges, connection_edges), strict=True)
        )
    else:
        parts = {
            "spatial": model.spatial_encoder(x, spatial_edges)[-1],
            "connection": model.connection_encoder(x, connection_edges)[-1],
        }
    return {name: part.cpu().numpy() for name, part in parts.items()}
