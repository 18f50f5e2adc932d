"""A crate of three files, made by hand: its bytes, what it says, and what verify.py makes of each kind of damage."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

from spacon.crate.metadata import metadata_text
from spacon.crate.parts import format_of, parts_of
from spacon.crate.record import linked, settings_of
from spacon.crate.zipped import write_zip

SCHEMA = json.loads((ROOT / "nextflow_schema.json").read_text())
METADATA = "ro-crate-metadata.json"
CONTENT = {
    "README.md": b"# A run\n",
    "one/clusters.csv": b"spot,a\n1,0\n",
    "one/model/model_seed1.safetensors": bytes(range(256)) * 8,
    "source/CITATION.cff": b"title: SpaCon-nf\n",
    "source/containers/requirements.lock": b"numpy==2\n",
    "source/conf/resources.config": b"process {}\n",
    "source/main.nf": b"workflow {}\n",
    "source/modules/processes/train.nf": b"process TRAIN {}\n",
    "source/modules/processes/cluster.nf": b"process CLUSTER {}\n",
}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def laid_out(folder: Path) -> dict[str, Path]:
    for name, content in CONTENT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return {name: folder / name for name in CONTENT}


def made(folder: str, name: str, content: bytes) -> dict[str, dict]:
    return {name: {"path": f"/work/{folder}/{name}", "size": len(content), "sha256": sha256(content)}}


def record() -> dict:
    model, labels = CONTENT["one/model/model_seed1.safetensors"], CONTENT["one/clusters.csv"]
    times = {"started": "2026-01-01T10:00:00+00:00", "ended": "2026-01-01T10:01:00+00:00", "exit": 0}
    return {
        "pipeline": {"name": "spacon-nf", "version": "0.1.0", "revision": "abc", "clean": False},
        "engine": {"version": "24.10.8", "build": 5940, "java": "17", "files": {"nextflow.jar": "0" * 64}},
        "command": "./nextflow run . --input samples.csv",
        "profile": "standard",
        "started": "2026-01-01T10:00:00+00:00",
        "ended": "2026-01-01T10:02:00+00:00",
        "image": {"kind": "docker", "name": "spacon-nf:1", "registry": "localhost", "sha256": "1" * 64},
        "parameters": {"epochs": 3, "learning_rate": 0.001, "self_loops": True, "seeds": "1"},
        "own": {},
        "inputs": [
            {"sample": None, "role": "samplesheet", "name": "samples.csv", "size": 9, "sha256": "2" * 64},
            {"sample": "one", "role": "expression", "name": "e.h5ad", "size": 5, "sha256": "3" * 64},
            {"sample": "one", "role": "connectivity", "name": "c.npy", "size": 6, "sha256": "4" * 64},
        ],
        "failed": ["sample,stage,reason", 'two,TRAIN,"killed, twice"'],
        "tasks": [
            {
                "process": "TRAIN",
                "name": "TRAIN (one, seed 1)",
                "command": "train.py --numerics=portable --seed 1 --threads 2\n",
                "milliseconds": 900,
                "peak_memory": 1024,
                "processor": "An Intel",
                "instructions": "X86_V2 X86_V3",
                "takes": {"e.h5ad": "/home/me/e.h5ad", "page.html": "/code/page.html"},
                "makes": made("a", "model_seed1.safetensors", model) | made("a", "log.txt", b"hm"),
                **times,
            },
            {
                "process": "CLUSTER",
                "name": "CLUSTER (one)",
                "command": "cluster.py\n",
                "milliseconds": None,
                "peak_memory": None,
                "processor": None,
                "instructions": None,
                "takes": {"model_seed1.safetensors": "/work/a/model_seed1.safetensors"},
                "makes": made("b", "clusters.csv", labels),
                **times,
            },
        ],
    }


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    return written(tmp_path / "content", tmp_path / "results.crate.zip")


def written(folder: Path, path: Path) -> Path:
    parts = parts_of(laid_out(folder))
    write_zip(path, [(METADATA, metadata_text(linked(record(), parts), parts, SCHEMA))], parts)
    return path


def entities(path: Path) -> dict[str, dict]:
    with zipfile.ZipFile(path) as archive:
        return {entity["@id"]: entity for entity in json.loads(archive.read(METADATA))["@graph"]}


def ids(entity: dict, name: str) -> set[str]:
    found = entity[name] if isinstance(entity[name], list) else [entity[name]]
    return {linked["@id"] for linked in found}


def test_bytes_depend_on_names_and_content_alone(crate, tmp_path):
    again = written(tmp_path / "elsewhere", tmp_path / "other.crate.zip")
    os.utime(tmp_path / "elsewhere" / "README.md", (1, 1))
    assert written(tmp_path / "elsewhere", again).read_bytes() == crate.read_bytes()


def test_every_file_is_there_with_its_size_and_digest(crate):
    said = entities(crate)
    with zipfile.ZipFile(crate) as archive:
        assert archive.namelist() == [METADATA, *sorted(CONTENT)]
        for name, content in CONTENT.items():
            assert archive.read(name) == content
            assert (said[name]["contentSize"], said[name]["sha256"]) == (str(len(content)), sha256(content))


def test_files_between_tasks_are_known_by_what_they_are(crate):
    """The model that TRAIN made is what CLUSTER took; a log is known by its digest; the notebook's page is source."""
    said = entities(crate)
    assert ids(said["#task/1"], "object") == {"#inputs/one/e.h5ad", "#value/epochs", "#value/learning_rate"}
    log = f"#sha256/{sha256(b'hm')}"
    assert ids(said["#task/1"], "result") == {"one/model/model_seed1.safetensors", log}
    assert (said[log]["name"], said[log]["@type"]) == ("log.txt", "CreativeWork")
    assert ids(said["#task/2"], "object") == {"one/model/model_seed1.safetensors"}
    assert ids(said["#task/2"], "result") == {"one/clusters.csv"}


def test_files_of_one_name_or_of_the_same_bytes_are_told_apart_by_their_sample(tmp_path):
    """One connectivity for two samples; one file that is both expression and connectivity; a folder."""
    told = record()
    told["inputs"] = [
        {"sample": "one", "role": "expression", "name": "e.h5ad", "size": 5, "sha256": "3" * 64},
        {"sample": "one", "role": "connectivity", "name": "e.h5ad", "size": 5, "sha256": "3" * 64},
        {"sample": "two", "role": "expression", "name": "a folder/e.h5ad", "size": 5, "sha256": "3" * 64},
        {"sample": "two", "role": "expression", "name": "a folder/cells.csv", "size": 7, "sha256": "5" * 64},
        {"sample": "two", "role": "connectivity", "name": "e.h5ad", "size": 5, "sha256": "3" * 64},
    ]
    told["tasks"][1] |= {"name": "CLUSTER (two)", "takes": {"a folder": "/home/me/a folder"}}
    parts = parts_of(laid_out(tmp_path))
    graph = json.loads(metadata_text(linked(told, parts), parts, SCHEMA))["@graph"]
    said = {entity["@id"]: entity for entity in graph}
    both = {"#parameter/expression", "#parameter/connectivity"}
    assert ids(said["#inputs/one/e.h5ad"], "exampleOfWork") == both
    assert ids(said["#inputs/two/e.h5ad"], "exampleOfWork") == {"#parameter/connectivity"}
    folder = {"#inputs/two/a%20folder/e.h5ad", "#inputs/two/a%20folder/cells.csv"}
    assert folder < ids(said["#run"], "object")
    assert ids(said["#task/2"], "object") == folder
    assert "#inputs/one/e.h5ad" in ids(said["#task/1"], "object")


def test_inputs_parameters_and_failures_are_said(crate):
    said = entities(crate)
    inputs = {"#inputs/samples.csv", "#inputs/one/e.h5ad", "#inputs/one/c.npy"}
    values = {f"#value/{name}" for name in record()["parameters"]}
    assert ids(said["#run"], "object") == inputs | values | {"source/conf/resources.config"}
    assert said["#inputs/one/e.h5ad"]["name"] == "inputs/one/e.h5ad"
    assert said["#inputs/samples.csv"]["sha256"] == "2" * 64
    kinds = {name: said[f"#parameter/{name}"]["additionalType"] for name in record()["parameters"]}
    assert kinds == {"epochs": "Integer", "learning_rate": "Float", "self_loops": "Boolean", "seeds": "Text"}
    assert said["#value/learning_rate"]["value"] == "0.001"
    assert said["#run"]["actionStatus"] == said["#failed/1"]["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert said["#run"]["error"] == "sample two failed in TRAIN: killed, twice"
    assert said["source/main.nf"]["version"] == "0.1.0 (abc, with changes that are not committed)"


def test_a_sample_s_own_parameters_are_those_of_its_tasks(tmp_path):
    """Sections are in the column slice, of sample one in layer, and three has none; one alone names its regions."""
    told = record()
    told["parameters"]["section_key"] = "slice"
    told["own"] = {"one": {"section_key": "layer", "region_key": "area"}, "three": {"section_key": None}}
    names = ("one", "two", "three")
    told["tasks"] = [told["tasks"][1] | {"name": f"CLUSTER ({name}, seed 1)", "takes": {}} for name in names]
    parts = parts_of(laid_out(tmp_path))
    graph = json.loads(metadata_text(linked(told, parts), parts, SCHEMA))["@graph"]
    said = {entity["@id"]: entity for entity in graph}
    assert ids(said["#task/1"], "object") == {"#value/one/section_key"}
    assert ids(said["#task/2"], "object") == {"#value/section_key"}
    assert "object" not in said["#task/3"]
    own = {key: entity["value"] for key, entity in said.items() if key.startswith(("#value/one/", "#value/three/"))}
    assert own == {"#value/one/section_key": "layer", "#value/one/region_key": "area"}
    assert own.keys() | {"#value/section_key"} < ids(said["#run"], "object")
    assert ids(said["#value/one/section_key"], "exampleOfWork") == {"#parameter/section_key"}
    assert {"#parameter/section_key", "#parameter/region_key"} < ids(said["source/main.nf"], "input")
    assert "defaultValue" not in said["#parameter/region_key"]


def test_what_a_task_used_is_said_as_far_as_it_is_known(crate):
    said = entities(crate)
    values = {key.rpartition("/")[2]: found["value"] for key, found in said.items() if key.startswith("#task/1/")}
    assert values == {
        **{"milliseconds": "900", "peak_memory": "1024", "exit_status": "0", "processor": "An Intel"},
        "instructions": "X86_V2 X86_V3",
        **{"numerics": "portable", "seed": "1", "threads": "2"},
    }
    assert [key for key in said if key.startswith("#task/2/")] == ["#task/2/exit_status"]
    assert said["#image"]["sha256"] == "1" * 64


def test_settings_are_read_from_the_command():
    command = "embed.py --device=auto --numerics=fast --seed 12 --threads 3 --output seed 4"
    assert settings_of(command) == {"device": "auto", "numerics": "fast", "seed": "12", "threads": "3"}


def test_media_types_are_those_of_the_suffix():
    assert [format_of(name) for name in ("a/b.csv", "a.unknown", "b.h5ad", "nextflow")] == [
        *("text/csv", "text/plain", "application/x-hdf5", "text/plain"),
    ]


def verify(path: Path, *options: str) -> tuple[int, list[str]]:
    """With Python alone: no package can be imported."""
    command = [sys.executable, "-I", "-S", ROOT / "bin" / "verify.py", path, *options]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, (done.stdout + done.stderr).splitlines()


def changed(crate: Path, **replaced: bytes | None) -> Path:
    """A copy of the crate with other content (None: without it) under the given names."""
    other = crate.with_name("changed.crate.zip")
    with zipfile.ZipFile(crate) as archive, zipfile.ZipFile(other, "w") as copy:
        content = {name: archive.read(name) for name in archive.namelist()} | replaced
        for name, found in content.items():
            if found is not None:
                copy.writestr(name, found)
    return other


def unpacked(crate: Path) -> Path:
    folder = crate.with_name("unpacked")
    with zipfile.ZipFile(crate) as archive:
        archive.extractall(folder)
    return folder


def test_a_whole_crate_has_no_difference_zipped_or_not(crate):
    with zipfile.ZipFile(crate) as archive:
        metadata = archive.read(METADATA)
    total = sum(map(len, CONTENT.values()))
    lines = [f"9 files, {total} bytes: no differences", f"{METADATA} has SHA-256 {sha256(metadata)}"]
    assert verify(crate) == (0, lines)
    folder = unpacked(crate)
    (folder / "pipeline_info").mkdir()
    (folder / "pipeline_info" / "trace.txt").write_text("the engine's own")
    assert verify(folder) == (0, lines)


LABELS = "one/clusters.csv"
OTHER = b"spot,a\n1,1\n"
DIFFERENCES = {
    "other bytes": (
        {LABELS: OTHER},
        f"{LABELS} has other bytes: SHA-256 {sha256(OTHER)}; the crate says {sha256(CONTENT[LABELS])}",
    ),
    "shorter": ({LABELS: b"spot"}, f"{LABELS} has 4 bytes; the crate says 11"),
    "missing": ({LABELS: None}, f"{LABELS} is missing"),
}


@pytest.mark.parametrize(("replaced", "line"), DIFFERENCES.values(), ids=DIFFERENCES)
@pytest.mark.parametrize("form", ["zip", "folder"])
def test_each_difference_has_its_line(crate, form, replaced, line):
    other = changed(crate, **replaced)
    status, lines = verify(other if form == "zip" else unpacked(other))
    assert (status, lines[0]) == (1, line)
    assert lines[1].endswith(": 1 difference")


def test_what_the_crate_does_not_name_is_said(crate):
    other = changed(crate, **{"one/more\x1b[31m.csv": b"1"})
    assert verify(other)[1][0] == "one/more\\u001b[31m.csv is not of the crate"


def test_a_name_that_appears_twice_is_said(crate):
    other = changed(crate)
    with zipfile.ZipFile(other, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("README.md", CONTENT["README.md"])
    assert verify(other)[1][0] == "README.md appears twice"


def test_a_damaged_entry_is_said(crate):
    content = crate.read_bytes()
    crate.write_bytes(content.replace(CONTENT[LABELS], OTHER))
    status, lines = verify(crate)
    assert (status, lines[0]) == (1, f"{LABELS} cannot be read: Bad CRC-32 for file '{LABELS}'")


@pytest.mark.parametrize("name", ["../outside.txt", "{folder}/outside.txt", "link.txt"])
def test_nothing_outside_the_folder_is_read(crate, name, tmp_path):
    """A crate from somebody else may name anything: it is missing, and no digest of it is told."""
    (tmp_path / "outside.txt").write_bytes(b"secret")
    folder = unpacked(crate)
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    metadata = json.loads((folder / METADATA).read_text())
    name = name.format(folder=tmp_path)
    metadata["@graph"].append({"@id": name, "@type": "File", "contentSize": "6", "sha256": "0" * 64})
    (folder / METADATA).write_text(json.dumps(metadata))
    assert verify(folder)[1][0] == f"{name} is missing"


NO_CRATES = {
    "nothing": lambda path: path,
    "an empty folder": lambda path: path.mkdir(),
    "no zip file": lambda path: path.write_bytes(b"PK"),
    "a zip file of other things": lambda path: shutil.make_archive(str(path), "zip", ROOT / "tests" / "lint"),
}


@pytest.mark.parametrize("make", NO_CRATES.values(), ids=NO_CRATES)
def test_what_is_no_crate_ends_in_one_line(tmp_path, make):
    path = tmp_path / "it"
    make(path)
    path = path if path.exists() else path.with_name("it.zip")
    status, lines = verify(path)
    assert (status, len(lines)) == (2, 1)
    assert lines[0].startswith(f"error: {path} is no crate of SpaCon-nf: ")


@pytest.mark.parametrize(
    "graph", ["[]", "{}", '{"@graph": 3}', '{"@graph": [{"@id": 1}]}', '{"@graph": [{"@type": "File"}]}']
)
def test_other_metadata_end_in_one_line_or_name_every_file(crate, graph):
    status, lines = verify(changed(crate, **{METADATA: graph.encode()}))
    assert status == 2
    assert len(lines) == 1
