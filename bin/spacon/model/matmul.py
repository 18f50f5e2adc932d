"""Products of dense matrices, which are most of a training step, by the library that is faster on this processor."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


def product(x: Tensor, weight: Tensor, leading: int) -> Tensor:
    """Return x (n, inputs), whose rows from `leading` on are zero, times weight (inputs, outputs)."""
    if not torch.is_grad_enabled():
        return _times(x, weight)
    apply: Callable[..., Tensor] = _Product.apply
    return apply(x, weight, leading)


class _Product(torch.autograd.Function):
    """`product` and its gradient; beyond the leading rows, there is none."""

    @staticmethod
    def forward(context: Any, x: Tensor, weight: Tensor, leading: int) -> Tensor:
        rows = x[:leading]
        context.save_for_backward(rows, weight)
        context.height = len(x)
        return _with_zeros(_times(rows, weight), len(x))

    @staticmethod
    def backward(context: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        rows, weight = context.saved_tensors
        upstream = upstream[: len(rows)]
        of_x = _with_zeros(_times(upstream, weight.T), context.height) if context.needs_input_grad[0] else None
        return of_x, _times(rows.T, upstream), None


def _with_zeros(rows: Tensor, height: int) -> Tensor:
    """Return rows (m, k) with zeros below them, shape (height, k)."""
    if len(rows) == height:
        return rows
    out = rows.new_empty(height, rows.shape[1])
    out[: len(rows)] = rows
    out[len(rows) :] = 0
    return out


def _times(left: Tensor, right: Tensor) -> Tensor:
    """Return the product of left (m, d) and right (d, k)."""
    if not (IS_MKL_SLOW and left.numel() and left.dtype == torch.float32 and left.device.type == "cpu"):
        return left @ right
    # oneDNN's product of plain arrays; torch's other ways to it copy them into a layout of its own, and back.
    made: Tensor = torch.ops.mkldnn._linear_pointwise(left, right.T, None, "none", [], "")
    return made


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
