"""The scripts that compute several mixes at once: the same as one by one, in the order that was asked for."""

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

ALPHAS, RESOLUTIONS = (0.5, 0.0, 1.0), (2.0, 0.2)


def run(folder, script, **options):
    """Run a script in a folder; of a list, an option is given once per value."""
    words = [sys.executable, ROOT / "bin" / f"{script}.py"]
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            words += [f"--{name.replace('_', '-')}", str(one)]
    return subprocess.run(words, cwd=folder, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True)


def done(folder, script, **options):
    ended = run(folder, script, **options)
    assert ended.returncode == 0, ended.stderr


def mixed(folder, alphas, outputs):
    common = {"embedding": "embedding.npz", "cluster_neighbors": 10, "seed": 3, "threads": 1}
    return run(folder, "neighbors", **common, alpha=list(alphas), output=outputs)


def clustered(folder, mixes, resolutions, outputs):
    common = {"expression": "embedding.npz", "cluster_method": "leiden", "refine_neighbors": 0}
    return run(folder, "cluster", **common, mix=mixes, resolution=list(resolutions), output=outputs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Embeddings of 90 spots in three groups by place, and three others by connections; their mixes, together."""
    made = tmp_path_factory.mktemp("batches")
    generator, spots = np.random.default_rng(1), np.arange(90)
    parts = {
        name: (generator.normal(size=(90, 4)) + 6 * np.eye(4)[group]).astype(np.float32)
        for name, group in (("spatial", spots // 30), ("connection", spots % 3))
    }
    np.savez(made / "embedding.npz", **parts)
    ended = mixed(made, ALPHAS, [f"mix{alpha}.npz" for alpha in ALPHAS])
    assert ended.returncode == 0, ended.stderr
    return made


@pytest.mark.parametrize("alpha", ALPHAS)
def test_mixes_at_once_are_those_made_one_by_one(folder, alpha):
    assert mixed(folder, [alpha], [f"alone{alpha}.npz"]).returncode == 0
    assert (folder / f"alone{alpha}.npz").read_bytes() == (folder / f"mix{alpha}.npz").read_bytes()


def test_clusterings_at_once_are_those_made_one_by_one(folder):
    mixes = [f"mix{alpha}.npz" for alpha in ALPHAS]
    names = [f"{alpha}_{resolution}.npz" for alpha in ALPHAS for resolution in RESOLUTIONS]
    ended = clustered(folder, mixes, RESOLUTIONS, names)
    assert ended.returncode == 0, ended.stderr
    for alpha in ALPHAS:
        for resolution in RESOLUTIONS:
            clustered(folder, [f"mix{alpha}.npz"], [resolution], ["alone.npz"])
            assert (folder / "alone.npz").read_bytes() == (folder / f"{alpha}_{resolution}.npz").read_bytes()
            with np.load(folder / f"{alpha}_{resolution}.npz") as file:
                assert (float(file["alpha"]), float(file["resolution"])) == (alpha, resolution)
    with np.load(folder / "0.0_0.2.npz") as space, np.load(folder / "1.0_0.2.npz") as connections:
        np.testing.assert_array_equal(space["labels"], np.arange(90) // 30)
        np.testing.assert_array_equal(connections["labels"], np.arange(90) % 3)


def test_layouts_at_once_are_those_made_one_by_one(folder):
    mixes = [f"mix{alpha}.npz" for alpha in ALPHAS]
    done(folder, "layout", mix=mixes, output=[f"layout{alpha}.npz" for alpha in ALPHAS])
    done(folder, "layout", mix="mix0.0.npz", output="layout_alone.npz")
    assert (folder / "layout_alone.npz").read_bytes() == (folder / "layout0.0.npz").read_bytes()


@pytest.mark.parametrize("outputs", [["a.npz"], ["a.npz", "b.npz", "c.npz"]])
def test_outputs_that_are_too_few_or_too_many_are_refused(folder, outputs):
    line = f"error: outputs named: {len(outputs)}; needed: 2, one per mix and resolution"
    for ended in (mixed(folder, (0.5, 1), outputs), clustered(folder, ["mix0.5.npz"], (1, 2), outputs)):
        assert ended.returncode == 2
        assert ended.stderr.splitlines()[-1] == line
        assert not any((folder / name).exists() for name in outputs)
