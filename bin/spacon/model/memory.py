"""How much memory training and embedding take."""

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul

from spacon.memory import FLOAT, GB, Size

# What CUDA's libraries take of the machine's memory once a process uses a GPU; not measured, an upper guess.
CUDA = 2 * GB


def training_need(size: Size, widths: Sequence[int], batch_size: int, fanouts: Sequence[int]) -> int:
    """Return the need of training: the data, both graphs by target, and one step's arrays and their gradients."""
    drawn = batch_size * sum(accumulate(fanouts, mul, initial=1))
    reached = size.spots * -math.expm1(-drawn / size.spots)  # of spots drawn at random
    step = reached * FLOAT * (9 * size.genes + 16 * sum(widths))
    edges_of_step = reached * size.spatial_edges / size.spots + drawn
    graphs = 40 * (size.spatial_edges + size.connections)
    return int(1.3 * GB + size.expression + min(size.dense, size.expression) + graphs + step + 150 * edges_of_step)


def embedding_need(size: Size, widths: Sequence[int], *, reconstruction: bool) -> int:
    """Return the need of embedding all spots: the expression, dense, the widest layers, the edges and their scores."""
    layers = size.spots * FLOAT * (6 * widths[0] + 3 * size.genes * reconstruction)
    return int(1.0 * GB + size.expression + size.dense + layers + 80 * (size.spatial_edges + size.connections))
