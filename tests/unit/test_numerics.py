"""Portable numbers: what the libraries are told before they are imported, and that they follow."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from conftest import ROOT

from spacon.cli import numerics
from spacon.cli.command import Script
from spacon.cli.numerics import NUMERICS, PORTABLE, has_avx2

LOOK = """
import json, sys
from spacon.cli.numerics import set_numerics
set_numerics(sys.argv[1])
import numpy, scipy.linalg, threadpoolctl, torch
from numpy._core._multiarray_umath import __cpu_dispatch__ as compiled_for, __cpu_features__ as features
from spacon.model import matmul
libraries = threadpoolctl.threadpool_info()
print(json.dumps({
    "numpy": [name for name in compiled_for if features[name]],
    "openblas": [library["architecture"] for library in libraries if library["internal_api"] == "openblas"],
    "torch": torch.backends.cpu.get_cpu_capability(),
    "onednn": matmul.IS_MKL_SLOW,
}))
"""


def seen(wanted):
    environment = os.environ | {"PYTHONPATH": str(ROOT / "bin")}
    command = [sys.executable, "-c", LOOK, wanted]
    return json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def test_libraries_are_held_to_avx2():
    assert seen("portable") == {"numpy": ["X86_V3"], "openblas": ["Haswell"] * 2, "torch": "AVX2", "onednn": True}


def test_fast_numbers_take_what_the_processor_has():
    flags = set(Path("/proc/cpuinfo").read_text().split())
    wide = {"avx512f", "avx512bw", "avx512dq", "avx512vl", "fma"} <= flags
    assert seen("fast")["torch"] == ("AVX512" if wide else "AVX2")


@pytest.fixture
def settings(monkeypatch):
    """Whatever the machine's settings say."""
    for name in PORTABLE:
        monkeypatch.setenv(name, "of the machine")


def ran(wanted, environment):
    option = click.Option(["--numerics"])
    script = Script("any", params=[option], callback=lambda: environment.update(os.environ))
    return CliRunner().invoke(script, ["--numerics", wanted])


@pytest.mark.parametrize("wanted", NUMERICS)
def test_a_script_tells_the_libraries(settings, wanted):
    found = {}
    assert ran(wanted, found).exit_code == 0
    assert {name: found[name] for name in PORTABLE if name in found} == (PORTABLE if wanted == "portable" else {})


def test_a_processor_without_avx2_is_refused_unless_fast(settings, monkeypatch):
    monkeypatch.setattr(numerics, "has_avx2", lambda: False)
    found = {}
    done = ran("portable", found)
    words = "error: numerics is 'portable', but this processor has no AVX2; write --numerics fast\n"
    assert (done.exit_code, done.stderr, found) == (2, words, {})
    assert ran("fast", found).exit_code == 0


@pytest.mark.parametrize(("text", "has"), [("flags : fma avx avx2 bmi1\n", True), ("flags : fma avx bmi1\n", False)])
def test_what_linux_says_of_the_processor(tmp_path, text, has):
    (tmp_path / "cpuinfo").write_text(text)
    assert has_avx2(tmp_path / "cpuinfo") is has
    assert has_avx2(tmp_path / "nothing")
