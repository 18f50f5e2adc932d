"""Training and embedding on a GPU beside the CPU of the same machine: time, memory, and whether the numbers agree.

    .venv/bin/python tests/benchmark/gpu.py --data FOLDER [--kind wired --spots 100000] [--output TABLE]

Inputs are made in the folder if they are not there (inputs.py). One row per device and precision.
"""

import csv
import hashlib
import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import settings
from scripts import BIN

sys.path.insert(0, str(BIN))

from spacon.cli.command import keep_freed_memory, set_threads
from spacon.cli.numerics import set_numerics

COLUMNS = ("spots", "device", "precision", "step_ms", "step_spots", "mean_squared_error", "embedding_ms", "peak_mb")


def procedure(epochs: int) -> Any:
    """Return the published procedure with so many epochs."""
    from spacon.parameters import Procedure

    rates = settings.LEARNING_RATE, settings.WEIGHT_DECAY, settings.GRADIENT_CLIP
    return Procedure(epochs, settings.BATCH_SIZE, list(settings.FANOUTS), *rates)


def shape(genes: int, dropout: float = settings.DROPOUT) -> Any:
    """Return the published shape of the model."""
    from spacon.model.network import Shape

    return Shape(genes, list(settings.WIDTHS), "concat", dropout)


def row(spots: Any, graphs: tuple[Any, Any], device: str, precision: str) -> dict[str, object]:
    """Time steps of training and one embedding, each until the GPU has ended it."""
    import torch
    from measure import EnoughError, StepClock

    from spacon.model.embedding import embed
    from spacon.model.training import repeatable, train

    def tick() -> None:
        if device == "cuda":
            torch.cuda.synchronize()
        clock.tick()

    repeatable(1, settings.THREADS, device, precision)
    torch.cuda.reset_peak_memory_stats()
    clock = StepClock()
    with suppress(EnoughError):
        train(spots.X, *graphs, shape(spots.n_vars), procedure(1_000), seed=1, device=device, on_step=tick)
    model = untrained(spots.n_vars).to(device)
    embed(model, spots.X, *graphs, device, reconstruction=False)  # the first makes kernels
    started = time.perf_counter()
    embed(model, spots.X, *graphs, device, reconstruction=False)
    seconds = time.perf_counter() - started
    peak = torch.cuda.max_memory_allocated() / 1e6 if device == "cuda" else float("nan")
    seen = clock.check()
    numbers = spots.n_obs, device, precision, 1e3 * clock.seconds, seen["step_spots"], seen["step_loss"]
    return dict(zip(COLUMNS, (*numbers, 1e3 * seconds, peak), strict=True))


def untrained(genes: int, dropout: float = settings.DROPOUT) -> Any:
    """Return a model with the weights of seed 1, in evaluation mode."""
    import torch

    from spacon.model.network import SpaCon

    torch.manual_seed(1)
    return SpaCon(shape(genes, dropout)).eval()


def differences(spots: Any, graphs: tuple[Any, Any]) -> dict[str, float]:
    """Compare one step without dropout and one embedding on both devices; largest differences, of the largest value."""
    import torch

    from spacon.model.embedding import embed
    from spacon.model.sampling import Incoming, Sampler, incoming
    from spacon.model.training import Features, batches, optimiser, repeatable, update

    found: dict[str, list[torch.Tensor]] = {}
    for device in ("cpu", "cuda"):
        repeatable(1, settings.THREADS, device)
        model = untrained(spots.n_vars, dropout=0.0).to(device)
        parts = embed(model, spots.X, *graphs, device, reconstruction=False)
        sampler = Sampler(incoming(graphs[1]), Incoming.of(graphs[0]), settings.FANOUTS, 1)
        *step, _ = next(batches(sampler, Features(spots.X, device), settings.BATCH_SIZE, device))
        loss, norm = update(model.train(), optimiser(model, procedure(1)), *step, settings.GRADIENT_CLIP)
        gradient = torch.cat([each.grad.flatten() for each in model.parameters()])
        found[device] = [*map(torch.from_numpy, parts.values()), loss.cpu(), norm.cpu(), gradient.cpu()]
    names = ("spatial embedding", "connection embedding", "loss", "norm of the gradient", "gradient")
    return {
        name: float((one - other).abs().max() / one.abs().max())
        for name, one, other in zip(names, found["cpu"], found["cuda"], strict=True)
    }


def repeats(spots: Any, graphs: tuple[Any, Any], precision: str) -> list[str]:
    """Train twice on the GPU with one seed; return a digest of the weights of each."""
    from spacon.model.training import repeatable, train

    digests = []
    for _ in range(2):
        repeatable(1, settings.THREADS, "cuda", precision)
        model, _ = train(spots.X, *graphs, shape(spots.n_vars), procedure(2), seed=1, device="cuda")
        weights = b"".join(each.detach().cpu().numpy().tobytes() for each in model.state_dict().values())
        digests.append(hashlib.sha256(weights).hexdigest())
    return digests


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="Of the inputs.")
@click.option("--kind", type=click.Choice(["dense", "wired"]), default="dense", help="Of inputs, as in inputs.py.")
@click.option("--spots", type=int, default=settings.SEED_SPOTS)
@click.option("--output", type=click.Path(path_type=Path), help="Table to add the rows to.")
def main(data: Path, kind: str, spots: int, output: Path | None) -> None:
    """Measure both devices and compare them."""
    set_threads(settings.THREADS)
    set_numerics("portable")
    keep_freed_memory()
    import anndata
    import torch
    from inputs import made

    from spacon.graphs.graph import read_graph

    if not torch.cuda.is_available():
        raise click.ClickException("torch sees no CUDA GPU here")
    click.echo(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {settings.THREADS} threads")
    folder = made(data, kind, spots)
    expression = anndata.read_h5ad(folder / "expression.h5ad")
    graphs = read_graph(folder / "spatial.npz"), read_graph(folder / "connection.npz")
    for device, precision in (("cuda", "float32"), ("cuda", "tf32"), ("cuda", "bfloat16"), ("cpu", "float32")):
        measured = row(expression, graphs, device, precision)
        click.echo(json.dumps(measured))
        if output:
            new = not output.exists()
            with output.open("a", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                if new:
                    writer.writeheader()
                writer.writerow(measured)
    click.echo(f"GPU against CPU, relative: {json.dumps(differences(expression, graphs))}")
    for precision in ("float32", "tf32", "bfloat16"):
        one, other = repeats(expression, graphs, precision)
        click.echo(f"two trainings, {precision}: {'equal bytes' if one == other else 'DIFFERENT'}")


if __name__ == "__main__":
    main()
