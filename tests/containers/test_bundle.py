"""The folder that containers/build --bundle makes: what is in it, and that it runs where there is no network."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.containers.conftest import PROJECT, RESEARCHER, SIF_FOLDER, own, start

DOCKER = """#!/bin/bash
case "$*" in
    "image inspect spacon-nf:"*) exit 0 ;;
    "save --output "*) echo "$4" > "$3" ;;
    *) exit 1 ;;
esac
"""


def git(folder: Path, *command: object) -> str:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    return subprocess.check_output(["git", "-C", folder, *who, *command], text=True).strip()


@pytest.fixture(scope="module")
def checkout(place, project) -> Path:
    """A clean checkout of the files as they are now, with the engine."""
    copy = place / "checkout"
    shutil.copytree(project, copy)
    for name in (".gitattributes", ".gitignore", ".revision"):
        shutil.copy(PROJECT / name, copy)
    git(copy, "init", "--quiet")
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--message", "as it is")
    return copy


@pytest.fixture(scope="module")
def tag(checkout) -> str:
    return subprocess.check_output([checkout / "containers" / "tag"], text=True).strip()


def build(checkout: Path, *arguments: object, path: Path | None = None) -> subprocess.CompletedProcess:
    """Start containers/build; `path` has programs that come before the machine's own."""
    environment = os.environ | ({"PATH": f"{path}:{os.environ['PATH']}"} if path else {})
    return start([checkout / "containers" / "build", *arguments], checkout.parent, env=environment)


def programs(folder: Path, **texts: str) -> Path:
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def commands(bundle: Path) -> list[str]:
    """What the README says to type."""
    return re.findall(r"^    (.+)$", (bundle / "README.md").read_text(), re.MULTILINE)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def bundle(place, checkout, sif) -> Path:
    """The bundle, brought to another folder than the one where it was made."""
    made, brought = place / "made", place / "brought" / "to the lab"
    made.mkdir()  # an empty one is no hindrance
    done = build(checkout, "--to", SIF_FOLDER, "--bundle", made)
    assert done.returncode == 0, done.stdout
    brought.parent.mkdir()
    made.rename(brought)
    own(brought, RESEARCHER)
    return brought


@pytest.fixture(scope="module")
def offline(place, node, bundle) -> Callable[[str], subprocess.CompletedProcess]:
    """Type a command in the bundle's folder, as an ordinary user with a new home, on a node without any network."""
    home = place / "home"
    home.mkdir()
    own(home, RESEARCHER)
    alone = ["unshare", "--map-current-user", "--net", "bash", "-euc"]
    return lambda command: node(bundle, *alone, command, HOME=str(home))


def test_what_is_in_it(bundle, checkout, sif):
    assert {path.name for path in bundle.iterdir()} == {"README.md", "SHA256SUMS", "spacon-nf"}
    source = {f"spacon-nf/{name}" for name in git(checkout, "ls-files").splitlines()}
    engine = {f"spacon-nf/{path.relative_to(checkout)}" for path in (checkout / ".engine").glob("24.*/*.jar")}
    assert "spacon-nf/main.nf" in source
    assert len(engine) > 50
    found = files(bundle)
    assert source | engine < found
    (wheel,) = found - source - engine - {"README.md", "SHA256SUMS", f"spacon-nf/.images/{sif.name}"}
    assert f"--hash=sha256:{digest(bundle / wheel)}" in (checkout / "containers" / "celegans.lock").read_text()
    summed = {line.split(maxsplit=1)[1] for line in (bundle / "SHA256SUMS").read_text().splitlines()}
    assert summed == found - {"SHA256SUMS"}
    readme = (bundle / "README.md").read_text()
    assert f"commit {git(checkout, 'rev-parse', 'HEAD')}" in readme
    assert "wormneuroatlas 0.0.7.3" in readme


def test_its_three_commands_run_without_a_network(bundle, checkout, offline):
    interfaces = re.findall(r"^ *(\w+):", offline("cat /proc/net/dev").stdout, re.MULTILINE)
    assert interfaces == ["lo"]
    check, example, own_data = commands(bundle)
    checked = offline(check)
    assert (checked.returncode, checked.stdout) == (0, "")

    ran = offline(f"{example} -ansi-log false --alphas 0.3")
    assert ran.returncode == 0, ran.stdout
    lines = (PROJECT / "tests" / "pipeline" / "digests.sha256").read_text().splitlines()
    wanted = {name: known for known, name in map(str.split, lines) if re.match(r"celegans/model/\w+_seed1\.", name)}
    assert len(wanted) == 3
    assert {name: digest(bundle / "results" / name) for name in wanted} == wanted

    crate = json.loads((bundle / "results" / "ro-crate-metadata.json").read_text())["@graph"]
    (workflow,) = (found for found in crate if found["@id"] == "source/main.nf")
    assert workflow["version"].endswith(f"({git(checkout, 'rev-parse', 'HEAD')})")

    (task,) = {path.parent for path in bundle.glob("work/*/*/connectivity.npy") if not path.is_symlink()}
    sample = f"worm,{task}/expression.h5ad,{task}/connectivity.npy"
    offline(f"printf 'sample,expression,connectivity\\n{sample}\\n' > samples.csv")
    planned = offline(f"{own_data} -ansi-log false -preview")
    assert planned.returncode == 0, planned.stdout


def test_a_changed_file_is_found(bundle, offline):
    schema = bundle / "spacon-nf" / "nextflow_schema.json"
    text = schema.read_text()
    schema.write_text(text + "\n")
    checked = offline(commands(bundle)[0])
    schema.write_text(text)
    assert checked.returncode == 1
    assert "spacon-nf/nextflow_schema.json: FAILED" in checked.stdout


def test_without_a_sif_file_it_has_the_docker_image(checkout, tag, tmp_path):
    bundle, archive = tmp_path / "bundle", f"spacon-nf/.images/spacon-nf-{tag}.tar"
    done = build(checkout, "--bundle", bundle, path=programs(tmp_path / "bin", docker=DOCKER))
    assert done.returncode == 0, done.stdout
    assert (bundle / archive).read_text() == f"spacon-nf:{tag}\n"
    check, example, own_data, to_sif = commands(bundle)
    assert check.endswith(f" && docker load --input {archive}")
    assert "-profile celegans,docker" in example
    assert "-profile docker " in own_data
    assert to_sif == f"apptainer build {archive.replace('.tar', '.sif')} docker-archive:{archive}"
    assert files(tmp_path) == {f"bundle/{name}" for name in files(bundle)} | {"bin/docker"}


REFUSED = {
    "a file is there": "is there already",
    "a folder is there": "is there already",
    "changed files": "differ from the last commit",
    "no checkout": "no git checkout",
    "no image": "make it with containers/build",
    "--sif": "leave out --sif",
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_in_one_line(what, checkout, tmp_path):
    bundle, image = tmp_path / "bundle", DOCKER
    copy = tmp_path / "checkout"
    shutil.copytree(checkout, copy)
    match what:
        case "a file is there":
            bundle.write_text("mine")
        case "a folder is there":
            bundle.mkdir()
            (bundle / "mine").write_text("mine")
        case "changed files":
            (copy / "main.nf").write_text("// mine")
        case "no checkout":
            shutil.rmtree(copy / ".git")
        case "no image":
            image = "#!/bin/bash\nexit 1\n"
    before = files(tmp_path)
    options = ["--sif"] if what == "--sif" else []
    done = build(copy, *options, "--bundle", bundle, path=programs(tmp_path / "bin", docker=image))
    assert done.returncode == 2, done.stdout
    assert len(done.stdout.splitlines()) == 1, done.stdout
    assert REFUSED[what] in done.stdout
    assert files(tmp_path) == before | {"bin/docker"}


def test_nothing_half_made_is_left(checkout, tmp_path):
    tools = programs(tmp_path / "bin", docker=DOCKER, python3="#!/bin/bash\necho no network >&2; exit 1\n")
    done = build(checkout, "--bundle", tmp_path / "bundle", path=tools)
    assert done.returncode == 2
    assert done.stdout.splitlines()[-2:] == ["no network", "bundle: the wheels could not be added (see above)"]
    assert {path.name for path in tmp_path.iterdir()} == {"bin"}
