"""The published training procedure: sampled steps, summed squared error, Adam."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from spacon.ahead import ahead
from spacon.errors import InputError
from spacon.graphs.graph import Graph
from spacon.model.attention import Edges, on_device
from spacon.model.checkpoints import State
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


@dataclass
class Course:
    """All that training changes as it goes."""

    model: SpaCon
    adam: torch.optim.Adam
    steps_per_epoch: int
    steps: int = 0  # done
    # Of the sampler after the last step done; on a GPU, the sampler itself is a step ahead.
    drawn: Mapping[str, Any] = field(default_factory=dict)
    losses: list[Tensor] = field(default_factory=list)  # of the steps of this epoch
    entries: int = 0  # of the expression in them
    history: list[Epoch] = field(default_factory=list)

    def step_done(self, drawn: Mapping[str, Any]) -> None:
        """Count a step, and close the epoch if it was its last."""
        self.steps, self.drawn = self.steps + 1, drawn
        if self.steps % self.steps_per_epoch:
            return
        epoch, loss = len(self.history) + 1, sum(torch.stack(self.losses).tolist()) if self.losses else 0.0
        if not np.isfinite(loss):
            raise InputError(f"training diverged in epoch {epoch}: the loss is {loss}; lower learning_rate")
        self.history.append(Epoch(epoch, len(self.losses), loss, loss / self.entries))
        self.losses, self.entries = [], 0

    def state(self) -> State:
        """Return all of it, with torch's random numbers; the tensors are not copied."""
        tensors = {f"model/{name}": tensor for name, tensor in self.model.state_dict().items()}
        for number, moments in self.adam.state_dict()["state"].items():
            tensors |= {f"adam/{number}/{name}": tensor for name, tensor in moments.items()}
        tensors["random/cpu"] = torch.get_rng_state()
        if torch.cuda.is_available():
            tensors["random/cuda"] = torch.cuda.get_rng_state()
        if self.losses:
            tensors["losses"] = torch.stack(self.losses)
        values = {"steps": self.steps, "drawn": self.drawn, "entries": self.entries}
        return State(tensors, values | {"history": [asdict(epoch) for epoch in self.history]})

    def go_on(self, state: State) -> None:
        """Take up what `state` returned."""
        tensors, values = state
        self.model.load_state_dict(state.within("model/"))
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in state.within("adam/").items():
            number, moment = name.split("/")
            moments.setdefault(int(number), {})[moment] = tensor
        self.adam.load_state_dict(self.adam.state_dict() | {"state": moments})
        torch.set_rng_state(tensors["random/cpu"])
        if "random/cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random/cuda"])
        self.losses = list(tensors.get("losses", torch.empty(0)).to(next(self.model.parameters()).device))
        self.steps, self.drawn, self.entries = values["steps"], values["drawn"], values["entries"]
        self.history = [Epoch(**epoch) for epoch in values["history"]]


def train(
    expression: np.ndarray | sp.csr_matrix,
    spatial: sp.csr_matrix,
    connection: Graph,
    shape: Shape,
    procedure: Procedure,
    *,
    seed: int,
    device: str,
    begin: State | None = None,
    keep: Callable[[Callable[[], State]], None] = lambda _state: None,
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
        begin: what a training with the same arguments had come to, from which this one goes on to the same weights.
        keep: called after each step with what returns what training has come to.
        on_step: called after each step, for progress.

    Returns:
        The trained model, in evaluation mode, and one record an epoch. Memory: the data and graphs once, and two
        steps, one computed while the next is drawn; on a GPU, the expression stays there, dense.

    Raises:
        InputError: the loss is no number any more.
    """
    model = SpaCon(shape).to(device)
    sampler = Sampler(incoming(connection), Incoming.of(spatial), procedure.fanouts, seed)
    features = Features(expression, device)
    steps_per_epoch = -(-sampler.connection.n // procedure.batch_size)
    course = Course(model.train(), optimiser(model, procedure), steps_per_epoch)
    if begin:
        course.go_on(begin)
        sampler.generator.bit_generator.state = course.drawn
    while course.steps < procedure.epochs * steps_per_epoch:
        steps = batches(sampler, features, procedure.batch_size, device, course.steps % steps_per_epoch)
        # On a GPU, the next step is drawn while this one computes. On a CPU, drawing would take the cores away from it.
        for x, spatial_edges, connection_edges, drawn in ahead(steps) if device == "cuda" else steps:
            if len(x) > 1:  # one is a spot without a connection: nothing to learn, and batch norm needs two
                loss, _ = update(model, course.adam, x, spatial_edges, connection_edges, procedure.gradient_clip)
                course.losses.append(loss)
                course.entries += x.numel()
            course.step_done(drawn)
            keep(course.state)
            on_step()
    return model.eval(), course.history


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


def batches(
    sampler: Sampler, features: Features, size: int, device: str, first: int = 0
) -> Iterator[tuple[Tensor, Edges, Edges, Mapping[str, Any]]]:
    """Yield the steps of an epoch, from one of them on, with all that their backward passes look up.

    Of each step: the expression, both graphs, and the state of the sampler after it.
    """
    for step in sampler.steps(size, first):
        spatial_edges, connection_edges = Edges(step.spatial, device), Edges(step.connection, device)
        _ = spatial_edges.by_source, connection_edges.by_source
        yield features.rows(step.spots), spatial_edges, connection_edges, step.drawn
