#!/usr/bin/env python3
"""Measure this pipeline against the published package, and write the results, their tables and plots."""

import csv
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import click
import settings
from cases import OTHERS, STAGES, Stage, inputs_kind
from inputs import made
from machine import Others, describe

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COLUMNS = ("stage", "spots", "implementation", "repeat", "seconds", "baseline_mb", "peak_mb", "others", "note")
PEER_PACKAGES = ("torch==2.10.0", "torch-geometric==2.8.1", "scanpy", "anndata", "igraph", "leidenalg")
PEER = "spacon==0.1.3"
# How far the two may differ: chance decides which spots a step reaches, rounding the last digits of an embedding.
TOLERANCE = {"step_spots": 0.1, "step_loss": 0.05, "spatial": 1e-4, "connection": 1e-4}

# Times that a measurement is made before one that others disturbed is taken.
TRIES = 3

Row = dict[str, object]


def peer_python(folder: Path, wheels: Path | None) -> Path:
    """Return the Python of the peer environment, making it from the registry and the wheels if it is not there."""
    python, finished = folder / "bin" / "python", folder / "finished"
    if not finished.exists():
        if wheels is None:
            raise click.UsageError(f"there is no peer environment in {folder}; make it by --wheels FOLDER (README.md)")
        uv = str(Path(sys.executable).with_name("uv"))
        install = [uv, "pip", "install", "--python", str(python)]
        subprocess.run([uv, "venv", "--clear", "--python", "3.11", str(folder)], check=True)
        subprocess.run([*install, *PEER_PACKAGES, *map(str, sorted(wheels.glob("*.whl")))], check=True)
        subprocess.run([*install, "--no-deps", PEER], check=True)
        finished.touch()
    return python


def measured(python: Path, script: str, stage: str, folder: Path, *options: str) -> dict:
    """Run one measurement in a process of its own and return what it printed; once more if others kept it from work."""
    threads = {f"{name}_NUM_THREADS": str(settings.THREADS) for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    environment = os.environ | threads | {"PYTHONWARNINGS": "ignore"}
    line = [python, HERE / script, stage, folder, *options]
    for _ in range(TRIES):
        with Others() as others:
            done = subprocess.run(line, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise click.ClickException(f"{script} {stage} {folder} failed:\n{done.stderr}")
        found = json.loads(done.stdout.splitlines()[-1]) | {"others": others.share}
        disturbed = f"; others used {others.share:.0%} of the processor" if others.share > OTHERS else ""
        click.echo(f"{stage} {folder.name} {script}: {found['seconds']:.4g} s, {found['peak_mb']:.0f} MB{disturbed}")
        if not disturbed:
            break
    return found


def compare(ours: dict, peer: dict) -> None:
    """Raise unless both did the same work: a benchmark of different work is void."""
    for name, value in ours.items():
        if not math.isclose(value, peer[name], rel_tol=TOLERANCE.get(name, 0)):
            raise click.ClickException(f"the two did not do the same: {name} is {value} here and {peer[name]} there")


def measure(stage: Stage, n: int, folder: Path, pythons: dict[str, Path], wanted: int, embeddings: Path) -> list[Row]:
    """Run both sides in turn and return one row a run, or one with the reason where the peer is not run."""
    sides = [side for side in pythons if side == "ours" or n in stage.peer_sizes]
    rows: list[Row] = []
    for repeat in range(1, stage.repeats(n, wanted) + 1):
        checks = {}
        for side in sides:
            options = ("--seed", str(repeat))
            if stage.name == "whole":
                options += ("--embedding", str(embeddings / f"{side}-{repeat}.npz"))
            found = measured(pythons[side], f"{side}.py", stage.name, folder, *options)
            checks[side] = found.pop("check")
            note = ", ".join(f"{name} {value:g}" for name, value in checks[side].items() if "crc" not in name)
            rows.append(_row(stage, n, side, note, repeat=repeat, **found))
        if len(checks) == 2:
            compare(checks["ours"], checks["peer"])
    if "peer" not in sides:
        rows.append(_row(stage, n, "peer", stage.why_not))
    return rows


def _row(stage: Stage, n: int, side: str, note: str, **numbers: object) -> Row:
    return {"stage": stage.name, "spots": n, "implementation": side, "note": note} | {
        name: f"{value:.5g}" if isinstance(value, float) else value for name, value in numbers.items()
    }


def replace_rows(path: Path, stage: str, n: int, rows: list[Row]) -> None:
    """Put the rows of one stage and size into the table of results, in place of those that it had."""
    kept: list[Row] = []
    if path.exists():
        with path.open(newline="") as file:
            kept = [row for row in csv.DictReader(file) if (row["stage"], row["spots"]) != (stage, str(n))]
    order = list(STAGES)
    kept = [row for row in kept if row["stage"] in order]  # a stage may have gone
    kept = sorted(kept + rows, key=lambda row: (order.index(str(row["stage"])), int(str(row["spots"]))))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)


@click.command()
@click.option("--wheels", type=click.Path(exists=True, file_okay=False, path_type=Path), help="torch-scatter, -sparse.")
@click.option("--peer", type=click.Path(path_type=Path), default=ROOT / "tests/.cache/benchmark/peer", help="Its venv.")
@click.option("--data", type=click.Path(path_type=Path), default=ROOT / "tests/.cache/benchmark", help="Input files.")
@click.option("--output", type=click.Path(path_type=Path), default=ROOT / "docs/benchmarks", help="Results.")
@click.option("--repeats", type=click.IntRange(min=1), default=5, help="Runs of each side, in turn.")
@click.option("--stage", "stages", type=click.Choice([*STAGES]), multiple=True, help="Repeatable; default: all.")
@click.option("--spots", type=int, multiple=True, help="Only these sizes; repeatable.")
def main(
    wheels: Path | None, peer: Path, data: Path, output: Path, repeats: int, stages: tuple[str, ...], spots: tuple
) -> None:
    """Measure both sides, a stage and a size at a time; earlier results stay unless they are measured again."""
    pythons = {"ours": Path(sys.executable), "peer": peer_python(peer, wheels)}
    embeddings = data / "embeddings"
    for folder in (data, output, embeddings):
        folder.mkdir(parents=True, exist_ok=True)
    for stage in (STAGES[name] for name in stages or STAGES):
        for n in (n for n in stage.sizes if not spots or n in spots):
            folder = made(data, inputs_kind(stage, n), n)
            rows = measure(stage, n, folder, pythons, repeats, embeddings)
            replace_rows(output / "results.csv", stage.name, n, rows)
    (output / "machine.json").write_text(json.dumps(describe(pythons["peer"]), indent=2) + "\n")
    following = [["agreement.py", data, output]] if not stages or "whole" in stages else []
    if not stages:
        following += [["pipeline.py", "--data", data, "--output", output], ["profiling.py", "table", data, output]]
    for script, *options in [*following, ["tables.py", output], ["plots.py", output]]:
        subprocess.run([sys.executable, HERE / script, *options], check=True)


if __name__ == "__main__":
    main()
