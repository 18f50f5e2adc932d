"""Whole runs of the pipeline through its launcher, each in a folder of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

PROJECT = Path(__file__).parents[2]
# The engine of a short run spends its time compiling: let it compile plainly, and collect garbage on one thread.
QUICK_START = {"NXF_JVM_ARGS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"}


@dataclass(frozen=True)
class Run:
    """A finished run: its exit status, what it printed, and where it left its results."""

    status: int
    printed: str
    folder: Path
    results: Path

    @property
    def trace(self) -> pd.DataFrame:
        """The engine's trace, with the process of each task, without the workflow's name."""
        table = pd.read_csv(self.results / "pipeline_info" / "trace.txt", sep="\t")
        table["process"] = table["name"].str.replace(r"^(?:\w+:)*|\s.*$", "", regex=True)
        return table

    def tasks(self, process: str) -> list[Path]:
        """The work folders of a process's tasks."""
        hashes = self.trace.loc[self.trace["process"] == process, "hash"]
        return [next((self.folder / "work" / short[:2]).glob(f"{short[3:]}*")) for short in hashes]

    def computed(self) -> set[str]:
        """The processes of which a task was computed, not taken from the cache."""
        return set(self.trace.loc[self.trace["status"] == "COMPLETED", "process"])


def run_in(folder: Path, *arguments: str, project: Path = PROJECT) -> Run:
    """Run the pipeline in a folder, without colours; `work` and `results` come to lie there."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [project / "nextflow", "run", project, "-ansi-log", "false", *arguments],
        cwd=folder,
        env=os.environ | QUICK_START,
        capture_output=True,
        text=True,
    )
    printed = done.stdout + done.stderr
    assert "Unexpected error" not in printed  # of the engine: a reason that no user can do anything about
    return Run(done.returncode, printed, folder, folder / "results")


def python_with(lock: str) -> Path:
    """A Python with what a lock of the tests names, made once."""
    place = Path(os.environ.get("SPACON_TEST_CACHE", PROJECT / "tests" / ".cache")) / lock
    python, uv = place / "bin" / "python", Path(sys.executable).with_name("uv")
    if not (place / "whole").exists():
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, place], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r"]
        subprocess.run([*install, PROJECT / "tests" / f"{lock}.lock"], check=True)
        (place / "whole").touch()
    return python


CALLS = """
include {{ {function} }} from '{module}'
def told(found) {{
    found instanceof Collection ? found.collect {{ part -> told(part) }}
        : found instanceof Map ? found.collectEntries {{ name, part -> [name, told(part)] }}
        : found instanceof Number || found instanceof Boolean || found == null ? found : found.toString()
}}
def root(wrong) {{ wrong.cause ? root(wrong.cause) : wrong }}
workflow {{
    def found = new groovy.json.JsonSlurper().parse(file('cases.json').toFile()).collect {{ given ->
        try {{ [right: told({function}(given))] }} catch (Exception wrong) {{ [wrong: root(wrong).message] }}
    }}
    file('found.json').text = groovy.json.JsonOutput.toJson(found)
}}
"""


def call_each(folder: Path, module: str, function: str, cases: list[Any]) -> list[dict[str, Any]]:
    """Call a function of a module with each value, in one run; what it returns is `right`, its error `wrong`."""
    (folder / "calls.nf").write_text(CALLS.format(function=function, module=PROJECT / "modules" / "functions" / module))
    (folder / "cases.json").write_text(json.dumps(cases))
    shutil.copy(PROJECT / "nextflow_schema.json", folder)
    command = [PROJECT / "nextflow", "run", "calls.nf", "-ansi-log", "false"]
    environment = os.environ | QUICK_START
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "found.json").read_text())


@pytest.fixture
def nextflow(tmp_path: Path) -> Callable[..., Run]:
    """Run the pipeline in this test's folder."""
    return lambda *arguments, **more: run_in(tmp_path, *arguments, **more)


@pytest.fixture(scope="module")
def project_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pipeline that a test may edit, with the same environment and engine."""
    copy = tmp_path_factory.mktemp("project") / "pipeline"
    copy.mkdir()
    for name in ("main.nf", "nextflow.config", "nextflow_schema.json", "nextflow", "LICENSE", "CITATION.cff"):
        shutil.copy2(PROJECT / name, copy)
    for name in ("bin", "conf", "containers", "modules", "notebooks"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    # The real environment, under the copy's name: tasks only need its bin on PATH.
    (copy / ".venv").symlink_to(PROJECT / ".venv")
    (copy / ".engine").symlink_to(PROJECT / ".engine")
    launcher = (copy / "nextflow").read_text()
    (copy / "nextflow").write_text(re.sub(r"^if needs_environment.*$", "", launcher, flags=re.MULTILINE))
    return copy
