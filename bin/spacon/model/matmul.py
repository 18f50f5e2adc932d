"""Products of dense matrices, which are most of a training step, by the library that is faster on this processor."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

# oneDNN prepares its code for every number of rows anew, which takes half the time of the product: so it is given
# multiples of this, of which steps have few; the rows that are wanting are zero.
ROWS = 256
# From 6,400 rows on, its gradient of a weight (version 3.7.1, AVX2, two threads or more) writes beyond the memory that
# it asked for, which ends in a crash or in wrong numbers: products of more rows than this are added up from parts.
MAX_ROWS = 4096


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
        rows = _prepared(x[:leading])
        context.save_for_backward(rows, weight)
        context.height, context.leading = len(x), leading
        return _times(rows, weight, leading, len(x))

    @staticmethod
    def backward(context: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        rows, weight = context.saved_tensors
        leading = context.leading
        prepared = _prepared(upstream[:leading])
        of_x = _times(prepared, weight.T, leading, context.height) if context.needs_input_grad[0] else None
        return of_x, _transposed_times(rows, prepared), None


def _prepared(rows: Tensor) -> Tensor:
    """Return rows as oneDNN multiplies them, zeros below them; as they are where MKL multiplies them."""
    if not (IS_MKL_SLOW and len(rows) and rows.dtype == torch.float32 and rows.device.type == "cpu"):
        return rows
    padded = rows.new_zeros(-(-len(rows) // ROWS) * ROWS, rows.shape[1])
    padded[: len(rows)] = rows
    return padded.to_mkldnn()


def _times(rows: Tensor, weight: Tensor, leading: int, height: int) -> Tensor:
    """Return the product of prepared rows (leading, d) with weight (d, k), zeros below it: shape (height, k)."""
    out = weight.new_empty(height, weight.shape[1])
    if rows.is_mkldnn:
        out[:leading] = functional.linear(rows, weight.T.contiguous().to_mkldnn()).to_dense()[:leading]
    else:
        torch.mm(rows, weight, out=out[:leading])
    out[leading:] = 0
    return out


def _transposed_times(rows: Tensor, other: Tensor) -> Tensor:
    """Return the product of prepared rows (m, d), transposed, with other ones (m, k): shape (d, k)."""
    if not rows.is_mkldnn:
        return rows.T @ other
    if len(rows) <= MAX_ROWS:
        return _of_few_rows(other, rows).T
    parts = zip(rows.to_dense().split(MAX_ROWS), other.to_dense().split(MAX_ROWS), strict=True)
    total = torch.zeros(other.shape[1], rows.shape[1])
    for of_rows, of_other in parts:
        total += _of_few_rows(of_other.to_mkldnn(), of_rows.to_mkldnn())
    return total.T


def _of_few_rows(upstream: Tensor, rows: Tensor) -> Tensor:
    """Return the product of upstream (m, k), transposed, with rows (m, d): shape (k, d); m is at most MAX_ROWS."""
    like = torch.empty(upstream.shape[1], rows.shape[1])
    return torch.ops.aten.mkldnn_linear_backward_weights(upstream, rows, like, False)[0]


def _is_mkl_slow() -> bool:
    """Return whether torch's own products leave half of the processor unused, or more.

    MKL takes 512-bit instructions on Intel's processors alone, oneDNN wherever they are; and in portable numerics
    (cli/numerics.py) MKL is held to its oldest way.
    """
    if not torch.backends.mkldnn.is_available():
        return False
    if os.environ.get("MKL_CBWR") == "COMPATIBLE":
        return True
    is_wide = torch.backends.cpu.get_cpu_capability() == "AVX512"
    return is_wide and "GenuineIntel" not in Path("/proc/cpuinfo").read_text()


IS_MKL_SLOW = _is_mkl_slow()
