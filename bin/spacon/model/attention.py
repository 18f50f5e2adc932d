"""Graph attention over the edges of a graph, as sparse products with a backward pass of their own.

On a CPU the messages along the edges, (edges, width), are never made, neither forwards nor backwards: sums over a
spot's neighbours are products of a sparse matrix with a dense one, and the gradient of the attention is a product of
two dense matrices taken at the edges alone.
"""

import warnings
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from spacon.model.sampling import Incoming

# torch still calls its CSR kernels beta; those used here are tested against the plain sum and its gradients.
warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")

# Numbers of the messages that stand in a GPU's memory at a time: 256 MB.
MESSAGES = 2**26


class Edges:
    """The edges of a graph as tensors, by target and, for the backward pass, by source."""

    def __init__(self, graph: Incoming, device: str = "cpu") -> None:
        self.graph, self.device, self.n = graph, device, graph.n
        # Spots from this one on have no in-edges. In a training step, these are those of the last hop.
        self.reached = int(np.searchsorted(graph.pointer, graph.pointer[-1]))
        self.pointer, self.source = on_device(graph.pointer, device), on_device(graph.source, device)
        self.target = on_device(np.repeat(np.arange(self.n), np.diff(graph.pointer)), device)

    @cached_property
    def by_source(self) -> tuple[Tensor, Tensor, Tensor]:
        """The same edges in the order of their sources: pointer (n + 1,), target and number of each edge (edges,)."""
        number = np.arange(len(self.graph.source))
        turned = sp.csr_matrix((number, self.graph.source, self.graph.pointer), shape=(self.n, self.n)).tocsc()
        pointer, target, edge = (on_device(part, self.device) for part in (turned.indptr, turned.indices, turned.data))
        return pointer, target, edge

    def attend(self, x: Tensor, as_source: Tensor, as_target: Tensor, dropout: float) -> Tensor:
        r"""Return the attention-weighted sum of every node's in-neighbours.

        .. math:: \mathrm{out}_i = \sum_j \alpha_{ij} x_j,\quad
            \alpha_{ij} = \operatorname{softmax}_j\, \sigma(s_j + t_i)

        Args:
            x: shape (n, d).
            as_source, as_target: the scores s and t, shape (n,).
            dropout: probability with which an edge's attention is set to 0 (the others are scaled up).

        Returns:
            Shape (n, d); a node without in-edges gets zeros. Memory grows with the edges and with n times d.
        """
        keep = None
        if dropout:
            keep = (torch.rand(len(self.source), dtype=x.dtype, device=x.device) >= dropout) / (1 - dropout)
        apply: Callable[..., Tensor] = _Attend.apply
        return apply(x, as_source, as_target, keep, self)


def on_device(array: np.ndarray, device: str) -> Tensor:
    """Return whole numbers below 2**31 as a tensor; the copy to a GPU does not wait for what it computes.

    The kernels of sparse products take 32 bits, and would copy others at every call.
    """
    tensor = torch.from_numpy(array.astype(np.int32, copy=False))
    return tensor.pin_memory().to(device, non_blocking=True) if device == "cuda" else tensor


class _Attend(torch.autograd.Function):
    """`Edges.attend` and its gradient."""

    @staticmethod
    def forward(
        context: Any, x: Tensor, as_source: Tensor, as_target: Tensor, keep: Tensor | None, edges: Edges
    ) -> Tensor:
        gate = as_source.index_select(0, edges.source)
        gate = gate.add_(as_target.index_select(0, edges.target)).sigmoid_()
        weight = gate.exp()  # no maximum need be taken off: the gate lies between 0 and 1
        attention = weight.div_(_row_sums(edges.pointer, weight).index_select(0, edges.target))
        kept = attention if keep is None else attention * keep
        context.save_for_backward(x, gate, attention, keep, kept)
        context.edges = edges
        return product_of_rows(edges.pointer, edges.source, kept, x)

    @staticmethod
    def backward(context: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        x, gate, attention, keep, kept = context.saved_tensors
        edges = context.edges
        pointer, target, order = edges.by_source
        of_x = product_of_rows(pointer, target, kept.index_select(0, order), upstream)
        pattern = _sparse(edges.pointer, edges.source, kept)
        of_attention = torch.sparse.sampled_addmm(pattern, upstream, x.T, beta=0.0).values()
        if keep is not None:
            of_attention = of_attention * keep
        share = attention * of_attention
        of_target = _row_sums(edges.pointer, share).index_select(0, edges.target)
        of_score = (share - attention * of_target) * gate * (1 - gate)
        of_source = _row_sums(pointer, of_score.index_select(0, order))
        return of_x, of_source, _row_sums(edges.pointer, of_score), None, None


def _sparse(pointer: Tensor, column: Tensor, values: Tensor) -> Tensor:
    """Return a square CSR matrix."""
    n = len(pointer) - 1
    return torch.sparse_csr_tensor(pointer, column, values, (n, n), check_invariants=False)


def product_of_rows(pointer: Tensor, column: Tensor, values: Tensor, dense: Tensor) -> Tensor:
    """Return the product of a square CSR matrix with a dense one, (n, d), the same at every call.

    On a GPU, cuSPARSE adds in an order that changes from call to call; so the messages along the edges are made and
    added there, of so many columns at a time that `MESSAGES` numbers hold them.
    """
    if dense.device.type == "cpu":
        out = torch.empty_like(dense)  # torch's operator would fill it with zeros first
        return torch.addmm(out, _sparse(pointer, column, values), dense, beta=0, out=out)
    return summed_messages(pointer, column, values, dense, max(1, MESSAGES // max(1, len(values))))


def summed_messages(pointer: Tensor, column: Tensor, values: Tensor, dense: Tensor, width: int) -> Tensor:
    """Return the same product from its messages, `width` columns at a time."""
    parts = [_row_sums(pointer, part.index_select(0, column) * values[:, None]) for part in dense.split(width, dim=1)]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


def _row_sums(pointer: Tensor, values: Tensor) -> Tensor:
    """Return the sums of `values[pointer[i]:pointer[i + 1]]`, shape (n,) or, of values (edges, d), (n, d)."""
    return torch.segment_reduce(values, "sum", offsets=pointer)
