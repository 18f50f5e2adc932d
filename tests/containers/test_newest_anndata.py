"""Our results in the newest anndata, which wants a newer Python than Debian 12 has: that of Debian 13."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.containers.conftest import PROJECT, setup, start

READ = """
import sys, anndata
from importlib.metadata import version
spots = anndata.read_h5ad(sys.argv[1])
key = next(name for name in spots.obs if name.startswith("spacon_alpha0.5"))
releases = version("anndata"), version("pandas").split(".")[0]
print(*releases, spots.shape, sorted(spots.obsp), spots.uns["spacon"]["epochs"])
print(*spots.obs[key], sep=",")
"""


@pytest.fixture(scope="session")
def packages(place) -> Path:
    """The newest anndata that the pipeline's lock has, with what it needs, for the Python of Debian 13."""
    setup("newer")
    folder, uv = place / "packages", Path(sys.executable).with_name("uv")
    lock = PROJECT / "containers" / "requirements.lock"
    install = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--python-version", "3.13"]
    subprocess.run([*install, "--target", folder, "--constraint", lock, "anndata", "pandas"], check=True)
    return folder


def test_the_newest_anndata_reads_the_annotated_file(venv_run, packages, place):
    assert venv_run.status == 0, venv_run.printed
    results = venv_run.results / "cortex"
    shutil.copy(results / "clustered.h5ad", place)
    options = ["--rm", "--network=none", f"--volume={place}:{place}:ro", f"--env=PYTHONPATH={packages}"]
    done = start(
        ["docker", "run", *options, "spacon-test-newer", "python3", "-c", READ, place / "clustered.h5ad"], place
    )
    assert done.returncode == 0, done.stdout
    graphs = ["connectome_connectivities", "connectome_distances", "spatial_connectivities", "spatial_distances"]
    facts, labels = done.stdout.strip().splitlines()[-2:]
    assert facts.startswith("0.13.")
    assert facts.endswith(f" 3 (600, 200) {graphs} 15"), facts
    table = pd.read_csv(results / "clusters.csv", dtype=str)
    key = next(name for name in table if name.startswith("spacon_alpha0.5"))
    assert labels.split(",") == table[key].tolist()
