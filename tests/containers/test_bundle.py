"""The folder of containers/build --bundle: what is in it, and that it runs where there is no network."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from tests.containers.conftest import PROJECT, RESEARCHER, SIF_FOLDER, own, start

STAND_IN = """#!/bin/bash
case "$*" in
    "image inspect "*) exit 0 ;;
    "save --output "*) echo "$4" > "$3" ;;
    *) exit 1 ;;
esac
"""


def git(folder: Path, *command: object) -> str:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", f"safe.directory={folder}"]
    return subprocess.check_output(["git", "-C", folder, *who, *command], text=True).strip()


def without_sums(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("WARN"))


@pytest.fixture(scope="module")
def checkout(place, project) -> Path:
    """A clean checkout of the files as they are now, with the engine."""
    copy = place / "checkout"
    shutil.copytree(project, copy, symlinks=True)
    shutil.copy(PROJECT / ".gitignore", copy)
    git(copy, "init", "--quiet")
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--message", "as it is")
    return copy


def bundle(checkout: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess:
    command = [checkout / "containers" / "build", *arguments]
    return start(command, checkout.parent, env=os.environ | environment)


@pytest.fixture(scope="module")
def brought(place, checkout, sif) -> Path:
    """The bundle, in another place than the one where it was made."""
    made, brought = place / "made", place / "brought here" / "spacon"
    done = bundle(checkout, "--to", SIF_FOLDER, "--bundle", made)
    assert done.returncode == 0, done.stdout
    brought.parent.mkdir()
    made.rename(brought)
    return brought


def commands_of(folder: Path) -> list[str]:
    return re.findall(r"^    (.+)$", (folder / "README.md").read_text(), re.MULTILINE)


def test_what_is_in_it(brought, checkout, sif):
    assert {path.name for path in brought.iterdir()} == {"README.md", "SHA256SUMS", "spacon-nf"}
    files = {str(path.relative_to(brought)) for path in brought.rglob("*") if path.is_file()}
    source = {f"spacon-nf/{name}" for name in git(checkout, "ls-files").splitlines()}
    engine = {f"spacon-nf/{path.relative_to(checkout)}" for path in (checkout / ".engine").rglob("*.jar")}
    assert len(engine) > 50
    (wheel,) = files - source - engine - {"README.md", "SHA256SUMS", f"spacon-nf/.images/{sif.name}"}
    digest = hashlib.sha256((brought / wheel).read_bytes()).hexdigest()
    assert f"--hash=sha256:{digest}" in (checkout / "containers" / "celegans.lock").read_text()
    summed = {line.split(maxsplit=1)[1] for line in (brought / "SHA256SUMS").read_text().splitlines()}
    assert summed == files - {"SHA256SUMS"}
    assert git(checkout, "rev-parse", "HEAD") in (brought / "README.md").read_text()


def test_its_commands_run_without_a_network(brought, place, on_machine_without_network):
    check, example, own_data = commands_of(brought)
    assert on_machine_without_network(brought, check).stdout == ""
