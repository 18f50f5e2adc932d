"""Products of dense matrices, which are most of a training step, by the library that is faster on this processor."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

# oneDNN prepares its code for every number of rows anew, which takes half the time of the product: so it is given a
# multiple of this, of which steps have few, and MKL the rows that are left.
ROWS = 256


def product(x: Tensor, weight: Tensor, leading: int) -> Tensor:
    """Return x (n, inputs), whose rows from `leading` on are zero, times weight (inputs, outputs)."""
    if not torch.is_grad_enabled():
        return x @ weight
    apply: Callable[..., Tensor] = _Product.apply
    return apply(x, weight, leading)


class _Product(torch.autograd.Function):
    """`product` and its gradient; beyond the leading rows, there is none."""

    @staticmethod
    def forward(context: Any, x: Tensor, weight: Tensor, leading: int) -> Tensor:
        rows = x[:leading]
        blocked = _blocked(rows)
        context.save_for_backward(rows, blocked, weight)
        context.height = len(x)
        return _times(rows, blocked, weight, len(x))

    @staticmethod
    def backward(context: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        rows, blocked, weight = context.saved_tensors
        upstream = upstream[: len(rows)]
        blocked_upstream = _blocked(upstream)
        of_x = _times(upstream, blocked_upstream, weight.T, context.height) if context.needs_input_grad[0] else None
        return of_x, _transposed_times(rows, blocked, upstream, blocked_upstream), None


def _blocked(rows: Tensor) -> Tensor | None:
    """Return the rows that oneDNN multiplies, in its form; None where MKL multiplies them all."""
    first = len(rows) // ROWS * ROWS
    fast = IS_MKL_SLOW and first and rows.dtype == torch.float32 and rows.device.type == "cpu"
    return rows[:first].to_mkldnn() if fast else None


def _times(rows: Tensor, blocked: Tensor | None, weight: Tensor, height: int) -> Tensor:
    """Return the product of rows (m, d) with weight (d, k), zeros below it: shape (height, k)."""
    out = rows.new_empty(height, weight.shape[1])
    first = 0
    if blocked is not None:
        first = len(blocked)
        out[:first] = functional.linear(blocked, weight.T.contiguous().to_mkldnn()).to_dense()  # takes it transposed
    torch.mm(rows[first:], weight, out=out[first : len(rows)])
    out[len(rows) :] = 0
    return out


def _transposed_times(rows: Tensor, blocked: Tensor | None, other: Tensor, blocked_other: Tensor | None) -> Tensor:
    """Return the product of rows (m, d), transposed, with other rows (m, k): shape (d, k)."""
    if blocked is None:
        return rows.T @ other
    like = rows.new_empty(other.shape[1], rows.shape[1])
    whole = torch.ops.aten.mkldnn_linear_backward_weights(blocked_other, blocked, like, False)[0]
    return torch.addmm(whole.T, rows[len(blocked) :].T, other[len(blocked) :])


def _is_mkl_slow() -> bool:
    """Return whether torch's own products leave half of the processor unused.

    MKL takes 512-bit instructions on Intel's processors alone; oneDNN, also in torch, wherever they are.
    """
    if torch.backends.cpu.get_cpu_capability() != "AVX512" or not torch.backends.mkldnn.is_available():
        return False
    return "GenuineIntel" not in Path("/proc/cpuinfo").read_text()


IS_MKL_SLOW = _is_mkl_slow()
