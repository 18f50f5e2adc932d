"""The published training procedure: sampled steps, summed squared error, Adam."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from spacon.errors import InputError
from spacon.graphs.graph import Graph
from spacon.model.ahead import ahead
from spacon.model.attention import Edges, on_device
from spacon.model.network import Shape, SpaCon
from spacon.model.sampling import Incoming, Sampler, incoming
from spacon.parameters import Procedure


@dataclass(frozen=True)
class Epoch:
    """What one epoch left: the loss summed over its steps, and per spot and gene."""

    epoch: int
    steps: int
    loss: float
    mean_squared_error: float


# In torch's words.
PRECISIONS = {"float32": "highest", "tf32": "high", "bfloat16": "medium"}


def repeatable(seed: int, threads: int, device: str, precision: str = "float32") -> None:
    """Make torch repeatable: the same inputs, parameters, seed, device and threads give the same numbers.

    Products of matrices are multiplied in the given precision, and summed in float32: tf32 keeps 10 bits of each factor
    (relative rounding 5e-4), bfloat16 7 (4e-3). On a CPU torch takes them where the processor has such instructions,
    but prepares a product anew for every number of rows, so that training, whose steps all differ, gains nothing.

    On a GPU, an operation for which torch has no repeatable kernel is computed all the same, and the log names it.
    """
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # without it, cuBLAS's products are not repeatable
    torch.set_num_threads(threads)
    # The same as use_deterministic_algorithms, which imports torch's compiler: half a second.
    torch.set_deterministic_debug_mode("warn" if device == "cuda" else "error")
    # Filling memory before it is written guards against kernels that read it unwritten; it costs a tenth of a step.
    setattr(torch.utils.deterministic, "fill_uninitialized_memory", False)  # noqa: B010 - it has no type
    torch.set_float32_matmul_precision(PRECISIONS[precision])
    torch.manual_seed(seed)


def choose_device(wanted: str) -> str:
    """Return 'cpu' or 'cuda'; 'auto' takes the GPU where there is one.

    Raises:
        InputError: 'cuda' is wanted and there is none.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise InputError("device is 'cuda', but torch sees no CUDA GPU here; write --device auto or --device cpu")
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def optimiser(model: SpaCon, procedure: Procedure) -> torch.optim.Adam:
    """Return Adam with L2 weight decay, all parameters in one pass."""
    rate, decay = procedure.learning_rate, procedure.weight_decay
    return torch.optim.Adam(model.parameters(), lr=rate, weight_decay=decay, fused=True)


class SquaredError(torch.autograd.Function):
    """The squared error summed over all entries. Its gradient is the error itself, kept and scaled in place."""

    @staticmethod
    def forward(context: Any, predicted: Tensor, wanted: Tensor) -> Tensor:
        error = predicted - wanted
        context.save_for_backward(error)
        return torch.dot(error.view(-1), error.view(-1))

    @staticmethod
    def backward(context: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        (error,) = context.saved_tensors
        return error.mul_(2 * upstream), None


def update(
    model: SpaCon, adam: torch.optim.Adam, x: Tensor, spatial: Edges, connection: Edges, clip: float
) -> tuple[Tensor, Tensor]:
    """Take one step on x (m, genes) and the two graphs among its m spots.

    Loss: squared error of the reconstruction, summed over spots and genes.

    Returns:
        The loss and the gradient's norm before it was clipped at `clip`, on the model's device: reading them off a
        GPU would make the next step wait for this one.
    """
    adam.zero_grad()
    apply: Callable[..., Tensor] = SquaredError.apply
    loss = apply(model(x, spatial, connection)[2], x)
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    adam.step()
    return loss.detach(), norm


def train(
    expression: np.ndarray | sp.csr_matrix,
    spatial: sp.csr_matrix,
    connection: Graph,
    shape: Shape,
    procedure: Procedure,
    *,
    seed: int,
    device: str,
    on_step: Callable[[], None] = lambda: None,
) -> tuple[SpaCon, list[Epoch]]:
    """Train a model.

    Args:
        expression: log-normalised, shape (n, genes), float32.
        spatial: A[i, j] = 1 where spot i points at spot j, shape (n, n).
        connection: the same, or a region graph, whose edges are never made.
        shape: of the model.
        procedure: of the training.
        seed: of initial weights, sampling and dropout.
        device: 'cpu' or 'cuda'.
        on_step: called after each step, for progress.

    Returns:
        The trained model, in evaluation mode, and one record an epoch. Memory: the data and graphs once, and two
        steps, one computed while the next is drawn; on a GPU, the expression stays there, dense.

    Raises:
        InputError: the loss is no number any more.
    """
    model = SpaCon(shape).to(device)
    adam = optimiser(model, procedure)
    sampler = Sampler(incoming(connection), Incoming.of(spatial), procedure.fanouts, seed)
    features = Features(expression, device)
    history = []
    for epoch in range(1, procedure.epochs + 1):
        model.train()
        losses, entries = [], 0
        steps = batches(sampler, features, procedure.batch_size, device)
        # On a GPU, the next step is drawn while this one computes. On a CPU, drawing would take the cores away from it.
        for x, spatial_edges, connection_edges in ahead(steps) if device == "cuda" else steps:
            on_step()
            if len(x) == 1:  # without a connection: nothing to learn, and batch norm needs two
                continue
            losses.append(update(model, adam, x, spatial_edges, connection_edges, procedure.gradient_clip)[0])
            entries += x.numel()
        loss = sum(torch.stack(losses).tolist()) if losses else 0.0
        if not np.isfinite(loss):
            raise InputError(f"training diverged in epoch {epoch}: the loss is {loss}; lower learning_rate")
        history.append(Epoch(epoch, len(losses), loss, loss / entries))
    return model.eval(), history


class Features:
    """The expression of all spots, of which steps take rows: on a GPU dense, on a CPU in the smaller form."""

    def __init__(self, expression: np.ndarray | sp.csr_matrix, device: str) -> None:
        self.device = device
        self.kept: sp.csr_matrix | Tensor = expression
        if isinstance(expression, np.ndarray):
            self.kept = torch.from_numpy(expression).to(device)
        # A stored entry takes 8 bytes where the matrix is sparse, 4 where it is dense.
        elif device != "cpu" or 2 * expression.nnz >= np.prod(expression.shape):
            self.kept = torch.from_numpy(expression.toarray()).to(device)

    def rows(self, spots: np.ndarray) -> Tensor:
        """Return the rows of some spots (m,) as a dense tensor (m, genes)."""
        if isinstance(self.kept, Tensor):
            return self.kept.index_select(0, on_device(spots, self.device))
        return torch.from_numpy(self.kept[spots].toarray())


def batches(sampler: Sampler, features: Features, size: int, device: str) -> Iterator[tuple[Tensor, Edges, Edges]]:
    """Yield the expression and both graphs of each step of an epoch, with all that its backward pass looks up."""
    for step in sampler.steps(size):
        spatial_edges, connection_edges = Edges(step.spatial, device), Edges(step.connection, device)
        _ = spatial_edges.by_source, connection_edges.by_source
        yield features.rows(step.spots), spatial_edges, connection_edges
