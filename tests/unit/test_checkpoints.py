"""Checkpoints: interrupted training ends with the weights of an uninterrupted one; nothing half-written is taken."""

import errno
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from safetensors.torch import load_file, save_file

from spacon.cli.work import beside_tasks
from spacon.graphs.region_graph import region_graph
from spacon.model import checkpoints
from spacon.model.checkpoints import SECONDS_BETWEEN, Checkpoint, State, key_of
from spacon.model.network import Shape
from spacon.model.training import repeatable, train
from spacon.parameters import Procedure

N, GENES, EPOCHS, BATCH = 90, 16, 4, 13
STEPS = EPOCHS * -(-N // BATCH)
POINTS = sorted(random.Random(12).sample(range(1, STEPS), 5))


class StopError(Exception):
    """What ends a training at a step."""


def data(kind):
    """Return expression and graphs of random spots, the connection graph as edges or as regions."""
    generator = np.random.default_rng(0)
    expression = sp.csr_matrix(generator.random((N, GENES), dtype=np.float32))
    near = sp.csr_matrix((generator.random((N, N)) < 0.1) | np.eye(N, dtype=bool)).astype(np.float32)
    if kind == "edges":
        return expression, near, near.T.tocsr()
    return expression, near, region_graph(generator.random((9, 9)), generator.integers(0, 9, N), 0.4, N // 3)[0]


def trained(of, fusion, begin=None, keep=lambda _state: None):
    repeatable(5, 1, "cpu")
    shape, procedure = Shape(GENES, [12, 6, 3], fusion, 0.1), Procedure(EPOCHS, BATCH, [5, 3], 1e-3, 1e-4, 5.0)
    return train(*of, shape, procedure, seed=5, device="cpu", begin=begin, keep=keep)


def interrupted(of, fusion, checkpoint, step):
    """Train on from the checkpoint, if there is one, and write another at a step, which is the last; return all."""
    taken = []

    def keep(state):
        taken.append(state().values["steps"])
        if taken[-1] == step:
            checkpoint.keep(state)
            raise StopError

    with pytest.raises(StopError):
        trained(of, fusion, checkpoint.read(), keep)
    torch.rand(step)  # another process has other random numbers
    return taken


def at_once():
    """A clock by which every checkpoint is due."""
    return iter(np.arange(0, 1e9, 2 * SECONDS_BETWEEN)).__next__


def kept(folder, key="key", clock=None):
    return Checkpoint(folder, key, clock or at_once())


def equal(one, other):
    first, second = one.state_dict(), other.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("fusion", ["concat", "add"])
@pytest.mark.parametrize("kind", ["edges", "regions"])
def test_training_interrupted_at_random_steps_ends_with_the_same_weights(tmp_path, kind, fusion):
    of = data(kind)
    model, history = trained(of, fusion)
    for step in POINTS:
        checkpoint = kept(tmp_path / str(step))
        interrupted(of, fusion, checkpoint, step)
        again, told = trained(of, fusion, checkpoint.read())
        assert equal(again, model), step
        assert told == history, step


def test_training_interrupted_five_times_takes_each_step_once(tmp_path):
    of = data("edges")
    for before, step in pairwise([0, *POINTS]):
        assert interrupted(of, "add", kept(tmp_path), step) == list(range(before + 1, step + 1))
    model, history = trained(of, "add", kept(tmp_path).read())
    assert equal(model, trained(of, "add")[0])
    assert [epoch.steps for epoch in history] == [STEPS // EPOCHS] * EPOCHS


def a_file(folder):
    """A checkpoint of key `key`, and its path."""
    checkpoint = kept(folder)
    interrupted(data("edges"), "add", checkpoint, 5)
    return checkpoint, checkpoint.path


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def flip(place):
    def change(path):
        content = bytearray(path.read_bytes())
        content[place] ^= 1
        path.write_bytes(content)

    return change


def lose_its_header(path):
    save_file(load_file(path), path)


def lose_a_tensor(path):
    from safetensors import safe_open

    tensors = load_file(path)
    del tensors["losses"]
    with safe_open(path, framework="pt") as file:
        said = file.metadata()
    save_file(tensors, path, said)


DAMAGES = {
    "truncated": truncate,
    "empty": empty,
    "a weight": flip(-1),
    "a value": flip(100),
    "no header": lose_its_header,
    "a tensor lost": lose_a_tensor,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_checkpoint_is_discarded_and_said(tmp_path, capsys, damage):
    checkpoint, path = a_file(tmp_path)
    assert checkpoint.read() is not None
    damage(path)
    capsys.readouterr()
    assert checkpoint.read() is None
    said = capsys.readouterr().err
    assert said.startswith(f"the checkpoint {path} is not whole (")
    assert said.endswith("): training starts anew\n")
    assert not path.exists()


def test_every_byte_counts(tmp_path):
    checkpoint = kept(tmp_path)
    state = State({"one": torch.arange(3), "two": torch.tensor(0.5)}, {"steps": 7})
    checkpoint.keep(lambda: state)
    whole = checkpoint.path.read_bytes()
    for place in range(len(whole)):
        flip(place)(checkpoint.path)
        found = checkpoint.read()
        # Blanks that fill the header up may change; nothing that is read may.
        assert found is None or (found.values == {"steps": 7} and whole[place : place + 1] == b" "), place
        checkpoint.path.write_bytes(whole)


def test_a_foreign_checkpoint_is_not_taken(tmp_path, capsys):
    _, path = a_file(tmp_path)
    other = kept(tmp_path, "other")
    assert other.read() is None  # its own name
    path.rename(other.path)
    capsys.readouterr()
    assert other.read() is None  # and its own key
    assert "its digest differs" in capsys.readouterr().err


def test_a_checkpoint_is_written_every_five_minutes(tmp_path):
    now = [0.0]
    checkpoint = kept(tmp_path, clock=lambda: now[0])
    written = []
    for minute in range(1, 13):
        now[0] = 60.0 * minute
        checkpoint.keep(lambda minute=minute: written.append(minute) or State({}, {"minute": minute}))
    assert written == [5, 10]
    assert checkpoint.read().values == {"minute": 10}


def test_a_full_disk_is_said_and_training_goes_on(tmp_path, capsys, monkeypatch):
    checkpoint, path = a_file(tmp_path)
    before = path.read_bytes()

    def full(self, content):
        with self.open("wb") as file:
            file.write(content[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    capsys.readouterr()
    checkpoint.keep(lambda: State({}, {}))
    assert capsys.readouterr().err.startswith("no checkpoint could be written ([Errno 28] No space left on device)")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_of_a_training_that_ended(tmp_path):
    checkpoint, path = a_file(tmp_path)
    (tmp_path / f".123.{path.name}").write_bytes(b"half")  # killed while it wrote
    (tmp_path / "training_of_another.safetensors").write_bytes(b"whole")
    checkpoint.remove()
    assert [file.name for file in tmp_path.iterdir()] == ["training_of_another.safetensors"]
    checkpoint.remove()


def test_without_a_folder_nothing_is_kept_and_that_is_said(capsys):
    checkpoint = kept(None)
    checkpoint.keep(lambda: pytest.fail("there is no place for a state"))
    assert checkpoint.read() is None
    assert capsys.readouterr().err.startswith("no checkpoints are kept, as no folder here outlives the task")
    checkpoint.remove()


def test_the_key_is_of_all_that_decides_the_weights(tmp_path, monkeypatch):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    two.write_text("2")
    keys = [key_of([one, two], 1), key_of([two, one], 1), key_of([one], 1), key_of([one, two], 2)]
    assert key_of([one, two], 1) == keys[0]
    one.write_text("3")
    keys.append(key_of([one, two], 1))
    monkeypatch.setattr(torch, "__version__", "3.0")
    keys.append(key_of([one, two], 1))
    monkeypatch.setenv("MKL_CBWR", "")  # numbers of this kind of processor
    monkeypatch.setattr(checkpoints, "_processor", lambda: "an Intel")
    keys.append(key_of([one, two], 1))
    monkeypatch.setattr(checkpoints, "_processor", lambda: "an AMD")
    keys.append(key_of([one, two], 1))
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("/work/3f/8a1c0d3e5f7a9b1c3d5e7f9a1b3c5d", "/work/checkpoints"),
        ("/tmp/nxf.Xa12cd", None),  # a node's own disk, or a bucket's
        ("", None),
    ],
)
def test_the_place_is_beside_the_work_folders(monkeypatch, folder, place):
    monkeypatch.setenv("NXF_TASK_WORKDIR", folder)
    assert beside_tasks("checkpoints") == (place and Path(place))
    monkeypatch.delenv("NXF_TASK_WORKDIR")
    assert beside_tasks("checkpoints") is None
