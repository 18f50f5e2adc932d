"""The crate of a real run with data of one's own: whole, valid, and able to answer what others ask of it."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.pipeline.conftest import PROJECT, python_with, run_in

SIZE = "--n-spots 150 --n-genes 60 --n-areas 4 --difficulty 0.5 --simulation-seed 1 --no-factored"
SMALL = ("--epochs", "2", "--widths", "24,12,6", "--alphas", "0.5", "--connectivity_threshold", "0.2", "--seeds", "1,2")
METADATA = "ro-crate-metadata.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A user's folder: a sample and its sheet."""
    folder = tmp_path_factory.mktemp("crate")
    words = f"{SIZE} --expression e.h5ad --connectivity c.npy"
    subprocess.run([sys.executable, PROJECT / "bin" / "cortex.py", *words.split()], cwd=folder, check=True)
    (folder / "samples.csv").write_text("sample,expression,connectivity\none,e.h5ad,c.npy\n")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    run = run_in(folder, "--input", "samples.csv", *SMALL)
    assert run.status == 0, run.printed
    return run


@pytest.fixture(scope="module")
def said(run):
    graph = json.loads((run.results / METADATA).read_text())["@graph"]
    return {entity["@id"]: entity for entity in graph}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def linked(said, entity, name):
    """The entities that a property links."""
    found = entity.get(name, [])
    return [said[link["@id"]] for link in (found if isinstance(found, list) else [found])]


def named(entities):
    return {entity["name"]: entity for entity in entities}


def task(said, name):
    return next(entity for key, entity in said.items() if key.startswith("#task/") and entity.get("name") == name)


def seconds(action):
    return (datetime.fromisoformat(action["endTime"]) - datetime.fromisoformat(action["startTime"])).total_seconds()


def test_zip_and_folder_hold_what_they_say(run):
    for crate in (run.results / "results.crate.zip", run.results):
        done = subprocess.run([sys.executable, "-I", run.results / "verify.py", crate], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "no differences" in done.stdout
    with zipfile.ZipFile(run.results / "results.crate.zip") as archive:
        for name in archive.namelist():
            assert archive.read(name) == (run.results / name).read_bytes(), name


def test_the_validator_finds_nothing_at_recommended(run, tmp_path):
    command = [python_with("roc-validator"), PROJECT / "tests" / "pipeline" / "crates.py", tmp_path / "cache"]
    done = subprocess.run([*command, run.results / "results.crate.zip"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_nothing_tells_where_it_was_made(run):
    text = (run.results / METADATA).read_text() + (run.results / "README.md").read_text()
    assert str(run.folder) not in text
    assert str(PROJECT) not in text


def test_a_run_that_computes_nothing_anew_makes_the_same_crate(run, folder):
    before = (run.results / "results.crate.zip").read_bytes()
    again = run_in(folder, "--input", "samples.csv", *SMALL, "-resume")
    assert again.status == 0, again.printed
    assert again.computed() == set()
    assert (again.results / "results.crate.zip").read_bytes() == before


# The ten competency questions of the Workflow Run Crate (https://w3id.org/ro/wfrun/requirements), from the file alone.


def test_question_1_containers_of_the_run(said):
    """None here; tests/containers/test_same.py asks a run in one."""
    assert "#image" not in said
    assert not any("containerImage" in entity for entity in said.values())


def test_question_2_memory_cpus_and_time_of_a_step(said, run):
    train = task(said, "TRAIN (one, seed 1)")
    used = named(linked(said, train, "resourceUsage"))
    trace = run.trace.set_index("name").loc["SPACON:MODEL:TRAIN (one, seed 1)"]
    assert int(used["peak_memory"]["value"]) / 2**20 == pytest.approx(float(trace["peak_rss"].split()[0]), rel=0.01)
    assert used["peak_memory"]["unitCode"].endswith("/BYTE")
    assert int(used["milliseconds"]["value"]) > 0
    assert int(used["cpus"]["value"]) == trace["cpus"]


def test_question_3_configuration_files(said):
    """Those of the engine, which every step reads."""
    files = {entity["@id"] for entity in linked(said, said["#run"], "object") if entity["@type"] == "File"}
    assert {"source/nextflow.config", "source/conf/resources.config"} <= files
    assert said["source/nextflow.config"]["sha256"] == sha256(PROJECT / "nextflow.config")


def test_question_4_the_environment_of_a_step(said):
    settings = named(linked(said, task(said, "TRAIN (one, seed 2)"), "environment"))
    wanted = {"exit_status": "0", "seed": "2", "numerics": "fast", "device": "auto", "threads": "2"}
    assert {name: settings[name]["value"] for name in wanted} == wanted
    assert settings["processor"]["value"] in Path("/proc/cpuinfo").read_text()
    assert said["source/main.nf"]["softwareRequirements"]["@id"] == "source/containers/requirements.lock"


def test_questions_5_and_6_durations(said):
    train, whole = task(said, "TRAIN (one, seed 1)"), said["#run"]
    assert 0 < seconds(train) < seconds(whole) < 1200
    tasks = [entity for key, entity in said.items() if key.startswith("#task/") and entity["@type"] == "CreateAction"]
    assert whole["startTime"] == min(action["startTime"] for action in tasks)
    assert whole["endTime"] == max(action["endTime"] for action in tasks)


def test_question_7_success(said):
    statuses = {entity["actionStatus"] for entity in said.values() if "actionStatus" in entity}
    assert statuses == {"http://schema.org/CompletedActionStatus"}


def test_question_8_inputs_and_outputs(said, run, folder):
    given = named(linked(said, said["#run"], "object"))
    for name, file in (
        ("inputs/one/e.h5ad", "e.h5ad"),
        ("inputs/one/c.npy", "c.npy"),
        ("inputs/samples.csv", "samples.csv"),
    ):
        assert given[name]["sha256"] == sha256(folder / file)
        assert given[name]["contentSize"] == str((folder / file).stat().st_size)
    assert (given["epochs"]["value"], given["seeds"]["value"]) == ("2", "1,2")
    made = named(linked(said, said["#run"], "result"))
    assert {"one/clustered.h5ad", "one/clusters.csv", "one/report.html", "index.html"} <= made.keys()
    assert made["one/clusters.csv"]["sha256"] == sha256(run.results / "one" / "clusters.csv")


def test_question_8_from_step_to_step(said):
    """From the labels back to the file that the user brought."""
    makers = {}
    for key, entity in said.items():
        if key.startswith("#task/") and entity["@type"] == "CreateAction":
            makers |= {result["@id"]: entity for result in linked(said, entity, "result")}
    behind, wanted = set(), [said["one/clustered.h5ad"]]
    while wanted:
        maker = makers.get(wanted.pop()["@id"])
        if maker and maker["name"] not in behind:
            behind.add(maker["name"])
            wanted += linked(said, maker, "object")
    processes = {name.split(" ")[0] for name in behind}
    assert processes == {
        *("PREPROCESS", "SPATIAL_GRAPH", "CONNECTION_GRAPH", "TRAIN", "EMBED"),
        *("NEIGHBORS", "LAYOUT", "CLUSTER", "EVALUATE"),
    }
    assert "inputs/one/e.h5ad" in named(linked(said, task(said, "PREPROCESS (one)"), "object"))


def test_question_9_the_source_of_a_step(said):
    tool = linked(said, task(said, "TRAIN (one, seed 1)"), "instrument")[0]
    assert tool["@id"] == "source/modules/processes/train.nf"
    assert tool["sha256"] == sha256(PROJECT / "modules" / "processes" / "train.nf")
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert revision.stdout.strip() in tool["version"]


def test_question_10_the_script_around_a_tool(said):
    assert "train.py --expression" in task(said, "TRAIN (one, seed 1)")["description"]
    assert said["source/bin/train.py"]["sha256"] == sha256(PROJECT / "bin" / "train.py")


def test_the_engine_is_said_to_its_jars(said):
    engine = linked(said, said["#organization"], "instrument")[0]
    jars = {path.name: sha256(path) for path in (PROJECT / ".engine").rglob("*.jar")}
    told = {jar["name"]: jar["sha256"] for jar in linked(said, engine, "hasPart")}
    assert told
    assert told.items() <= jars.items()


@pytest.fixture(scope="module")
def archive(run, folder):
    """A crate with the inputs in it."""
    done = run_in(folder, "--input", "samples.csv", *SMALL, "-resume", "--crate_inputs", "--outdir", "archive")
    assert done.status == 0, done.printed
    return folder / "archive" / "results.crate.zip"


def test_inputs_are_in_the_crate_on_request(archive, folder):
    with zipfile.ZipFile(archive) as held:
        for name, file in (("inputs/one/e.h5ad", "e.h5ad"), ("inputs/one/c.npy", "c.npy")):
            assert held.read(name) == (folder / file).read_bytes()
        assert held.read("inputs/samples.csv") == (folder / "samples.csv").read_bytes()


def test_an_image_that_is_no_file_is_refused(nextflow):
    done = nextflow("-profile", "test", "--crate_image")
    assert done.status != 0
    assert (
        "--crate_image needs an image that is a file: -profile apptainer or singularity, without --registry"
        in done.printed
    )


# The run again, from its crate.


@pytest.fixture(scope="module")
def crate(run, tmp_path_factory):
    """The crate alone, as somebody else gets it."""
    return shutil.copy(run.results / "results.crate.zip", tmp_path_factory.mktemp("sent"))


@pytest.fixture
def inputs(folder, tmp_path):
    """The input files, in a folder of another name."""
    place = tmp_path / "inputs" / "one"
    place.mkdir(parents=True)
    for name in ("e.h5ad", "c.npy"):
        shutil.copy(folder / name, place)
    return place.parent


def test_a_run_repeated_elsewhere_makes_the_same_bytes(run, crate, inputs, nextflow):
    again = nextflow("-profile", "replay", "--from", crate, "--inputs", inputs)
    assert again.status == 0, again.printed
    table = pd.read_csv(again.folder / "replay" / "replay.csv").set_index("output")
    assert (table["verdict"] == "same bytes").all(), table.to_string()
    assert {"one/report.html", "one/figures/training.png", "pipeline_info/params.json"} <= set(table.index)
    assert f"{len(table)} of {len(table)} outputs have the same bytes" in again.printed
    for name in table.index:
        assert (again.folder / "replay" / name).read_bytes() == (run.results / name).read_bytes()


def test_an_input_of_other_bytes_is_refused_by_its_name(crate, inputs, nextflow):
    content = bytearray((inputs / "one" / "c.npy").read_bytes())
    content[-1] ^= 1
    (inputs / "one" / "c.npy").write_bytes(content)
    done = nextflow("-profile", "replay", "--from", crate, "--inputs", inputs)
    assert done.status != 0
    assert (
        f"{inputs}/one/c.npy: is not the one/c.npy of the run: its SHA-256 is {hashlib.sha256(content).hexdigest()}"
        in done.printed
    )
    assert not list((done.folder / "work").glob("*/*/.command.sh"))


def test_an_input_that_is_missing_is_named(crate, inputs, nextflow):
    (inputs / "one" / "e.h5ad").unlink()
    done = nextflow("-profile", "replay", "--from", crate, "--inputs", inputs)
    assert done.status != 0
    assert f"--inputs {inputs}: has no one/e.h5ad" in done.printed


def test_code_of_another_revision_is_refused(crate, inputs, project_copy, tmp_path):
    script = project_copy / "bin" / "spacon" / "errors.py"
    script.write_text(script.read_text() + "\n")
    done = run_in(tmp_path, "-profile", "replay", "--from", crate, "--inputs", inputs, project=project_copy)
    assert done.status != 0
    assert f"whose bin/spacon/errors.py is not that of {project_copy}; check out that revision" in done.printed


REFUSED = {
    "no inputs": (("--from", "CRATE"), "does not hold its inputs; give their folder with --inputs"),
    "own parameters": (
        ("--from", "CRATE", "--epochs", "3"),
        "--from repeats a run with its parameters, and --epochs is one of them",
    ),
    "no crate": (
        ("--from", "other.crate.zip"),
        "--from other.crate.zip: is no crate of SpaCon-nf: it has no ro-crate-metadata.json",
    ),
    "no zip file": (("--from", "text.crate.zip"), "--from text.crate.zip: is no crate of SpaCon-nf: "),
    "no file": (("--from", "none.crate.zip"), "--from none.crate.zip: there is no such file"),
    "another name": (("--from", "none.zip"), "--from "),
    "inputs alone": (("--inputs", "."), "--inputs is for --from, which is not set"),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_repeated_is_refused_in_one_line(crate, nextflow, tmp_path, arguments, words):
    (tmp_path / "text.crate.zip").write_text("text")
    with zipfile.ZipFile(tmp_path / "other.crate.zip", "w") as archive:
        archive.writestr("a.txt", "text")
    done = nextflow(*(crate if word == "CRATE" else word for word in arguments))
    assert done.status != 0
    assert words in done.printed
    assert "Exception" not in done.printed


def test_inputs_are_taken_from_a_crate_that_holds_them(archive, folder, nextflow):
    done = nextflow("-profile", "replay", "--from", archive, "-stub-run")
    assert done.status == 0, done.printed
    for name in ("e.h5ad", "c.npy"):
        taken = list((done.folder / "work" / "inputs").glob(f"*/one/{name}"))
        assert [path.read_bytes() for path in taken] == [(folder / name).read_bytes()]
