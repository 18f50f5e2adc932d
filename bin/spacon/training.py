"""The published training procedure: sampled steps, summed squared error, Adam."""

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from spacon.checks import InputError
from spacon.model import Edges, Shape, SpaCon
from spacon.sampling import Incoming, Sampler, Step


@dataclass(frozen=True)
class Procedure:
    """How a model is trained; defaults stand in nextflow_schema.json alone."""

    epochs: int
    batch_size: int
    fanouts: list[int]
    learning_rate: float
    weight_decay: float
    gradient_clip: float


@dataclass(frozen=True)
class Epoch:
    """What one epoch left: the loss summed over its steps, and per spot and gene."""

    epoch: int
    steps: int
    loss: float
    mean_squared_error: float


def repeatable(seed: int, threads: int, device: str) -> None:
    """Make torch repeatable: the same inputs, parameters, seed, device and threads give the same numbers.

    On a GPU, an operation for which torch has no repeatable kernel is computed all the same, and the log names it.
    """
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # without it, cuBLAS's products are not repeatable
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=device == "cuda")
    # Filling memory before it is written guards against kernels that read it unwritten; it costs a tenth of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.manual_seed(seed)


def choose_device(wanted: str) -> str:
    """Return 'cpu' or 'cuda'; 'auto' takes the GPU where there is one.

    Raises:
        InputError: 'cuda' is wanted and there is none.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise InputError("device is 'cuda', but torch sees no CUDA GPU here; set device to 'auto' or 'cpu'")
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def optimiser(model: SpaCon, procedure: Procedure) -> torch.optim.Adam:
    """Return Adam with L2 weight decay."""
    return torch.optim.Adam(model.parameters(), lr=procedure.learning_rate, weight_decay=procedure.weight_decay)


def update(
    model: SpaCon, adam: torch.optim.Adam, x: Tensor, spatial: Edges, connection: Edges, clip: float
) -> tuple[float, float]:
    """Take one step on x (m, genes) and the two graphs among its m spots.

    Loss: squared error of the reconstruction, summed over spots and genes.

    Returns:
        The loss and the gradient's norm before it was clipped at `clip`.
    """
    adam.zero_grad()
    loss = (model(x, spatial, connection)[2] - x).square().sum()
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    adam.step()
    return loss.item(), norm.item()


def train(
    expression: np.ndarray | sp.csr_matrix,
    spatial: sp.csr_matrix,
    connection: sp.csr_matrix,
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
        spatial, connection: A[i, j] = 1 where spot i points at spot j, shape (n, n).
        shape: of the model.
        procedure: of the training.
        seed: of initial weights, sampling and dropout.
        device: 'cpu' or 'cuda'.
        on_step: called after each step, for progress.

    Returns:
        The trained model, in evaluation mode, and one record an epoch. Memory: the data and graphs once, and one step.
    """
    model = SpaCon(shape).to(device)
    adam = optimiser(model, procedure)
    sampler = Sampler(Incoming.of(connection), Incoming.of(spatial), procedure.fanouts, seed)
    history = []
    for epoch in range(1, procedure.epochs + 1):
        model.train()
        losses, entries = [], 0
        for step in sampler.steps(procedure.batch_size):
            on_step()
            if len(step.spots) == 1:  # wired to nothing: nothing to learn, and batch norm needs two
                continue
            x = rows(expression, step, device)
            edges = Edges(step.spatial, device), Edges(step.connection, device)
            losses.append(update(model, adam, x, *edges, procedure.gradient_clip)[0])
            entries += x.numel()
        history.append(Epoch(epoch, len(losses), sum(losses), sum(losses) / entries))
    return model.eval(), history


def rows(expression: np.ndarray | sp.csr_matrix, step: Step, device: str) -> Tensor:
    """Return the expression of a step's spots as a dense tensor (m, genes)."""
    block = expression[step.spots]
    return torch.from_numpy(block.toarray() if sp.issparse(block) else block).to(device)
