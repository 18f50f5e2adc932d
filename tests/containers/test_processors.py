"""The same bytes on other processors: every script of a small sample again, on an emulated one, beside this one.

With QEMU's emulation in user mode, which takes a minute where the processor itself takes seconds.
"""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.containers.conftest import HERE, PROJECT

SIZE = "--n-spots 300 --n-genes 200 --n-areas 4 --difficulty 0.5 --simulation-seed 1 --no-factored"
GRAPHS = "--expression spots.h5ad --spatial-graph spatial.npz --connection-graph connection.npz"
COMPUTING = "--device cpu --precision float32 --threads 2"
SCRIPTS = {
    "cortex": f"{SIZE} --expression counts.h5ad --connectivity connectivity.npy",
    "preprocess": "--sample one --expression counts.h5ad --expression-from X --expression-values auto --hvg-above 5000 "
    "--n-top-genes 3000 --flip none --no-swap-xy --output spots.h5ad",
    "spatial_graph": "--expression spots.h5ad --spatial-rule knn --spatial-neighbors 15 --self-loops "
    "--output spatial.npz",
    "connection_graph": "--expression spots.h5ad --connectivity connectivity.npy --region-diagonal given --lag 1 "
    "--connection-direction rows --negative keep --connectivity-transform none "
    "--distance-decay 0.006 --connectivity-threshold 0.8 --retained-fraction 0.1 "
    "--threads 2 --output connection.npz --summary connection.json",
    "train": f"{GRAPHS} --widths 64,32,16 --fusion concat --attention-dropout 0.1 --epochs 2 --batch-size 64 "
    "--fanouts 20,10,10 --learning-rate 1e-4 --weight-decay 1e-4 --gradient-clip 5 --seed 1 "
    f"{COMPUTING} --model model.safetensors --history history.csv",
    "embed": f"{GRAPHS} --model model.safetensors --reconstruction {COMPUTING} --output embedding_seed1.npz",
    "neighbors": "--embedding embedding_seed1.npz --alpha 0.5 --cluster-neighbors 15 --seed 1 --threads 2 "
    "--output mix.npz",
    "layout": "--mix mix.npz --output layout.npz",
    "cluster": "--expression spots.h5ad --mix mix.npz --cluster-method leiden --resolution 0.6 --refine-neighbors 10 "
    "--output clusters.npz",
}


# All scripts in one process: an emulated import of their libraries takes longer than most of them.
DRIVER = """
import runpy, shlex, sys
sys.path.insert(0, sys.argv[1])
for line in sys.stdin.read().splitlines():
    sys.argv = shlex.split(line)
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        assert not end.code, (line, end.code)
    print(sys.argv[0], flush=True)
"""


def files_of(folder, python, numerics):
    """Run all scripts with such a Python; return the bytes of what they write, by name."""
    folder.mkdir()
    lines = [f"{PROJECT}/bin/{script}.py {words} --numerics {numerics}" for script, words in SCRIPTS.items()]
    for _ in range(3):  # emulated threads crash now and then where the machine is busy: a signal ends them
        given = "\n".join(lines)
        command = [*python, "-c", DRIVER, PROJECT / "bin"]
        done = subprocess.run(command, cwd=folder, input=given, capture_output=True, text=True)
        lines = lines[done.stdout.count(".py\n") :]
        if done.returncode >= 0:
            break
    assert (done.returncode, lines) == (0, []), done.stderr
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def differing(ours, theirs):
    assert ours.keys() == theirs.keys()
    return [name for name in ours if ours[name] != theirs[name]]


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return files_of(tmp_path_factory.mktemp("processors") / "ours", [sys.executable], "portable")


@pytest.mark.parametrize("processor", ["Haswell"])
def test_portable_numbers_are_the_same_on_another_processor(ours, processor, tmp_path):
    """An Intel of 2013, with AVX2 and no more, whatever this machine has."""
    subprocess.run([HERE / "setup", "emulator"], check=True)
    theirs = files_of(tmp_path / "theirs", ["qemu-x86_64", "-cpu", processor, sys.executable], "portable")
    assert len(theirs) == 12
    assert differing(ours, theirs) == []


def test_fast_numbers_differ_where_the_processor_has_more(ours, tmp_path):
    """So that the test above can fail: with 512-bit instructions the same model is another to the bit."""
    fast = files_of(tmp_path / "fast", [sys.executable], "fast")
    has_more = " avx512bw " in Path("/proc/cpuinfo").read_text()
    assert ("model.safetensors" in differing(ours, fast)) == has_more


SHIM = """#!/bin/sh
case $1 in */train.py) exec qemu-x86_64 -cpu Haswell {python} "$@" ;; esac
exec {python} "$@"
"""


def test_a_replay_in_fast_numerics_says_that_the_processor_differs(tmp_path):
    """Training alone is emulated; what comes after it differs with the weights, or may not."""
    subprocess.run([HERE / "setup", "emulator"], check=True)
    (tmp_path / "shim").mkdir()
    shim = tmp_path / "shim" / "python3"
    shim.write_text(SHIM.format(python=sys.executable))
    shim.chmod(0o755)
    path = f"{shim.parent}:{Path(sys.executable).parent}"
    (tmp_path / "emulated.config").write_text(f"process.beforeScript = 'export PATH={path}:$PATH'\n")
    run = [PROJECT / "nextflow", "-q", "run", PROJECT, "-ansi-log", "false"]
    small = "--example cortex --n_spots 120 --n_genes 64 --widths 48,24,12 --epochs 1 --alphas 0.5 --numerics fast"
    subprocess.run([*run, *small.split()], cwd=tmp_path, check=True)
    again = [*run, "-c", "emulated.config", "-profile", "replay", "--from", "results/results.crate.zip"]
    subprocess.run(again, cwd=tmp_path, check=True)
    table = pd.read_csv(tmp_path / "replay" / "replay.csv", keep_default_na=False).set_index("output")
    assert table.loc["cortex/figures/degrees.png", "verdict"] == "same bytes"
    if " avx512bw " not in Path("/proc/cpuinfo").read_text():
        return
    weights = table.loc["cortex/model/model_seed1.safetensors"]
    assert weights["verdict"] == "other numbers"
    assert 0 < float(weights["largest_difference"]) < 0.01
    assert "processor in fast numerics: " in weights["reason"]
    assert "X86_V4" in weights["reason"].split(", now ")[0]
    assert "X86_V4" not in weights["reason"].split(", now ")[1]
