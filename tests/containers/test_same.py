"""The same answer everywhere, byte for byte."""

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
