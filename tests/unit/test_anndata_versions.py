"""Files that releases of anndata really wrote (tests/data/anndata) give the same spots, whatever the release."""

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from click.testing import CliRunner
from tests.data.anndata import write
from tests.unit.conftest import ROOT

import preprocess
from spacon.data.spots_file import read_spots

FOLDER = ROOT / "tests" / "data" / "anndata"
RELEASES = ("0.8", "0.10", "0.11", "0.12", "0.13")
NULLABLE = [f"{release}_dense_nullable_strings" for release in RELEASES[2:]]
FILES = [*(f"{release}_{form}" for release in RELEASES for form in write.FORMS), *NULLABLE]


def dense(x):
    return x.toarray() if sp.issparse(x) else np.asarray(x)


def values(column: pd.Series) -> list:
    """The column's values as Python's own, None where one is missing."""
    return [None if pd.isna(value) else value for value in column.tolist()]


def assert_columns_are_those_written(obs: pd.DataFrame, name: str) -> None:
    expected = write.columns() | ({"donor": write.donors()} if name in NULLABLE else {})
    assert {key: values(obs[key]) for key in expected} == expected
    assert list(obs["phase"].cat.categories) == ["late", "early"]
    assert obs["phase"].cat.ordered


def test_every_file_of_the_folder_is_read():
    assert {file.stem for file in FOLDER.glob("*.h5ad")} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_the_spots_are_those_written(name):
    spots = read_spots(FOLDER / f"{name}.h5ad")
    if "lognormalised" in name:
        np.testing.assert_allclose(dense(spots.X), write.lognormalised(), rtol=1e-6)
    else:
        np.testing.assert_array_equal(dense(spots.X), write.counts())
    assert spots.obs_names.tolist() == write.SPOTS
    assert spots.var_names.tolist() == write.GENES
    assert ("log1p" in spots.uns) == ("lognormalised" in name)
    np.testing.assert_array_equal(spots.obsm["spatial"], write.positions())
    assert_columns_are_those_written(spots.obs, name)


@pytest.mark.parametrize("name", FILES)
def test_preprocessing_gives_the_same_expression_and_columns(tmp_path, name):
    fixed = [
        "--sample=one",
        "--expression-from=X",
        "--expression-values=auto",
        "--hvg-above=5000",
        "--n-top-genes=3000",
        "--flip=none",
        "--no-swap-xy",
    ]
    files = ["--expression", str(FOLDER / f"{name}.h5ad"), "--output", str(tmp_path / "out.h5ad")]
    done = CliRunner().invoke(preprocess.main, [*fixed, *files], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    left = anndata.read_h5ad(tmp_path / "out.h5ad")
    np.testing.assert_allclose(dense(left.X), write.lognormalised(), rtol=1e-6)
    assert left.obs_names.tolist() == write.SPOTS
    assert left.var_names.tolist() == write.GENES
    np.testing.assert_array_equal(left.obsm["spatial"], write.positions())
    assert_columns_are_those_written(left.obs, name)
    assert left.obs["sample"].tolist() == ["one"] * write.N_SPOTS
