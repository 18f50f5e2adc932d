#!/usr/bin/env python3
"""Where our time goes: each script's imports, reading, computing and writing, and the operations of a training step.

Writes `profile.md`. Given a script and its options, it runs that script, watched, and prints one line of JSON.
"""

import builtins
import json
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import settings
from measure import process_age
from scripts import BIN, pipeline

PARTS = ("imports", "reading", "computing", "writing")
TOP = 14


class Watch:
    """Seconds in imports, reading and writing (of calls within calls, the outermost counts), and to the first line."""

    def __init__(self) -> None:
        self.said: list[float] = []
        self.spent = dict.fromkeys(PARTS, 0.0)
        self.inside = False

    @contextmanager
    def counting(self, part: str) -> Iterator[None]:
        """Count the block for one part."""
        if self.inside:
            yield
            return
        self.inside, started = True, time.perf_counter()
        try:
            yield
        finally:
            self.inside = False
            self.spent[part] += time.perf_counter() - started

    def wrap(self, place: Any, name: str, part: str) -> None:
        """Count every call of `place.name`."""
        called: Callable = getattr(place, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            with self.counting(part):
                return called(*arguments, **options)

        setattr(place, name, watched)


def watched_script(script: str, arguments: list[str]) -> dict[str, float]:
    """Run a script of bin/ in this process and return the seconds of each part."""
    watch = Watch()
    watch.spent["imports"] = process_age()
    watch.wrap(builtins, "__import__", "imports")
    sys.path.insert(0, str(BIN))
    with watch.counting("imports"):
        import anndata
        import numpy as np
        import scipy.sparse

        from spacon import files, progress
    say = progress.say

    def said(line: str) -> None:
        watch.said.append(process_age())
        say(line)

    progress.say = said
    for place, name in (
        (anndata, "read_h5ad"),
        (np, "load"),
        (scipy.sparse, "load_npz"),
        (np.lib.npyio.NpzFile, "__getitem__"),
    ):
        watch.wrap(place, name, "reading")
    replacing = files.replacing

    @contextmanager
    def timed(path: Path) -> Iterator[Path]:
        with watch.counting("writing"), replacing(path) as temporary:
            yield temporary

    files.replacing = timed
    sys.argv = [script, *arguments]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
    total = process_age()
    watch.spent["computing"] = total - sum(watch.spent.values())
    return watch.spent | {"total": total, "first": watch.said[0]}


def script_rows(data: Path) -> Iterator[list[str]]:
    """Run the pipeline's scripts, watched, at the published run's size; yield one row of the table each."""
    from inputs import made

    inputs = made(data, "dense", settings.SEED_SPOTS)
    with tempfile.TemporaryDirectory(dir=data) as outputs:
        for name, (python, script, *arguments) in pipeline(inputs, Path(outputs), 1).items():
            line = [python, str(Path(__file__)), "script", script, *arguments]
            done = subprocess.run(line, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            spent = json.loads(done.stdout.splitlines()[-1])
            shares = (f"{spent[part] / spent['total']:.0%}" for part in PARTS)
            yield [f"{name}.py", f"{spent['total']:.1f}", f"{spent['first']:.1f}", *shares]


def step_parts(folder: Path) -> Iterator[list[str]]:
    """Yield what a training step takes in all, in drawing and reading its spots, and in the model."""
    import ours

    from spacon.model import training

    update, spent = training.update, []

    def timed(*arguments: Any) -> Any:
        started = time.perf_counter()
        result = update(*arguments)
        spent.append(time.perf_counter() - started)
        return result

    training.update = timed
    total = ours.timed_training(folder, 1)[1].seconds
    training.update = update
    model = sum(spent[settings.WARM_UP :]) / settings.TIMED
    for name, part in (("drawing and reading a step's spots", total - model), ("the model", model)):
        yield [name, f"{part * 1e3:.1f}", f"{part / total:.0%}"]


def step_operations(folder: Path) -> Iterator[list[str]]:
    """Yield the operations of torch that take most of a training step, one row each."""
    import ours
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], acc_events=True) as profiler:
        ours.timed_training(folder, 1)
    events = profiler.key_averages()
    total = sum(each.self_cpu_time_total for each in events)
    steps = settings.WARM_UP + settings.TIMED
    for each in sorted(events, key=lambda each: -each.self_cpu_time_total)[:TOP]:
        part = each.self_cpu_time_total
        yield [f"`{each.key}`", f"{part / 1e3 / steps:.1f}", f"{part / total:.0%}", f"{each.count / steps:.0f}"]


def markdown(header: list[str], rows: Iterator[list[str]]) -> str:
    """Return a table, numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


@click.group()
def main() -> None:
    """See the module."""


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("path")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def script(path: str, arguments: tuple[str, ...]) -> None:
    """Run one script, watched."""
    print(json.dumps(watched_script(path, list(arguments))))


@main.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.argument("output", type=click.Path(exists=True, path_type=Path))
def table(data: Path, output: Path) -> None:
    """Write OUTPUT/profile.md."""
    from inputs import made
    from ours import prepare

    prepare()
    folder = made(data, "dense", settings.SEED_SPOTS)
    size = f"{settings.SEED_SPOTS:,} spots x {settings.GENES:,} genes"
    page = f"""# Where our time goes

Made by tests/benchmark/profiling.py at {size}, {settings.THREADS} threads.

## Scripts

Seconds of each script from its start to its end and to the first line that it writes, and the shares of the whole.
*Imports* are Python's start and its libraries; *computing* includes the reading of a memory-mapped matrix.

{markdown(["script", "seconds", "first line", *PARTS], script_rows(data))}
## A training step

{markdown(["part", "ms per step", "share"], step_parts(folder))}
Operations of torch by their own time, from torch.profiler, which slows the step:

{markdown(["operation", "ms per step", "share", "calls per step"], step_operations(folder))}"""
    (output / "profile.md").write_text(page)


if __name__ == "__main__":
    main()
