"""The whole run through Apptainer, by an ordinary user without a HOME that can be written."""

import shutil
import sys
import zipfile

from tests.containers.conftest import PROJECT, RESEARCHER, own, start


def test_whole_run(apptainer_run):
    assert apptainer_run.status == 0, apptainer_run.printed
    assert (apptainer_run.results / "cortex" / "report.html").exists()
    for command in apptainer_run.folder.glob("work/*/*/.command.run"):
        assert "apptainer exec" in command.read_text()


def test_caches_lie_in_the_task(apptainer_run):
    for task in apptainer_run.tasks("NEIGHBORS"):
        assert (task / ".home" / "numba").is_dir()


def test_the_crate_holds_the_image(apptainer_run, sif):
    crate = apptainer_run.results / "results.crate.zip"
    with zipfile.ZipFile(crate) as archive:
        assert archive.getinfo(f"image/{sif.name}").file_size == sif.stat().st_size
    done = start([sys.executable, PROJECT / "bin" / "verify.py", crate], apptainer_run.folder)
    assert "no differences" in done.stdout
    assert done.returncode == 0


def test_build_from_a_base_image(node, place):
    """All of the build but the packages: the installation itself is the one of the Docker image."""
    folder = place / "base"
    shutil.copytree(PROJECT / "containers", folder / "containers")
    install = "mkdir -p /opt/spacon/bin && ls > /opt/spacon/given && ln -s /bin/true /opt/spacon/bin/python\n"
    (folder / "containers" / "install").write_text('cd "$(dirname "$0")"\n' + install)
    own(folder, RESEARCHER)
    here = {"HOME": str(folder), "APPTAINER_TMPDIR": str(folder)}
    base = folder / "base.sif"
    done = node(folder, "apptainer", "build", base, "docker-daemon:spacon-test-sid:latest", docker=True, **here)
    assert done.returncode == 0, done.stdout
    build = ["containers/build", "--sif-from-base", "--base", base, "--", "--build-arg", "bootstrap=localimage"]
    done = node(folder, *build, **here)
    assert done.returncode == 0, done.stdout
    (sif,) = folder.glob(".images/*.sif")
    command = "ls /opt; cat /opt/spacon/given; echo $PATH $SPACON_WARM"
    done = node(folder, "apptainer", "exec", "--no-home", sif, "sh", "-c", command, **here)
    for words in ("requirements.lock", "warm.py", "/opt/spacon/bin:", "/opt/spacon/warm"):
        assert words in done.stdout
    assert "build" not in done.stdout
