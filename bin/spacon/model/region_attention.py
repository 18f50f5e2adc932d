"""Exact graph attention over a region graph: every edge counts, and none is made."""

import numpy as np
import torch
from torch import Tensor

from spacon.graphs.region_graph import RegionGraph

# A block of scores is small enough to stay in a core's cache between one operation and the next.
BLOCK_ENTRIES = 500_000


class RegionEdges:
    """The edges of a region graph for inference; `attend` equals that of `attention.Edges` on the expanded graph.

    The spots of one group have the same in-neighbours, so their sums are dense products: a block of targets of one
    group by the members of its senders at a time.
    """

    def __init__(self, graph: RegionGraph, device: str = "cpu") -> None:
        spots, start = graph.members
        self.n = self.reached = graph.n
        self.spots = torch.from_numpy(spots).to(device)
        self.own_sender = torch.from_numpy(graph.is_own_sender).to(device)
        self.blocks = []
        by_group = np.argsort(graph.group, kind="stable")
        end = np.cumsum(np.bincount(graph.group, minlength=graph.senders.shape[0]))
        for group, stop in enumerate(end):
            targets = by_group[end[group - 1] if group else 0 : stop]
            senders = graph.senders.indices[graph.senders.indptr[group] : graph.senders.indptr[group + 1]]
            if len(targets):
                self.blocks.append((torch.from_numpy(targets).to(device), _runs(start, senders)))

    @torch.no_grad()
    def attend(self, x: Tensor, as_source: Tensor, as_target: Tensor, dropout: float) -> Tensor:
        """Return the attention-weighted sum of every node's in-neighbours, itself included.

        Args:
            x: shape (n, d).
            as_source, as_target: the scores, shape (n,).
            dropout: 0; there is no training over all edges.

        Returns:
            Shape (n, d). Memory: n times d twice, the in-neighbours of one group and one block of scores.
        """
        if dropout or x.requires_grad:
            raise ValueError("a region graph is embedded, not trained, over all its edges")
        by_region, score_by_region = x[self.spots], as_source[self.spots]
        itself = torch.where(self.own_sender, 0.0, torch.sigmoid(as_source + as_target).exp())
        out, total = itself[:, None] * x, itself
        for targets, runs in self.blocks:
            sources = torch.cat([by_region[start:stop] for start, stop in runs]) if runs else by_region[:0]
            scores = torch.cat([score_by_region[start:stop] for start, stop in runs]) if runs else score_by_region[:0]
            for some in targets.split(max(1, BLOCK_ENTRIES // max(1, len(scores)))):
                weight = (as_target[some, None] + scores).sigmoid_().exp_()
                out[some] += weight @ sources
                total[some] += weight.sum(dim=1)
        return out / total[:, None]


def _runs(start: np.ndarray, regions: np.ndarray) -> list[tuple[int, int]]:
    """Return where the members of sorted regions stand among the spots by region: as few (start, stop) as can be."""
    runs: list[tuple[int, int]] = []
    for first, last in zip(start[regions].tolist(), start[regions + 1].tolist(), strict=True):
        if runs and runs[-1][1] == first:
            runs[-1] = runs[-1][0], last
        elif first < last:
            runs.append((first, last))
    return runs
