"""The same answer everywhere, byte for byte."""

import pytest


@pytest.mark.parametrize("engine", ["docker_run", "apptainer_run", "slurm_run"])
def test_results_are_those_of_the_venv(engine, venv_run, request):
    run = request.getfixturevalue(engine)
    assert venv_run.status == 0, venv_run.printed
    assert run.status == 0, run.printed
    for name in ("clusters.csv", "metrics.csv"):
        assert (run.results / "cortex" / name).read_bytes() == (venv_run.results / "cortex" / name).read_bytes()
