"""How much memory building the graphs takes, and how large a sample is whose graphs are there."""

import numpy as np
import scipy.sparse as sp

from spacon.data.memory import expression_bytes
from spacon.graphs.graph import Graph, stored_entries
from spacon.memory import GB, Size

# Measured at 250,000 spots: spatial graph of 4 million edges 387 MB, connection graph of 1,000 regions 428 MB.
SPATIAL_START, SPATIAL_PER_SPOT, SPATIAL_PER_EDGE = 0.3 * GB, 100, 80
CONNECTION_START, CONNECTION_PER_EDGE = 0.5 * GB, 20
READING = 3  # copies of connectivity while it is read: as parsed, as one matrix, in the order of its rows


def spatial_graph_need(spots: int, edges: int) -> int:
    """Return the need of the spatial graph: pairs, their matrix and its sorted copy."""
    return int(SPATIAL_START + SPATIAL_PER_SPOT * spots + SPATIAL_PER_EDGE * edges)


def connection_graph_need(connections: int, held: int) -> int:
    """Return the need of the connection graph: the kept columns, twice while they are joined, and two blocks.

    Before that, connectivity is read, of which so many bytes are held.
    """
    return int(CONNECTION_START + max(READING * held, held + CONNECTION_PER_EDGE * connections))


def size_of(expression: np.ndarray | sp.spmatrix, spatial: Graph, connection: Graph) -> Size:
    """Return the size of a sample whose graphs are there."""
    spots, genes = expression.shape
    return Size(spots, genes, expression_bytes(expression), stored_entries(spatial), stored_entries(connection))
