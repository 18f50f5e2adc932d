"""Checkpoints: what training has come to, in a file now and then, so that it goes on after an interruption.

A file counts only for the very training that wrote it, whole and unaltered: it holds the key of that training and a
digest of all that it says. Safetensors and JSON; nothing in it can run code.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from spacon.files import digest_of, replacing
from spacon.progress import say

# What an interruption costs at most, beside starting again.
SECONDS_BETWEEN = 300.0


class State(NamedTuple):
    """What training has come to: tensors by name, and plain values that JSON holds exactly."""

    tensors: dict[str, Tensor]
    values: dict[str, Any]

    def within(self, prefix: str) -> dict[str, Tensor]:
        """Return the tensors whose names begin with this, without it."""
        return {name.removeprefix(prefix): tensor for name, tensor in self.tensors.items() if name.startswith(prefix)}


class Checkpoint:
    """The file of one training, in a folder that survives its task; without a folder, nothing is kept."""

    def __init__(self, folder: Path | None, key: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = folder / f"training_{key}.safetensors" if folder else None
        self.key, self.clock = key, clock
        self.written = clock()

    def read(self) -> State | None:
        """Return what was kept, if anything was; a file that is not what was written is discarded, and that is said."""
        if self.path is None:
            say("no checkpoints are kept, as no folder here outlives the task: interrupted, training would start anew")
            return None
        if not self.path.exists():
            return None
        try:
            state = self._read(self.path)
        except (SafetensorError, ValueError) as error:
            say(f"the checkpoint {self.path} is not whole ({error}): training starts anew")
            self.path.unlink()
            return None
        say(f"going on from the checkpoint {self.path}")
        return state

    def _read(self, path: Path) -> State:
        with safe_open(path, framework="pt") as file:
            said = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        text = said.get("values", "")
        if said.get("digest") != _digest(self.key, tensors, text):
            raise ValueError("its digest differs")
        return State(tensors, json.loads(text))

    def keep(self, state: Callable[[], State]) -> None:
        """Write the state if the last time is long enough ago; training does not end for want of a place for it."""
        if self.path is None or self.clock() - self.written < SECONDS_BETWEEN:
            return
        try:
            self._write(self.path, state())
        except OSError as error:
            say(f"no checkpoint could be written ({error}): an interruption would lose what came after the last one")
        self.written = self.clock()

    def _write(self, path: Path, state: State) -> None:
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.tensors.items()}
        text = json.dumps(state.values)
        said = {"values": text, "digest": _digest(self.key, tensors, text)}
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_bytes(save(tensors, said))

    def remove(self) -> None:
        """Remove the file, and what was killed while it wrote one."""
        if self.path is not None:
            for left in (self.path, *self.path.parent.glob(f".*.{self.path.name}")):
                left.unlink(missing_ok=True)


def _digest(key: str, tensors: dict[str, Tensor], text: str) -> str:
    """Return the SHA-256 of all that a file says and of the training that it belongs to."""
    digest = hashlib.sha256(f"{key}\n{text}\n".encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def key_of(files: Iterable[Path], *settings: object) -> str:
    """Return the SHA-256 of all that decides the weights: the inputs, the settings, the code and what computes."""
    code = sorted(Path(__file__).parents[1].rglob("*.py"))
    digest = hashlib.sha256(repr((settings, _computes())).encode())
    for path in (*files, *code):
        digest.update(digest_of(path).encode())
    return digest.hexdigest()


def _computes() -> tuple[str, ...]:
    """Return the libraries and the hardware, as far as numbers depend on it (cli/numerics.py)."""
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    versions = torch.__version__, np.__version__, scipy.__version__, torch.__config__.show()
    return (*versions, card, "" if os.environ.get("MKL_CBWR") == "COMPATIBLE" else _processor())


def _processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return what Linux says of the first processor's kind; nothing where there is no Linux."""
    if not cpuinfo.exists():
        return ""
    lines = cpuinfo.read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    return "\n".join(line for line in lines if line.startswith(("vendor_id", "cpu family", "model", "flags")))
