"""One case of the corpus: how its input differs from a good sample, what is run on it, and what must come of it."""

import importlib
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
from click.testing import CliRunner

from tests.corpus.sample import good_files

GB = 10**9
# What the machine is taken to have, so that what is too large is too large everywhere.
MEMORY = 16 * GB
# Python itself does not show these.
HIDDEN = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
OPTIONS: dict[str, dict[str, Any]] = {
    "validate": {
        "expression": "spots.h5ad",
        "connectivity": "matrix.npy",
        "output": "valid.json",
        "notes": "notes_validate.txt",
        "expression_from": "X",
        "expression_values": "auto",
        "hvg_above": 5000,
        "n_top_genes": 3000,
        "spatial_rule": "knn",
        "spatial_neighbors": 5,
        "cluster_neighbors": 10,
        "refine_neighbors": 0,
        "widths": "12,8,4",
        "region_diagonal": "given",
        "lag": 1,
        "connection_direction": "rows",
        "negative": "keep",
        "connectivity_transform": "none",
        "connectivity_threshold": 0.125,
        "retained_fraction": 1.0,
        "batch_size": 8,
        "fanouts": "4,2",
        "no_reconstruction": True,
        "device": "cpu",
    },
    "preprocess": {
        "sample": "one",
        "expression": "spots.h5ad",
        "expression_from": "X",
        "expression_values": "auto",
        "hvg_above": 5000,
        "n_top_genes": 3000,
        "flip": "none",
        "no_swap_xy": True,
        "output": "preprocessed.h5ad",
    },
    "spatial_graph": {
        "expression": "preprocessed.h5ad",
        "spatial_rule": "knn",
        "spatial_neighbors": 5,
        "self_loops": True,
        "output": "near.npz",
        "notes": "notes_spatial_graph.txt",
    },
    "connection_graph": {
        "expression": "preprocessed.h5ad",
        "connectivity": "matrix.npy",
        "region_diagonal": "given",
        "lag": 1,
        "connection_direction": "rows",
        "negative": "keep",
        "connectivity_transform": "none",
        "connectivity_threshold": 0.125,
        "retained_fraction": 1.0,
        "threads": 1,
        "output": "connections.npz",
        "summary": "connections.json",
        "notes": "notes_connection_graph.txt",
    },
    "train": {
        "expression": "preprocessed.h5ad",
        "spatial_graph": "graph.npz",
        "connection_graph": "graph.npz",
        "widths": "12,8,4",
        "fusion": "concat",
        "attention_dropout": 0.1,
        "epochs": 1,
        "batch_size": 10,
        "fanouts": "5,5",
        "learning_rate": 0.001,
        "weight_decay": 0.0,
        "gradient_clip": 5.0,
        "seed": 1,
        "precision": "float32",
        "device": "cpu",
        "threads": 1,
        "model": "model.safetensors",
        "history": "history.csv",
    },
    "cluster": {
        "expression": "preprocessed.h5ad",
        "mix": "mix.npz",
        "cluster_method": "leiden",
        "resolution": 1.0,
        "refine_neighbors": 0,
        "output": "clusters.npz",
    },
}


@dataclass(frozen=True, eq=False)
class Case:
    """An input, what is run on it, and what must come of it: a refusal, notes, or the right value.

    Args:
        name: what is odd, in a few words.
        make: changes the good files in a folder.
        given: options that differ from `OPTIONS`; of several scripts, each gets those that it has.
        scripts: run one after the other; a refusal comes from the last.
        refused: of each line on standard error, words that it must have; empty if the input is not refused.
        cure: of a refusal or a note, what it means and what to do, for docs/troubleshooting.md; empty if another case
            stands for this one there.
        notes: of each note, words that it must have; None if the notes do not matter.
        right: looks at the results in the folder, and asserts.
    """

    name: str
    make: Callable[[Path], object] = lambda folder: None
    given: dict[str, Any] = field(default_factory=dict)
    scripts: tuple[str, ...] = ("validate",)
    refused: tuple[tuple[str, ...], ...] = ()
    cure: str = ""
    notes: tuple[tuple[str, ...], ...] | None = None
    right: Callable[[Path], None] | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a case: the last script's status and lines on standard error, and what Python warned of."""

    status: int
    lines: list[str]
    printed: str
    unexpected: str
    warned: list[str]
    left_behind: set[str]
    notes: list[str]


def arguments(folder: Path, script: str, case: Case) -> list[str]:
    """Return the words of a script's command line; names of files are those in `folder`, there or not."""
    given, options = case.given, {option.name: option for option in importlib.import_module(script).main.params}
    if len(case.scripts) > 1:
        given = {name: value for name, value in given.items() if name in options}
    words = []
    for name, value in (OPTIONS[script] | given).items():
        flag = f"--{name.replace('_', '-')}"
        if value is True or value is False:
            words.append(flag if value else flag.replace("--", "--no-", 1))
        elif value is not None:
            is_file = name in options and isinstance(options[name].type, click.Path)
            for one in value if isinstance(value, list) else [value]:
                words += [flag, str(folder / one) if is_file else str(one)]
    return words


@contextmanager
def plain_machine() -> Iterator[None]:
    """Let every machine have as much memory as another, and no GPU."""
    memory_of, gpu_of = (
        patch("spacon.memory.available", lambda: MEMORY),
        patch("torch.cuda.is_available", lambda: False),
    )
    with memory_of, gpu_of:
        yield


def prepare(case: Case, folder: Path) -> None:
    """Make a case's files."""
    for name, content in good_files().items():
        (folder / name).write_bytes(content)
    with warnings.catch_warnings(action="ignore"):  # of writers, that a file is odd
        case.make(folder)


@cache
def outcome(case: Case) -> Outcome:
    """Make a case's files in a folder of their own, run its scripts there until one fails, and look at the results."""
    with tempfile.TemporaryDirectory() as made, plain_machine():
        folder = Path(made)
        prepare(case, folder)
        warned_of = []
        for script in case.scripts:
            before = {file.name for file in folder.iterdir()}
            main, words = importlib.import_module(script).main, arguments(folder, script, case)
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                done = CliRunner().invoke(main, words)
            warned_of += [str(each.message) for each in warned if not issubclass(each.category, HIDDEN)]
            if done.exit_code:
                break
        expected = done.exception is None or isinstance(done.exception, SystemExit)
        if not done.exit_code and case.right is not None:
            case.right(folder)
        return Outcome(
            done.exit_code,
            done.stderr.splitlines(),
            done.stdout,
            "" if expected else repr(done.exception),
            warned_of,
            {file.name for file in folder.iterdir()} - before,
            [
                line
                for script in case.scripts
                for line in text_of(folder / f"notes_{script}.txt").splitlines()
                if not done.exit_code
            ],
        )


def text_of(file: Path) -> str:
    """Return a file's text, nothing if it is not there."""
    return file.read_text(encoding="utf-8") if file.exists() else ""
