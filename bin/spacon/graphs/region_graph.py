"""A graph between regions that stands for the edges of all their spots, which are never made.

Where connectivity is known between regions (voxels, pixels, parcels) and spots share them, the edges of a whole brain
are billions, but their pattern is that of a small matrix: spot i points at spot j where the region of i sends to the
group of j. A group is a region, or a part of one where row retention cut it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from spacon.ranges import ranges


@dataclass(frozen=True)
class RegionGraph:
    """Spot i points at spot j where region[i] is among the senders of group[j], and every spot points at itself.

    Args:
        senders: S[g, r] is True where region r sends to group g, CSR with sorted columns, shape (groups, regions).
        group: of each spot as a target, shape (n,).
        region: of each spot as a source, shape (n,).
    """

    senders: sp.csr_matrix
    group: np.ndarray
    region: np.ndarray

    @property
    def n(self) -> int:
        """How many spots there are."""
        return len(self.region)

    @cached_property
    def members(self) -> tuple[np.ndarray, np.ndarray]:
        """The spots sorted by region, shape (n,), and where each region's begin, shape (regions + 1,)."""
        size = np.bincount(self.region, minlength=self.senders.shape[1])
        return np.argsort(self.region, kind="stable"), np.concatenate([[0], np.cumsum(size)])

    @cached_property
    def is_own_sender(self) -> np.ndarray:
        """Whether a spot's region sends to the spot's group, so that its self-loop is one of these edges; (n,)."""
        pairs, spot_pair = np.unique(
            self.group.astype(np.int64) * self.senders.shape[1] + self.region, return_inverse=True
        )
        group, region = np.divmod(pairs, self.senders.shape[1])
        return np.asarray(self.senders[group, region], dtype=bool).ravel()[spot_pair]

    def in_degrees(self) -> np.ndarray:
        """Return how many spots point at each spot, itself counted; shape (n,)."""
        arriving = self.senders @ np.diff(self.members[1])
        return arriving[self.group] + ~self.is_own_sender

    def out_degrees(self) -> np.ndarray:
        """Return at how many spots each spot points, itself counted; shape (n,)."""
        targets = np.bincount(self.group, minlength=self.senders.shape[0]) @ self.senders
        return targets[self.region] + ~self.is_own_sender

    def edges_within(self, labels: np.ndarray) -> tuple[int, int]:
        """Return how many edges, self-loops aside, stay within one label (n,), and how many there are.

        Memory: labels times regions.
        """
        code = np.unique(labels, return_inverse=True)[1]
        ones, every = np.ones(self.n, dtype=np.int64), code.max() + 1
        of_region = sp.csr_matrix((ones, (self.region, code)), (self.senders.shape[1], every)).toarray()
        of_group = sp.csr_matrix((ones, (self.group, code)), (self.senders.shape[0], every)).toarray()
        arriving = self.senders.astype(np.int64) @ of_region
        loops = int(self.is_own_sender.sum())
        whole = int((arriving.sum(axis=1) * of_group.sum(axis=1)).sum())
        return int((arriving * of_group).sum()) - loops, whole - loops


def region_graph(values: np.ndarray, index: np.ndarray, threshold: float, most: int) -> tuple[RegionGraph, int]:
    """Keep, of the connections values[index[i], index[j]] of each spot i, those above a threshold, the `most` largest.

    All spots of a region keep the same connections. At the limit, of equal ones those to lower spots are kept: a region
    can be cut, and its spots then fall into groups, which are the targets of different regions.

    Four spots in regions 0, 0, 1, 1, values [[0, 2], [1, 0]], threshold 0.5, at most 1: spots 0 and 1 could project to
    spots 2 and 3, and keep the lower, 2; spots 2 and 3 likewise keep 0. Both regions are cut, so each spot is a group
    of its own. Groups 0 to 3 have the senders [1], [], [0], []: spots 2 and 3 point at 0, spots 0 and 1 at 2.

    Args:
        values: from region to region, shape (m, m).
        index: region of each spot, shape (n,).
        threshold: entries above it are kept.
        most: at most so many of each row.

    Returns:
        The graph, and how many of the n x n entries were kept, self-loops not added. Memory: the kept pairs of regions.
    """
    n, size = len(index), np.bincount(index, minlength=len(values))
    order = np.argsort(index, kind="stable")
    start = np.concatenate([[0], np.cumsum(size)])
    rank = np.empty(n, dtype=np.int64)
    rank[order] = ranges(0, size)

    rows = [_kept_of(row, size, threshold, most, order, start) for row in values]
    sender = np.repeat(np.arange(len(values)), [len(kept) for kept, _ in rows])
    receiver = np.concatenate([kept for kept, _ in rows])
    prefix = np.concatenate([count for _, count in rows])  # the first so many spots of the receiver
    n_kept = int((size[sender] * prefix).sum())

    # A region's groups end at each of its prefixes; `ends` is sorted by region and prefix. Of the four spots above:
    # receivers 1 and 0, each with prefix 1; ends (0, 1), (0, 2), (1, 1), (1, 2).
    every = np.column_stack([np.concatenate([receiver, np.arange(len(values))]), np.concatenate([prefix, size])])
    ends = np.unique(every, axis=0)
    code, base = ends[:, 0] * (n + 1) + ends[:, 1], np.searchsorted(ends[:, 0], np.arange(len(values)))
    group = np.searchsorted(code, index.astype(np.int64) * (n + 1) + rank, side="right")
    last = np.searchsorted(code, receiver * (n + 1) + prefix)
    many = last - base[receiver] + 1
    groups = ranges(base[receiver], many)
    pairs = np.ones(len(groups), dtype=bool), (groups, np.repeat(sender, many))
    senders = sp.csr_matrix(pairs, shape=(len(ends), len(values)))
    return RegionGraph(senders, group, index.astype(np.int64)), n_kept


def _kept_of(
    row: np.ndarray, size: np.ndarray, threshold: float, most: int, order: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the regions to which one region's spots keep connections, and of each how many spots, the lowest ones."""
    above = np.flatnonzero((row > threshold) & (size > 0))
    if size[above].sum() <= most:
        return above, size[above]
    falling = above[np.argsort(-row[above], kind="stable")]
    limit = row[falling[np.searchsorted(np.cumsum(size[falling]), most)]]
    larger, equal = above[row[above] > limit], above[row[above] == limit]
    room = most - size[larger].sum()
    members = [order[start[region] : start[region + 1]] for region in equal]
    lowest = np.sort(np.concatenate(members))[:room]
    cut = np.array([np.isin(spots, lowest, assume_unique=True).sum() for spots in members], dtype=np.int64)
    return np.concatenate([larger, equal[cut > 0]]), np.concatenate([size[larger], cut[cut > 0]])
