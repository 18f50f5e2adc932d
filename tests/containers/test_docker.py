"""The image and the whole run with Docker, by a user without a HOME, and what a killed task leads to."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.containers.conftest import NOBODY, PROJECT, start

SMALL = ["-profile", "test,docker", "--epochs", "2", "--alphas", "0"]


def test_image(image):
    (described,) = json.loads(subprocess.check_output(["docker", "image", "inspect", image]))
    assert described["Size"] <= 7e9
    labels = described["Config"]["Labels"]
    lock = subprocess.check_output(["sha256sum", PROJECT / "containers/requirements.lock"], text=True).split()[0]
    assert labels["spacon-nf.lock"] == lock
    for name in ("source", "revision", "licenses", "version"):
        assert labels[f"org.opencontainers.image.{name}"]
    assert described["Config"]["User"] not in ("", "root", "0")
    assert not any("NVIDIA_VISIBLE_DEVICES" in value for value in described["Config"]["Env"])  # a GPU for every task


def test_image_runs_as_anybody(image):
    code = "import scanpy, torch, torch_geometric, umap, papermill, getpass; getpass.getuser()"
    limits = ["--read-only", "--tmpfs=/tmp", "--network=none", "--user=4711:4712"]
    done = start(["docker", "run", "--rm", *limits, image, "python", "-c", code], Path("/tmp"))
    assert done.returncode == 0, done.stdout


def test_whole_run(docker_run):
    assert docker_run.status == 0, docker_run.printed
    report = docker_run.results / "cortex" / "report.html"
    assert report.stat().st_uid == NOBODY
    for command in docker_run.folder.glob("work/*/*/.command.run"):
        text = command.read_text()
        assert "--read-only" in text
        assert "/.venv/" not in text


def test_what_the_image_compiled_is_used(docker_run, image):
    listing = ["docker", "run", "--rm", image, "sh", "-c", "cd /opt/spacon/warm/numba && find . -type f"]
    brought = set(subprocess.check_output(listing, text=True).split())
    assert brought
    for task in [task for process in ("PREPROCESS", "LAYOUT") for task in docker_run.tasks(process)]:
        cache = task / ".home" / "numba"
        assert {f"./{file.relative_to(cache)}" for file in cache.rglob("*") if file.is_file()} == brought


def test_missing_image_names_the_command(project, in_docker, place):
    other = place / "other"
    shutil.copytree(project, other)
    config = other / "conf/containers/image.config"
    tag = subprocess.check_output([project / "containers/tag"], text=True).strip()
    config.write_text(config.read_text().replace(tag, "0" * 12))
    done = start([other / "nextflow", "-q", "run", other, "-profile", "test,docker"], place)
    assert done.returncode != 0
    assert f"there is no image spacon-nf:{'0' * 12}: make it with {other}/containers/build" in done.stdout


def test_eight_reports_at_once(docker_run, image, place):
    (task,) = docker_run.tasks("REPORT")
    copies = place / "reports"
    shutil.copytree(task, copies / "0", symlinks=True, ignore=shutil.ignore_patterns(".home", "report.html"))
    for number in range(1, 8):
        shutil.copytree(copies / "0", copies / str(number), symlinks=True)
    # All in one container, so that they share its network, /tmp and processes.
    script = """
        export NXF_TASK_WORKDIR=1 PATH="$BIN:$PATH"
        for number in 0 1 2 3 4 5 6 7; do (cd $number && bash -euo pipefail .command.sh > log 2>&1) & done
        failed=0; for job in $(jobs -p); do wait $job || failed=$((failed + 1)); done; exit $failed
    """
    subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", copies], check=True)
    limits = ["--read-only", "--tmpfs=/tmp", "--network=none", f"--user={NOBODY}:{NOBODY}"]
    folders = [f"--volume={place}:{place}", f"--workdir={copies}", f"--env=BIN={place}/pipeline/bin"]
    for _ in range(2):
        done = start(["docker", "run", "--rm", *limits, *folders, image, "bash", "-c", script], place)
        assert done.returncode == 0, "\n".join(log.read_text()[-2000:] for log in copies.glob("*/log"))
        for number in range(8):
            (copies / str(number) / "report.html").unlink()


def test_killed_training_is_tried_again(in_docker, place):
    """The first attempt gets a kill -9, the second too little memory, the third ends well."""
    limits = place / "limits.config"
    limits.write_text("process { withLabel: training { memory = { task.attempt == 2 ? 100.MB : 4.GB } } }\n")
    killed, over = [], Event()

    def kill_the_first() -> None:
        while not killed and not over.is_set():
            time.sleep(0.2)
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    command = (process / "cmdline").read_bytes()
                    ours = (process / "cwd").readlink().is_relative_to(place / "killed")
                except OSError:
                    continue
                if ours and b"python" in command and b"train.py" in command:
                    os.kill(int(process.name), signal.SIGKILL)
                    killed.append(process.name)

    killer = Thread(target=kill_the_first)
    killer.start()
    try:
        run = in_docker("killed", *SMALL, "-c", limits)
    finally:
        over.set()
        killer.join()
    assert killed
    assert run.status == 0, run.printed
    attempts = run.trace().query("process == 'TRAIN'")
    assert list(attempts["exit"].astype(str)) == ["137", "137", "0"], run.printed
    assert "Execution is retried" in run.printed


def test_third_kill_ends_the_run_in_words(in_docker, place):
    limits = place / "small.config"
    limits.write_text("process { withLabel: training { memory = 100.MB } }\n")
    run = in_docker("outofmemory", *SMALL, "-c", limits)
    assert run.status != 0
    attempts = run.trace().query("process == 'TRAIN'")
    assert list(attempts["exit"].astype(str)) == ["137"] * 3
    words = "sample cortex failed in TRAIN: was killed (exit status 137) at each attempt"
    assert run.printed.count(words) == 1


@pytest.mark.parametrize("argument", ["--nonsense", "--to"])
def test_build_refuses_nonsense(argument):
    done = start([PROJECT / "containers/build", argument], Path("/tmp"))
    assert done.returncode == 2
