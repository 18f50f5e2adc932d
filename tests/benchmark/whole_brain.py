"""A simulated whole brain on one machine: 250,000 spots, 1.3 billion factored connections, every stage timed.

    .venv/bin/python tests/benchmark/whole_brain.py --folder FOLDER [--output docs/benchmarks/whole_brain.csv]

Every stage is a process of its own, as in the pipeline; training takes 200 steps of 64 seeds in place of whole epochs.
"""

import csv
import os
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
SPOTS, GENES, AREAS = 250_000, 1_122, 60
THRESHOLD = 0.495  # of the simulated correlations between regions: 1.3 billion pairs of spots are above it
WIDTHS, STEPS, THREADS = "256,64,16", 200, 2
COLUMNS = ("stage", "seconds", "peak_mb")


def train_some(folder: Path) -> None:
    """Train for `STEPS` steps and save the model; the time per step goes to the log."""
    import anndata

    from spacon.cli.command import keep_freed_memory, set_threads
    from spacon.cli.numerics import set_numerics
    from spacon.graphs.graph import read_graph

    set_threads(THREADS)
    set_numerics("portable")
    keep_freed_memory()
    from spacon.model.files import save_model
    from spacon.model.network import Shape, SpaCon
    from spacon.model.sampling import Incoming, Sampler, incoming
    from spacon.model.training import Features, batches, optimiser, repeatable, update
    from spacon.parameters import Procedure

    repeatable(1, THREADS, "cpu")
    spots = anndata.read_h5ad(folder / "spots.h5ad")
    model = SpaCon(Shape(spots.n_vars, [int(width) for width in WIDTHS.split(",")], "concat", 0.1)).train()
    procedure = Procedure(1, 64, [20, 10, 10], 1e-4, 1e-4, 5.0)
    adam = optimiser(model, procedure)
    near = Incoming.of(read_graph(folder / "spatial_graph.npz"))
    sampler = Sampler(incoming(read_graph(folder / "connection_graph.npz")), near, procedure.fanouts, seed=1)
    started, losses, reached = time.perf_counter(), [], 0
    for x, *edges, _ in islice(batches(sampler, Features(spots.X, "cpu"), procedure.batch_size, "cpu"), STEPS):
        losses.append(update(model, adam, x, *edges, procedure.gradient_clip)[0].item() / x.numel())
        reached += len(x)
    seconds = (time.perf_counter() - started) / STEPS
    click.echo(
        f"{STEPS} steps, {seconds:.3f} s a step, {reached // STEPS} spots a step, "
        f"loss {losses[0]:.3f} to {losses[-1]:.3f}"
    )
    save_model(model, folder / "model.safetensors")


def commands(folder: Path) -> dict[str, list[str]]:
    """Return the command line of every stage, in their order; the first makes the data."""

    def script(name: str, *options: object) -> list[str]:
        words = [str(folder / option) if isinstance(option, Path) else str(option) for option in options]
        return [sys.executable, str(ROOT / "bin" / f"{name}.py"), *words]

    made, spots, connectivity = Path("expression.h5ad"), Path("spots.h5ad"), Path("connectivity.npz")
    near, wired = Path("spatial_graph.npz"), Path("connection_graph.npz")
    model, embedding, mix, clusters = (
        Path("model.safetensors"),
        Path("embedding.npz"),
        Path("mix.npz"),
        Path("c.npz"),
    )
    graphs = ["--expression", spots, "--spatial-graph", near, "--connection-graph", wired]
    rule = ["--connectivity-threshold", THRESHOLD, "--retained-fraction", 1]
    source = ["--region-diagonal", "given", "--lag", 1, "--connection-direction", "rows", "--negative", "keep"]
    source += ["--connectivity-transform", "none"]
    size = ["--n-spots", SPOTS, "--n-genes", GENES, "--n-areas", AREAS, "--difficulty", 0.5, "--simulation-seed", 1]
    clustering = ["--expression", spots, "--mix", mix, "--cluster-method", "leiden", "--resolution", 0.75]
    return {
        "simulation": script("cortex", *size, "--factored", "--expression", made, "--connectivity", connectivity),
        "preprocessing": script(
            "preprocess", "--sample", "brain", "--expression", made, "--expression-from", "X",
            "--expression-values", "auto", "--hvg-above", 5000, "--n-top-genes", 3000,
            "--flip", "none", "--no-swap-xy", "--output", spots,
        ),
        "spatial graph": script(
            "spatial_graph", "--expression", spots, "--spatial-rule", "knn", "--spatial-neighbors", 15, "--self-loops",
            "--output", near,
        ),
        "connection graph": script(
            "connection_graph", "--expression", spots, "--connectivity", connectivity, *source, *rule,
            "--threads", THREADS, "--output", wired, "--summary", Path("connection_graph.json"),
        ),
        f"training, {STEPS} steps": [sys.executable, __file__, "--folder", str(folder), "--train"],
        "embedding, all edges": script(
            "embed", *graphs, "--model", model, "--no-reconstruction", "--device", "cpu", "--precision", "float32",
            "--threads", THREADS, "--output", embedding,
        ),
        "neighbours": script(
            "neighbors", "--embedding", embedding, "--alpha", 0.5, "--cluster-neighbors", 40, "--seed", 1,
            "--threads", THREADS, "--output", mix,
        ),
        "UMAP": script("layout", "--mix", mix, "--output", Path("layout.npz")),
        "clusters": script("cluster", *clustering, "--refine-neighbors", 0, "--output", clusters),
        "clusters and refinement": script("cluster", *clustering, "--refine-neighbors", 25, "--output", clusters),
    }  # fmt: skip


def measured(command: list[str]) -> tuple[float, float]:
    """Run a command; return its seconds and its peak memory in MB."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "bin")}
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise click.ClickException(f"{' '.join(command)} failed")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


@click.command()
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Of what is made, 6 GB."
)
@click.option(
    "--output", type=click.Path(path_type=Path), default=ROOT / "docs/benchmarks/whole_brain.csv", help="Table."
)
@click.option("--from-stage", help="Start with this stage, on what an earlier run left in the folder.")
@click.option("--train", is_flag=True, help="Only train; used by the run itself.")
def main(folder: Path, output: Path, from_stage: str | None, train: bool) -> None:
    """Run every stage and write a row of each as it ends."""
    if train:
        train_some(folder)
        return
    folder.mkdir(parents=True, exist_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    stages = commands(folder)
    first = list(stages).index(from_stage) if from_stage else 0
    if not first:
        output.write_text(",".join(COLUMNS) + "\n")
    for name, command in islice(stages.items(), first, None):
        seconds, peak = measured(command)
        click.echo(f"{name}: {seconds:.1f} s, {peak:.0f} MB", err=True)
        if name == "simulation":  # makes the data; no stage of the pipeline
            continue
        with output.open("a", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow((name, f"{seconds:.1f}", f"{peak:.0f}"))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "bin"))
    main()
