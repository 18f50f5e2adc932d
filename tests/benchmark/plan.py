#!/usr/bin/env python3
"""What --plan estimates against whole runs of the simulated cortex at three sizes: each stage's CPU seconds.

    .venv/bin/python tests/benchmark/plan.py [--output docs/benchmarks]

CPU time, as it hardly depends on what else the machine does: on a free one, a stage takes as long on its cores.
"""

import csv
import json
import subprocess
import tempfile
from math import prod
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ("spots", "stage", "tasks", "estimated", "measured")
COMMON = {"example": "cortex", "retained_fraction": 0.1, "connectivity_threshold": 0.2}
# Small with narrow layers, the size of the published run, and large with connectivity between regions.
RUNS: dict[int, dict[str, Any]] = {
    600: {"n_genes": 200, "widths": "64,32,16", "epochs": 15, "alphas": "0.5,0,1", "n_clusters": 12},
    3_372: {"n_genes": 1_122, "epochs": 3, "alphas": "0.5,1", "seeds": "1,2", "refine_neighbors": 25},
    20_000: {
        "n_genes": 500,
        "epochs": 1,
        "alphas": "0.5",
        "resolutions": "0.4,0.6",
        "factored": "true",
        "retained_fraction": 0.005,
    },
}
# The lists whose items, one by one, a stage's tasks compute between them.
ITEMS = {
    "train": ("seeds", "epochs"),
    "embed": ("seeds",),
    "neighbors": ("seeds", "alphas"),
    "layout": ("alphas",),
    "cluster": ("seeds", "alphas", "resolutions"),
    "evaluate": ("seeds", "alphas", "resolutions"),
    "report": ("seeds", "alphas", "resolutions"),
}


def run(folder: Path, parameters: dict[str, Any]) -> None:
    """Run the pipeline in a folder, the trace in numbers without units."""
    (folder / "raw.config").write_text("trace.raw = true\n")
    options = [word for name, value in parameters.items() for word in (f"--{name}", str(value))]
    command = [ROOT / "nextflow", "run", ROOT, "-c", "raw.config", "-ansi-log", "false", *options]
    subprocess.run(command, cwd=folder, check=True)


def items(stage: str, parameters: dict[str, Any]) -> int:
    """Return how many items the tasks of a stage compute between them."""
    numbers = {"epochs": parameters["epochs"]}
    for name in ("seeds", "alphas", "resolutions"):
        numbers[name] = len(str(parameters.get(name, 1)).split(","))
    return prod(numbers[name] for name in ITEMS.get(stage, ()))


def compared(folder: Path, parameters: dict[str, Any]) -> list[tuple[int, str, int, str, str]]:
    """Return a row for each stage of a finished run of which there is an estimate."""
    found = json.loads(next(folder.glob("work/*/*/validated.json")).read_text())
    with (folder / "results/pipeline_info/trace.txt").open(newline="") as file:
        tasks = list(csv.DictReader(file, delimiter="\t"))
    rows = []
    for stage, time in found["time_s"].items():
        own = [task for task in tasks if task["name"].split()[0].split(":")[-1].lower() == stage]
        estimated = time["cores"] * (len(own) * time["start"] + items(stage, parameters) * time["each"])
        measured = sum(int(task["realtime"]) / 1e3 * float(task["%cpu"]) / 100 for task in own)
        rows.append((found["spots"], stage, len(own), f"{estimated:.1f}", f"{measured:.1f}"))
    return rows


@click.command()
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "docs/benchmarks", help="Results.")
def main(output: Path) -> None:
    """Write OUTPUT/plan.csv."""
    rows = []
    for n, parameters in RUNS.items():
        with tempfile.TemporaryDirectory() as folder:
            run(Path(folder), COMMON | {"n_spots": n} | parameters)
            rows += compared(Path(folder), parameters)
    with (output / "plan.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


if __name__ == "__main__":
    main()
