#!/usr/bin/env python3
"""The pipeline itself at the sizes for growth, one task at a time: each stage's seconds and memory from the trace.

    .venv/bin/python tests/benchmark/pipeline.py [--data FOLDER] [--output docs/benchmarks]

Start, imports, reading and writing of every stage count. Training takes one epoch.
"""

import csv
import subprocess
import tempfile
from pathlib import Path

import click
import settings
from cases import GROWTH_SIZES
from inputs import made

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ("stage", "spots", "seconds", "peak_mb")
# Every task takes all cores, so that none runs beside another; the trace in numbers without units.
ALONE = f"process {{ withName: '.*' {{ cpus = {settings.THREADS} }} }}\ntrace.raw = true\n"


def command(inputs: Path, folder: Path) -> list[str]:
    """Return the command line of a run on `inputs`, with all that it makes in `folder`; writes what it reads there."""
    sheet, alone = folder / "samples.csv", folder / "alone.config"
    sheet.write_text(f"sample,expression,connectivity\ncortex,{inputs / 'counts.h5ad'},{inputs / 'connectivity.npz'}\n")
    alone.write_text(ALONE)
    parameters = {
        "input": sheet,
        "outdir": folder / "results",
        "spatial_neighbors": settings.NEIGHBORS,
        "widths": ",".join(map(str, settings.WIDTHS)),
        "epochs": 1,
        "alphas": "0.5",
        "resolutions": settings.RESOLUTION,
        "refine_neighbors": settings.REFINE_NEIGHBORS,
    }
    options = [word for name, value in parameters.items() for word in (f"--{name}", str(value))]
    nextflow = [ROOT / "nextflow", "-log", folder / "log", "run", ROOT, "-c", alone, "-work-dir", folder / "work"]
    return [*map(str, nextflow), "-ansi-log", "false", *options]


def stages(trace: Path, n: int) -> list[tuple[str, int, str, str]]:
    """Return a row for every task of a trace."""
    with trace.open(newline="") as file:
        tasks = sorted(csv.DictReader(file, delimiter="\t"), key=lambda task: int(task["task_id"]))
    return [
        (
            task["name"].split()[0].split(":")[-1].lower(),
            n,
            f"{int(task['realtime']) / 1e3:.1f}",
            f"{int(task['peak_rss']) / 1e6:.0f}",
        )
        for task in tasks
    ]


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=ROOT / "tests/.cache/benchmark", help="Input files.")
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "docs/benchmarks", help="Results.")
def main(data: Path, output: Path) -> None:
    """Write OUTPUT/pipeline.csv."""
    rows = []
    for n in GROWTH_SIZES:
        inputs = made(data, "wired", n).resolve()
        with tempfile.TemporaryDirectory(dir=data) as folder:
            subprocess.run(command(inputs, Path(folder).resolve()), cwd=folder, check=True)
            rows += stages(Path(folder) / "results/pipeline_info/trace.txt", n)
    with (output / "pipeline.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


if __name__ == "__main__":
    main()
