"""Engines that are really started (tests/containers/setup), and one whole run of the profile `test` in each.

The runs are shared by the tests of all files here: run them in one process, without xdist.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest

PROJECT = Path(__file__).parents[2]
HERE = Path(__file__).parent
NOBODY = 65534  # knows no HOME, owns nothing
RESEARCHER = 1234  # the ordinary user of the cluster's node
SIF_FOLDER = Path("/var/tmp/spacon-images")  # kept: a SIF takes minutes
FILES = ["main.nf", "nextflow", "nextflow.config", "nextflow_schema.json", "LICENSE", "CITATION.cff"]
FOLDERS = ["bin", "conf", "containers", "modules", "notebooks", ".engine"]


@dataclass(frozen=True)
class Run:
    """A finished run of the pipeline."""

    status: int
    printed: str
    folder: Path

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def trace(self) -> pd.DataFrame:
        """One row a task, with the name of its process."""
        table = pd.read_csv(self.results / "pipeline_info" / "trace.txt", sep="\t")
        return table.assign(process=table["name"].str.replace(r"^(?:\w+:)*|\s.*$", "", regex=True))

    def tasks(self, process: str) -> list[Path]:
        """Work folders of the process's tasks."""
        hashes = self.trace().query("process == @process")["hash"]
        return [next((self.folder / "work" / short[:2]).glob(f"{short[3:]}*")) for short in hashes]


def setup(what: str) -> None:
    if os.geteuid() != 0:
        pytest.fail("starting container engines needs root, on Debian")
    subprocess.run([HERE / "setup", what], check=True)


def start(command: list, folder: Path, **more: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        list(map(str, command)), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more
    )


def own(folder: Path, user: int) -> None:
    subprocess.run(["chown", "-R", f"{user}:{user}", folder], check=True)


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A folder that any user can enter, unlike pytest's own."""
    with TemporaryDirectory(prefix="spacon-test-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def project(place) -> Path:
    """A copy of the pipeline that any user can read, and no user but root can write."""
    copy = place / "pipeline"
    copy.mkdir()
    for name in FILES:
        shutil.copy2(PROJECT / name, copy)
    for name in FOLDERS:
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
    return copy


@pytest.fixture(scope="session")
def image() -> str:
    """The Docker image, made if it is not there."""
    setup("image")
    return "spacon-nf:" + subprocess.check_output([PROJECT / "containers" / "tag"], text=True).strip()


@pytest.fixture(scope="session")
def in_docker(place, project, image) -> Callable[..., Run]:
    """Run the pipeline with the profile docker, as a user without a HOME."""
    group = subprocess.check_output(["getent", "group", "docker"], text=True).split(":")[2]

    def run(name: str, *arguments: object) -> Run:
        folder = place / name
        folder.mkdir()
        own(folder, NOBODY)
        user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", f"--groups={group}"]
        places = {"HOME": "/nonexistent", "NXF_HOME": f"{folder}/.nextflow"}
        command = [*user, project / "nextflow", "run", project, "-ansi-log", "false", *arguments]
        done = start(command, folder, env=places | {"PATH": "/usr/local/bin:/usr/bin:/bin", "NXF_OFFLINE": "true"})
        return Run(done.returncode, done.stdout, folder)

    return run


@pytest.fixture(scope="session")
def node(place) -> Iterator[Callable[..., subprocess.CompletedProcess]]:
    """A cluster's node with Apptainer and Slurm; run a command there as the ordinary user."""
    setup("node")
    SIF_FOLDER.mkdir(exist_ok=True)
    own(SIF_FOLDER, RESEARCHER)
    options = ["--cap-add=ALL", "--cap-drop=SYS_RESOURCE", "--device=/dev/fuse", "--network=host"]
    options += [f"--security-opt={name}=unconfined" for name in ("seccomp", "apparmor", "systempaths")]
    options += [f"--volume={folder}:{folder}" for folder in (place, SIF_FOLDER, "/var/run/docker.sock")]
    name = f"spacon-node-{os.getpid()}"
    subprocess.run(["docker", "run", "--detach", "--name", name, *options, "spacon-test-node"], check=True)
    group = Path("/var/run/docker.sock").stat().st_gid

    def run(folder: Path, *command: object, docker: bool = False, **environment: str) -> subprocess.CompletedProcess:
        given = [f"--env={key}={value}" for key, value in environment.items()]
        user = f"--user={RESEARCHER}:{group if docker else RESEARCHER}"
        return start(["docker", "exec", user, f"--workdir={folder}", *given, name, *command], folder)

    yield run
    subprocess.run(["docker", "rm", "--force", name], check=True)


@pytest.fixture(scope="session")
def sif(place, project, image, node) -> Path:
    """The SIF file, made by an ordinary user from the Docker image if it is not there."""
    made = SIF_FOLDER / f"{image.replace(':', '-')}.sif"
    if not made.exists():
        for old in SIF_FOLDER.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        temporary = {"HOME": str(SIF_FOLDER), "APPTAINER_TMPDIR": str(SIF_FOLDER), "XDG_RUNTIME_DIR": str(SIF_FOLDER)}
        # Little compression: time matters more here than size.
        squash = ["--", "--mksquashfs-args", "-comp lz4"]
        done = node(
            place, project / "containers" / "build", "--sif", "--to", SIF_FOLDER, *squash, docker=True, **temporary
        )
        assert done.returncode == 0, done.stdout[-3000:]
        shutil.rmtree(SIF_FOLDER / ".apptainer", ignore_errors=True)
    return made


@pytest.fixture(scope="session")
def on_node(place, project, node, sif) -> Callable[..., Run]:
    """Run the pipeline on the cluster's node as the ordinary user, without a HOME."""
    quick = place / "quick.config"  # a real cluster would not like to be asked so often
    quick.write_text("executor { pollInterval = '1 sec'\n queueStatInterval = '1 sec' }\n")

    def run(name: str, *arguments: object) -> Run:
        folder = place / name
        folder.mkdir()
        own(folder, RESEARCHER)
        environment = {"HOME": "/nonexistent", "NXF_HOME": f"{folder}/.nextflow", "NXF_OFFLINE": "true"}
        command = [project / "nextflow", "run", project, "-ansi-log", "false", "--sif_folder", SIF_FOLDER]
        done = node(folder, *command, "-c", quick, *arguments, **environment)
        return Run(done.returncode, done.stdout, folder)

    return run


# One whole run with each engine, of the same parameters; one with the flags for a GPU, which is asked for and not used:
# there is none.
ON_CPU = ("--device", "cpu")


@pytest.fixture(scope="session")
def venv_run(place) -> Run:
    folder = place / "venv"
    folder.mkdir()
    done = start([PROJECT / "nextflow", "run", PROJECT, "-ansi-log", "false", "-profile", "test", *ON_CPU], folder)
    return Run(done.returncode, done.stdout, folder)


@pytest.fixture(scope="session")
def docker_run(in_docker) -> Run:
    return in_docker("docker", "-profile", "test,docker", *ON_CPU)


@pytest.fixture(scope="session")
def apptainer_run(on_node) -> Run:
    return on_node("apptainer", "-profile", "test,apptainer", "--crate_image", *ON_CPU)


@pytest.fixture(scope="session")
def slurm_run(on_node) -> Run:
    gpu = ["--gpu_type", "pretended", "--queue", "brains", "--account", "lab"]
    return on_node("slurm", "-profile", "test,apptainer,slurm,gpu", *ON_CPU, *gpu)
