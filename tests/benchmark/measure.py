"""One measurement in a process of its own: seconds and memory of one stage's work, printed as one line of JSON.

Used by ours.py and peer.py alike, so that both are measured the same way; needs only what both environments have.
Linux: memory is read, and its peak reset, through /proc/self.
"""

import argparse
import contextlib
import gc
import io
import json
import os
import statistics
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from settings import TIMED, WARM_UP

Check = dict[str, int | float]


class Clock:
    """Times what stands in its `with` block, and takes the resident memory before it and at its peak."""

    seconds: float

    def __enter__(self) -> "Clock":
        gc.collect()
        self.baseline = _status("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
        self.started = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self.started
        self.peak = _status("VmHWM")

    def report(self, **check: int | float) -> None:
        """Print the measurement; `check` holds what the other implementation must have got too."""
        print(
            json.dumps(
                {"seconds": self.seconds, "baseline_mb": self.baseline, "peak_mb": self.peak, "check": check},
            )
        )


def _status(field: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    raise KeyError(field)


def process_age() -> float:
    """Return the seconds since this process began, so that its imports are counted too."""
    began = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return float(Path("/proc/uptime").read_text().split()[0]) - began


class EnoughError(Exception):
    """As many steps are timed as are wanted."""


class StepClock:
    """Times training steps from outside: `tick` before each; the first few only warm up and are looked at."""

    def __init__(self) -> None:
        from torch.nn.modules.module import register_module_forward_hook

        self.count = 0
        self.spots: list[int] = []
        self.losses: list[float] = []
        self.hook = register_module_forward_hook(self._look)

    def _look(self, module: Any, inputs: tuple, output: Any) -> None:
        """Note a step's spots and mean squared error; both models take x first and return the reconstruction third."""
        if type(module).__name__ == "SpaCon":
            self.spots.append(len(inputs[0]))
            self.losses.append((output[2] - inputs[0]).square().mean().item())

    def tick(self) -> None:
        """Start or stop the clock where a step begins."""
        if self.count == WARM_UP:
            self.hook.remove()
            self.started = time.perf_counter()
        if self.count == WARM_UP + TIMED:
            self.seconds = (time.perf_counter() - self.started) / TIMED
            raise EnoughError
        self.count += 1

    def check(self) -> Check:
        """Return what the other implementation's steps must look like too, up to chance."""
        return {"step_spots": statistics.mean(self.spots), "step_loss": statistics.mean(self.losses)}


def edges_check(source: np.ndarray, target: np.ndarray, n: int) -> Check:
    """Return the number of edges and a checksum of them in sorted order."""
    keys = np.sort(np.asarray(source, dtype=np.int64) * n + np.asarray(target, dtype=np.int64))
    return {"edges": len(keys), "edges_crc": zlib.crc32(keys)}


def embedding_check(spatial: np.ndarray, connection: np.ndarray) -> Check:
    """Return one number for each embedding, in which every entry counts."""
    parts = {"spatial": spatial, "connection": connection}
    return {name: float(np.abs(part).sum(dtype=np.float64)) for name, part in parts.items()}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep progress off the terminal."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def main(stages: dict[str, Callable[[argparse.Namespace], None]]) -> None:
    """Run the stage that the command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("stage", choices=stages)
    parser.add_argument("folder", type=Path, help="input files of one kind and size, from inputs.py")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--embedding", type=Path, help="where the whole run leaves its embeddings, .npz")
    parser.add_argument("--workers", type=int, default=0, help="processes that draw neighbours for the peer")
    arguments = parser.parse_args()
    stages[arguments.stage](arguments)
