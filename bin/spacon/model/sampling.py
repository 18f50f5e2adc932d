"""Sampled training steps: in-neighbours of a few seed spots, drawn without replacement, all in array operations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp

from spacon.graphs.region_graph import RegionGraph
from spacon.ranges import ranges


@dataclass(frozen=True)
class Incoming:
    """The edges of a directed graph by target: `source[pointer[i]:pointer[i + 1]]` point at node i."""

    pointer: np.ndarray  # (n + 1,) int64
    source: np.ndarray  # (edges,)

    @classmethod
    def of(cls, graph: sp.csr_matrix) -> "Incoming":
        """Transpose A, where A[i, j] = 1 if i points at j."""
        by_target = graph.T.tocsr()
        return cls(by_target.indptr.astype(np.int64), by_target.indices)

    @property
    def n(self) -> int:
        """How many nodes there are."""
        return len(self.pointer) - 1

    def draw(self, targets: np.ndarray, fanout: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw at most `fanout` in-neighbours of each target (m,), uniformly without replacement.

        Returns:
            Sources, grouped in the order of the targets, and how many each target has, shape (m,).
        """
        start = self.pointer[targets]
        offset, used = drawn_offsets(self.pointer[targets + 1] - start, fanout, generator)
        return self.source[(start[:, None] + offset)[used]], used.sum(axis=1)


class IncomingRegions:
    """The in-neighbours of each spot in a region graph, drawn without making an edge.

    Imagine a spot's in-neighbours laid out in one row, sender after sender, itself at the end if it is not among them;
    for a drawn place, the sender is found by bisection and the spot among the sender's members.

    Four spots in regions 0, 0, 1, 1, region 0 sending to the group of spots 2 and 3: the row of spot 2 is 0, 1, 2. Its
    first two places are members of region 0 (`degree` is 2); the third, beyond them, is the spot itself.
    """

    def __init__(self, graph: RegionGraph) -> None:
        self.graph, self.n = graph, graph.n
        self.spots, self.start = graph.members
        # How many in-neighbours stand before each (group, sender), the rows of all groups being one.
        self.before = np.concatenate([[0], np.cumsum(np.diff(self.start)[graph.senders.indices])])

    def draw(self, targets: np.ndarray, fanout: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw at most `fanout` in-neighbours of each target (m,); as `Incoming.draw`."""
        pointer, group = self.graph.senders.indptr, self.graph.group[targets]
        begin = self.before[pointer[group]]
        degree = self.before[pointer[group + 1]] - begin
        offset, used = drawn_offsets(degree + ~self.graph.is_own_sender[targets], fanout, generator)
        count = used.sum(axis=1)
        sources = np.repeat(targets, count)
        other = (offset < degree[:, None])[used]
        place = (begin[:, None] + offset)[used][other]
        pair = np.searchsorted(self.before, place, side="right") - 1
        sources[other] = self.spots[self.start[self.graph.senders.indices[pair]] + place - self.before[pair]]
        return sources, count


class InEdges(Protocol):
    """What steps are drawn from: the edges into each spot, or what stands for them."""

    @property
    def n(self) -> int: ...

    def draw(
        self, targets: np.ndarray, fanout: int, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]: ...


@dataclass(frozen=True)
class Step:
    """One training step: its spots (seed spots first) and the two graphs among them, in their local numbering."""

    spots: np.ndarray  # (m,) numbers of the spots in the whole data
    connection: Incoming
    spatial: Incoming
    drawn: Mapping[str, Any]  # the generator's state after it


def draw_without_replacement(degree: np.ndarray, size: int, generator: np.random.Generator) -> np.ndarray:
    """Draw `size` distinct whole numbers below each degree, every subset being equally likely.

    Floyd's algorithm (Bentley and Floyd 1987, Communications of the ACM 30, 754), run over all rows at once.

    Args:
        degree: shape (m,), each at least `size`.
        size: how many to draw for each row.
        generator: source of randomness.

    Returns:
        Shape (m, size).
    """
    drawn = np.empty((len(degree), size), dtype=np.int64)
    for column in range(size):
        top = degree - size + column
        number = generator.integers(0, top + 1)
        taken = (drawn[:, :column] == number[:, None]).any(axis=1)
        drawn[:, column] = np.where(taken, top, number)
    return drawn


def drawn_offsets(degree: np.ndarray, fanout: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw at most `fanout` distinct whole numbers below each degree, uniformly without replacement.

    Args:
        degree: shape (m,).
        fanout: at most so many of each; where there are fewer, all are taken.
        generator: source of randomness.

    Returns:
        The numbers, shape (m, fanout), and which of them count, of the same shape.
    """
    offset = np.tile(np.arange(fanout), (len(degree), 1))
    crowded = degree > fanout
    offset[crowded] = draw_without_replacement(degree[crowded], fanout, generator)
    return offset, np.arange(fanout) < degree[:, None]


def incoming(graph: sp.csr_matrix | RegionGraph) -> InEdges:
    """Return a graph in either form by target."""
    return IncomingRegions(graph) if isinstance(graph, RegionGraph) else Incoming.of(graph)


class Sampler:
    """Draws training steps. Memory: one number per spot beside the two graphs."""

    def __init__(self, connection: InEdges, spatial: Incoming, fanouts: Sequence[int], seed: int) -> None:
        self.connection, self.spatial, self.fanouts = connection, spatial, fanouts
        self.generator = np.random.default_rng(seed)
        self.local_number = np.full(connection.n, -1, dtype=np.int64)

    def steps(self, batch_size: int, first: int = 0) -> Iterator[Step]:
        """Yield the steps of an epoch, from one of them on: all spots in order as seed spots, `batch_size` per step."""
        n = len(self.local_number)
        for start in range(first * batch_size, n, batch_size):
            yield self.step(np.arange(start, min(n, start + batch_size)))

    def step(self, seed_spots: np.ndarray) -> Step:
        """Sample outwards from the seed spots, hop by hop, each newly reached spot once.

        Every spot's in-edges are drawn together and spots are numbered as they are met, so the edges come out sorted
        by target; spots met in the last hop have no connection edges of their own.
        """
        spots, frontier = seed_spots, seed_spots
        self.local_number[seed_spots] = np.arange(len(seed_spots))
        sources, counts = [], []
        for fanout in self.fanouts:
            source, count = self.connection.draw(frontier, fanout, self.generator)
            frontier = np.unique(source[self.local_number[source] < 0])
            self.local_number[frontier] = np.arange(len(spots), len(spots) + len(frontier))
            spots = np.concatenate([spots, frontier])
            sources.append(source)
            counts.append(count)
        counts.append(np.zeros(len(frontier), dtype=np.int64))
        connection = Incoming(
            np.concatenate([[0], np.cumsum(np.concatenate(counts))]), self.local_number[np.concatenate(sources)]
        )
        spatial = self._induced(spots)
        self.local_number[spots] = -1
        return Step(spots, connection, spatial, self.generator.bit_generator.state)

    def _induced(self, spots: np.ndarray) -> Incoming:
        """Return the spatial graph's edges among the spots, which `local_number` numbers."""
        degree = self.spatial.pointer[spots + 1] - self.spatial.pointer[spots]
        ends = np.cumsum(degree)
        source = self.local_number[self.spatial.source[ranges(self.spatial.pointer[spots], degree)]]
        inside = source >= 0
        kept = np.concatenate([[0], np.cumsum(inside)])
        return Incoming(kept[np.concatenate([[0], ends])], source[inside])
