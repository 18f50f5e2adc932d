"""Names that a shell, a table or a file system takes for something else: of folders, files, columns and samples."""

import os
import shutil
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

from tests.pipeline.conftest import run_in

TINY = ("--epochs", "1", "--widths", "8,4,2", "--spatial_neighbors", "3", "--cluster_neighbors", "5", "--alphas", "0.5")
KEY = '-it\'s a "k\xe9y"; $HOME $(touch pwned) `x` !\n\\n\t%s *'
# [sample, expression file, connectivity file]; the first have the names of files that tasks write.
SAMPLES = [
    ("NA", "preprocessed.h5ad", "connection_graph.npz"),
    ("001", '-it\'s "a" (1) & HOME.h5ad', "-n.npy"),
    ("1e3", "\xe9 (a-z) ; #b,c !`x` \\ ~.h5ad", "c|d<e>f=g^h,%20.npy"),
]


def write_sample(expression: Path, connectivity: Path) -> None:
    """A sample of 40 spots x 30 genes in two halves, whatever the files are called."""
    random = np.random.default_rng(1)
    obs = pd.DataFrame({KEY: np.repeat(["left", "right"], 20)}, index=[f"spot{number}" for number in range(40)])
    spots = anndata.AnnData(random.poisson(2.0, (40, 30)).astype(np.float32), obs=obs)
    spots.obsm["spatial"] = random.uniform(0, 10, (40, 2))
    with (expression.parent / "plain.h5ad").open("wb"):
        spots.write_h5ad(expression.parent / "plain.h5ad")
    (expression.parent / "plain.h5ad").rename(expression)
    matrix = random.uniform(0, 1, (40, 40)).astype(np.float32)
    with connectivity.open("wb") as file:
        if connectivity.suffix == ".npz":
            np.savez(file, values=matrix, index=np.arange(40))
        else:
            np.save(file, matrix)


@pytest.fixture(scope="module")
def odd(project_copy, tmp_path_factory):
    """A run of a pipeline in an odd folder, on odd files, from an odd folder, where no language is set."""
    place = tmp_path_factory.mktemp("odd")
    project = place / "my pipelines" / "Dropbox(lab)" / "O'Brien & co; [\xe9]"
    project.parent.mkdir(parents=True)
    shutil.copytree(project_copy, project, symlinks=True)
    folder = place / "my \xe9 'results' (1) & 2"
    folder.mkdir()
    rows = ["sample,expression,connectivity"]
    for sample, *names in SAMPLES:
        (folder / sample).mkdir()
        write_sample(*(folder / sample / name for name in names))
        rows.append(",".join([sample, *(f'"{sample}/{name.replace(chr(34), chr(34) * 2)}"' for name in names)]))
    (folder / "my samples.csv").write_text("\n".join(rows))
    language = {name: value for name, value in os.environ.items() if name in ("LANG", "LC_ALL", "LC_CTYPE")}
    for name in language:
        del os.environ[name]
    run = run_in(folder, "--input", "my samples.csv", f"--reference_key={KEY}", *TINY, project=project)
    os.environ.update(language)
    assert run.status == 0, run.printed
    return run


def test_every_task_runs_whatever_folders_files_and_columns_are_called(odd):
    for sample, *_ in SAMPLES:
        table = pd.read_csv(odd.results / sample / "metrics.csv")
        assert table["adjusted_rand_index"].notna().all()  # the column was found
        assert (odd.results / sample / "report.html").exists()
        spots = anndata.read_h5ad(odd.results / sample / "clustered.h5ad")
        assert spots.obs[KEY].value_counts().to_dict() == {"left": 20, "right": 20}
    assert not list(odd.folder.rglob("pwned"))


def test_names_of_samples_that_look_like_numbers_come_through_every_table(odd):
    for sample, *_ in SAMPLES:
        table = pd.read_csv(odd.results / sample / "metrics.csv", dtype=str, keep_default_na=False)
        assert set(table["sample"]) == {sample}
        spots = anndata.read_h5ad(odd.results / sample / "clustered.h5ad")
        assert spots.obs["sample"].cat.categories.tolist() == [sample]
    index = (odd.results / "index.html").read_text()
    for sample, *_ in SAMPLES:
        assert f'href="{sample}/report.html"' in index


@pytest.mark.parametrize("name", ["a$x", "a`x`", 'a"x', "a\\x", "a{b,c}", "a*"])
def test_a_folder_that_the_engine_cannot_work_in_is_refused_in_one_line(tmp_path, name):
    run = run_in(tmp_path / name, "-profile", "test", "-stub-run")
    assert run.status == 1
    lines = [line for line in run.printed.splitlines() if "a name that Nextflow cannot work with" in line]
    assert len(lines) == 1, run.printed
    assert str(tmp_path / name) in lines[0]
