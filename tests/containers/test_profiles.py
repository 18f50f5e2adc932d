"""What the configuration comes to: of every combination of profiles, and of real tasks before stand-ins for engines."""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest

from tests.containers.conftest import PROJECT, start

ENGINES = ["docker", "podman", "apptainer", "singularity"]
CLOUDS = ["k8s", "awsbatch", "googlebatch"]
LOCAL = [
    [part for part in parts if part] for parts in product(["", *ENGINES], ["", "slurm"], ["", "gpu"]) if any(parts)
]
COMBINATIONS = LOCAL + [[cloud, *gpu] for cloud in CLOUDS for gpu in ([], ["gpu"])]
NAMES = [",".join(profiles) for profiles in COMBINATIONS]
GPU_WORDS = r"gres|accelerator|--nv|--gpus|nvidia"
QUICK_START = {"NXF_JVM_ARGS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto", "NXF_OFFLINE": "true"}


def resolved(profiles: str) -> dict[str, str]:
    """Return each setting by its name; one that spans lines is joined."""
    command = [PROJECT / "nextflow", "config", "-flat", "-profile", profiles, PROJECT]
    text = subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL, env=os.environ | QUICK_START)
    return dict(re.findall(r"^([\w.$'|:]+) = (.*(?:\n(?![\w.$'|:]+ = ).*)*)", text, flags=re.MULTILINE))


@pytest.fixture(scope="module")
def configurations() -> dict[str, dict[str, str]]:
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(NAMES, pool.map(resolved, NAMES), strict=True))


def tag() -> str:
    return subprocess.check_output([PROJECT / "containers" / "tag"], text=True).strip()


def test_tag_is_that_of_what_goes_into_the_image():
    for name in ("image.config", "sif.config"):
        text = (PROJECT / "conf/containers" / name).read_text()
        found = set(re.findall(r"spacon-nf[:-]([0-9a-f]{12})", text))
        assert found == {tag()}, "run containers/tag --write"


def test_parameters_are_those_of_the_schema():
    groups = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"].values()
    described = {name: text.get("default") for group in groups for name, text in group["properties"].items()}
    command = [PROJECT / "nextflow", "config", "-flat", PROJECT]
    text = subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL, env=os.environ | QUICK_START)
    configured = dict(re.findall(r"^params\.(\w+) = (.*)$", text, flags=re.MULTILINE))
    assert configured.keys() == described.keys()
    for name, value in described.items():
        shown = configured[name].strip("'")
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert float(shown) == value, name
        else:
            assert shown == {None: "null", True: "true", False: "false"}.get(value, value), name


@pytest.mark.parametrize("profiles", NAMES)
def test_nothing_for_a_gpu_reaches_tasks_on_cpus(configurations, profiles):
    for name, value in configurations[profiles].items():
        if name == "process.clusterOptions":  # asks for a card only where the task has an accelerator
            assert re.search(r"task\.accelerator \? \"--gres", value)
        elif name.startswith("process.") and re.search(GPU_WORDS, f"{name} {value}") and name != "process.queue":
            assert "gpu" in profiles.split(",")
            assert name.startswith("process.'withLabel:training|embedding'."), name
        elif re.match(r"(docker|podman|apptainer|singularity)\.(runOptions|engineOptions)", name):
            assert not re.search(GPU_WORDS, value)


@pytest.mark.parametrize("profiles", NAMES)
def test_where_tasks_run(configurations, profiles):
    found, parts = configurations[profiles], profiles.split(",")
    executors = {"slurm": "slurm", "k8s": "k8s", "awsbatch": "awsbatch", "googlebatch": "google-batch"}
    executor = next((executors[part] for part in parts if part in executors), None)
    assert found.get("process.executor") == (f"'{executor}'" if executor else None)
    sif, image = {"apptainer", "singularity"} & set(parts), {"docker", "podman", *CLOUDS} & set(parts)
    if sif:
        assert found["process.container"] == f"'{PROJECT}/.images/spacon-nf-{tag()}.sif'"
    elif image:
        assert found["process.container"] == f"'spacon-nf:{tag()}'"
    else:
        assert "process.container" not in found
    assert (found["process.beforeScript"] == "''") == bool(sif or image)
    assert [engine for engine in ENGINES if found.get(f"{engine}.enabled") == "true"] == [
        engine for engine in ENGINES if engine in parts
    ]
    alone = "gpu" in parts and not executor
    assert found.get("process.'withLabel:training|embedding'.maxForks") == (
        None if "gpu" not in parts else "1" if alone else "0"
    )


@pytest.mark.parametrize("profiles", NAMES)
def test_the_analysis_is_the_same(configurations, profiles):
    """Parameters do not depend on where it runs, but for the device."""
    groups = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"]
    for name, value in configurations["slurm"].items():
        if name.startswith("params.") and name.removeprefix("params.") not in {
            "device",
            *groups["running"]["properties"],
        }:
            assert configurations[profiles][name] == value, name
    assert configurations[profiles]["params.device"] == ("'cuda'" if "gpu" in profiles.split(",") else "'auto'")


# Whole runs with -stub, in which a stand-in for the engine runs the command without a container.

STAND_IN = """#!/bin/bash
# The command follows the image's name.
case "$*" in *" inspect "*) exit 0 ;; esac
while [ $# -gt 0 ]; do
    case $1 in *spacon-nf[:-]*) shift && exec "$@" ;; esac
    shift
done
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_gpu_flags_of_real_tasks(engine, tmp_path):
    flag = {"docker": "--gpus all", "podman": "--device nvidia.com/gpu=all"}.get(engine, "--nv")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / engine).write_text(STAND_IN)
    (tools / engine).chmod(0o755)
    (tmp_path / f"spacon-nf-{tag()}.sif").touch()
    path = f"{tools}:{PROJECT}/.venv/bin:{os.environ['PATH']}"
    # The flags follow from the profile; the device only says what torch is to use, and there may be no GPU here.
    arguments = ["-stub", "-ansi-log", "false", "-profile", f"test,{engine},gpu", "--device", "cpu"]
    arguments += ["--sif_folder", tmp_path]
    environment = os.environ | QUICK_START | {"PATH": path}
    done = start([PROJECT / "nextflow", "run", PROJECT, *arguments], tmp_path, env=environment)
    assert done.returncode == 0, done.stdout
    commands = {}
    for file in Path(tmp_path).glob("work/*/*/.command.run"):
        text = file.read_text()
        commands.setdefault(re.search(r"### name: '(?:\w+:)*(\w+)", text)[1], []).append(text)
    assert {"TRAIN", "EMBED", "REPORT"} < commands.keys()
    for process, texts in commands.items():
        for text in texts:
            assert (flag in text) == (process in ("TRAIN", "EMBED")), process
            assert "/.venv/bin" not in "".join(line for line in text.splitlines() if "export PATH" in line)


# Of the clouds, only Kubernetes can be started here: Nextflow fetches the plugins of the others first.
@pytest.mark.parametrize(("given", "missing"), [([], "--k8s_claim"), (["--k8s_claim", "volume"], "--registry")])
def test_what_a_cloud_needs_is_asked_for(given, missing, tmp_path):
    done = start([PROJECT / "nextflow", "-q", "run", PROJECT, "-profile", "test,k8s", *given], tmp_path)
    assert done.returncode != 0
    assert f"-profile k8s needs {missing}" in done.stdout
