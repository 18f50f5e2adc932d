"""The same answer everywhere, byte for byte."""

import hashlib
import json
import subprocess

import pytest


@pytest.mark.parametrize("engine", ["docker_run", "apptainer_run", "slurm_run"])
def test_results_are_those_of_the_venv(engine, venv_run, request):
    run = request.getfixturevalue(engine)
    assert venv_run.status == 0, venv_run.printed
    assert run.status == 0, run.printed
    ours, theirs = (files_of(each.results / "cortex") for each in (run, venv_run))
    assert {"clusters.csv", "metrics.csv", "notes.csv", "clustered.h5ad", "model/model_seed1.safetensors"} < ours.keys()
    assert [name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)] == []


def files_of(folder):
    """The bytes of each file by its name, but of the reports, which tell the versions of Python that made them."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("report."))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_crate_names_docker_s_image_by_its_digest(docker_run, image):
    """Question 1 of the Workflow Run Crate: which container images ran."""
    digest = subprocess.check_output(["docker", "image", "inspect", "--format", "{{.Id}}", image], text=True).strip()
    assert image_in(docker_run) == ("DockerImage", image, digest.removeprefix("sha256:"))


@pytest.mark.parametrize("engine", ["apptainer_run", "slurm_run"])
def test_the_crate_names_the_file_of_the_image_by_its_digest(engine, sif, request):
    with sif.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    assert image_in(request.getfixturevalue(engine)) == ("SIFImage", sif.name, digest)


def image_in(run):
    """Kind, name and digest of the image that every task's entity links."""
    graph = json.loads((run.results / "ro-crate-metadata.json").read_text())["@graph"]
    tasks = [found for found in graph if found["@id"].startswith("#task/") and found["@type"] == "CreateAction"]
    assert len(tasks) == 13
    assert {task["containerImage"]["@id"] for task in tasks} == {"#image"}
    image = next(found for found in graph if found["@id"] == "#image")
    return image["additionalType"]["@id"].rpartition("#")[2], image["name"], image["sha256"]
