"""How much memory training and embedding take."""

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul

from spacon.memory import FLOAT, GB, Size

# What CUDA's libraries take of the machine's memory once a process uses a GPU; not measured, an upper guess.
CUDA = 2 * GB
# Measured at 100,000 spots x 1,122 genes: training 2,219 MB, embedding 2,536 MB; at 250,000: 6,757 and 4,811 MB.
TRAINING_START, COPIES_OF_GENES, COPIES_OF_WIDTHS = 1.3 * GB, 9, 16
BY_TARGET_PER_EDGE, STEP_PER_EDGE = 40, 150
EMBEDDING_START, COPIES_OF_WIDEST, COPIES_OF_RECONSTRUCTION, SCORES_PER_EDGE = 1.0 * GB, 6, 3, 80


def training_need(size: Size, widths: Sequence[int], batch_size: int, fanouts: Sequence[int]) -> int:
    """Return the need of training: the data, both graphs by target, and one step's arrays and their gradients."""
    drawn = batch_size * sum(accumulate(fanouts, mul, initial=1))
    reached = size.spots * -math.expm1(-drawn / size.spots)  # of spots drawn at random
    step = reached * FLOAT * (COPIES_OF_GENES * size.genes + COPIES_OF_WIDTHS * sum(widths))
    edges_of_step = reached * size.spatial_edges / size.spots + drawn
    graphs = BY_TARGET_PER_EDGE * (size.spatial_edges + size.connections)
    data = size.expression + min(size.dense, size.expression)
    return int(TRAINING_START + data + graphs + step + STEP_PER_EDGE * edges_of_step)


def embedding_need(size: Size, widths: Sequence[int], *, reconstruction: bool) -> int:
    """Return the need of embedding all spots: the expression, dense, the widest layers, the edges and their scores."""
    layers = COPIES_OF_WIDEST * widths[0] + COPIES_OF_RECONSTRUCTION * size.genes * reconstruction
    scores = SCORES_PER_EDGE * (size.spatial_edges + size.connections)
    return int(EMBEDDING_START + size.expression + size.dense + size.spots * FLOAT * layers + scores)
