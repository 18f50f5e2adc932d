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
        label = np.unique(labels, return_inverse=True)[1]
        ones, n_labels = np.ones(self.n, dtype=np.int64), label.max() + 1
        of_region = sp.csr_matrix((ones, (self.region, label)), (self.senders.shape[1], n_labels)).toarray()
        of_group = sp.csr_matrix((ones, (self.group, label)), (self.senders.shape[0], n_labels)).toarray()
        arriving = self.senders.astype(np.int64) @ of_region
        loops = int(self.is_own_sender.sum())
        whole = int((arriving.sum(axis=1) * of_group.sum(axis=1)).sum())
        return int((arriving * of_group).sum()) - loops, whole - loops


def region_graph(values: np.ndarray, index: np.ndarray, threshold: float, max_per_row: int) -> tuple[RegionGraph, int]:
    """Keep, for each spot i, the largest of the connections values[index[i], index[j]] above a threshold.

    All spots of a region keep the same connections. Ties at the limit go to the spots with the lowest numbers: a region
    can be cut, and its spots then fall into groups, which are the targets of different regions.

    Four spots in regions 0, 0, 1, 1, values [[0, 2], [1, 0]], threshold 0.5, at most 1: spots 0 and 1 could project to
    spots 2 and 3, and keep the lower, 2; spots 2 and 3 likewise keep 0. Both regions are cut, so each spot is a group
    of its own. Groups 0 to 3 have the senders [1], [], [0], []: spots 2 and 3 point at 0, spots 0 and 1 at 2.

    Args:
        values: from region to region, shape (m, m).
        index: region of each spot, shape (n,).
        threshold: entries above it are kept.
        max_per_row: at most so many of each row.

    Returns:
        The graph, and how many of the n x n entries were kept, self-loops not added. Memory: the kept pairs of regions.
    """
    n, size = len(index), np.bincount(index, minlength=len(values))
    order = np.argsort(index, kind="stable")
    start = np.concatenate([[0], np.cumsum(size)])
    rank = np.empty(n, dtype=np.int64)
    rank[order] = ranges(0, size)

    rows = [_kept_of(row, size, threshold, max_per_row, order, start) for row in values]
    sender = np.repeat(np.arange(len(values)), [len(kept) for kept, _ in rows])
    receiver = np.concatenate([kept for kept, _ in rows])
    n_first = np.concatenate([count for _, count in rows])  # the receiver's spots with the lowest numbers
    n_kept = int((size[sender] * n_first).sum())

    # A region's groups end where a sender's spots end; `ends` is sorted by region. For the four spots above: receivers
    # 1 and 0, of each the first spot; ends (0, 1), (0, 2), (1, 1), (1, 2).
    all_ends = np.column_stack([np.concatenate([receiver, np.arange(len(values))]), np.concatenate([n_first, size])])
    ends = np.unique(all_ends, axis=0)
    key, first_group = ends[:, 0] * (n + 1) + ends[:, 1], np.searchsorted(ends[:, 0], np.arange(len(values)))
    # The first group of a spot's region that ends beyond the spot: there groups 0, 1, 2, 3.
    group = np.searchsorted(key, index.astype(np.int64) * (n + 1) + rank, side="right")
    last_group = np.searchsorted(key, receiver * (n + 1) + n_first)
    n_groups = last_group - first_group[receiver] + 1
    groups = ranges(first_group[receiver], n_groups)
    pairs = np.ones(len(groups), dtype=bool), (groups, np.repeat(sender, n_groups))
    senders = sp.csr_matrix(pairs, shape=(len(ends), len(values)))
    return RegionGraph(senders, group, index.astype(np.int64)), n_kept


def tied_regions(values: np.ndarray, index: np.ndarray, threshold: float, max_per_row: int) -> int:
    """Return of how many regions' spots some connections were kept and others, equally strong, were not.

    The arguments are those of `region_graph`.
    """
    size = np.bincount(index, minlength=len(values))
    limits = (_at_limit(row, size, threshold, max_per_row) for row in values[size > 0])
    return sum(0 < room < size[equal].sum() for _, equal, room in limits)


def _at_limit(
    row: np.ndarray, size: np.ndarray, threshold: float, max_per_row: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the regions that one region projects to in full, those at the limit, and the room for spots of these."""
    above = np.flatnonzero((row > threshold) & (size > 0))
    if size[above].sum() <= max_per_row:
        return above, above[:0], 0
    falling = above[np.argsort(-row[above], kind="stable")]
    limit = row[falling[np.searchsorted(np.cumsum(size[falling]), max_per_row)]]
    larger, equal = above[row[above] > limit], above[row[above] == limit]
    return larger, equal, int(max_per_row - size[larger].sum())


def _kept_of(
    row: np.ndarray, size: np.ndarray, threshold: float, max_per_row: int, order: np.ndarray, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the regions to which one region's spots keep connections, and of each how many spots, the lowest ones."""
    larger, equal, room = _at_limit(row, size, threshold, max_per_row)
    members = [order[start[region] : start[region + 1]] for region in equal]
    lowest = np.sort(np.concatenate([order[:0], *members]))[:room]
    n_kept = np.array([np.isin(spots, lowest, assume_unique=True).sum() for spots in members], dtype=np.int64)
    return np.concatenate([larger, equal[n_kept > 0]]), np.concatenate([size[larger], n_kept[n_kept > 0]])
