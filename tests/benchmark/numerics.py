#!/usr/bin/env python3
"""What portable numbers cost: every script at the published run's size, portable and fast in turn.

.venv/bin/python tests/benchmark/numerics.py [--output docs/benchmarks] [--runs 2]
"""

import csv
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import click
from scripts import cortex, pipeline
from settings import SEED_SPOTS

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ("numerics", "run", "stage", "seconds")
SEED = 1


def timed(folder: Path, numerics: str) -> Iterator[tuple[str, float]]:
    """Yield each script and its seconds; training's once more with one epoch, so that a step's can be told."""
    with tempfile.TemporaryDirectory(dir=folder) as outputs:
        for stage, line in pipeline(folder, Path(outputs), SEED).items():
            yield stage, _seconds([*line, "--numerics", numerics])
            if stage == "train":
                yield "train_one_epoch", _seconds([*line, "--numerics", numerics, "--epochs", "1"])


def _seconds(line: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(line, check=True, capture_output=True)
    return time.perf_counter() - start


@click.command()
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "docs/benchmarks", help="Results.")
@click.option("--runs", type=int, default=2, help="Of each kind, in turn.")
def main(output: Path, runs: int) -> None:
    """Write OUTPUT/numerics.csv."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(cortex(Path(folder), SEED_SPOTS, factored=False), check=True, capture_output=True)
        rows = [
            (numerics, run, stage, f"{seconds:.2f}")
            for run, numerics in product(range(1, runs + 1), ("portable", "fast"))
            for stage, seconds in timed(Path(folder), numerics)
        ]
    with (output / "numerics.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


if __name__ == "__main__":
    main()
