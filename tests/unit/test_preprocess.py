"""preprocess.py: counts and log-normalised values, variable genes, coordinates; its result read back."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from click.testing import CliRunner

import preprocess
from spacon.data.expression import values_kind
from spacon.data.spots_file import read_spots
from spacon.errors import InputError

COUNTS = np.array([[1, 3, 0, 0], [0, 0, 5, 5], [2, 2, 2, 2]], dtype=np.float32)
PLACE = np.array([[0.0, 0], [1, 0], [0, 2]])


def table(x, **obsm):
    return ad.AnnData(x, obsm=obsm or {"spatial": PLACE})


def preprocessed(folder, spots, *options):
    spots.write_h5ad(folder / "spots.h5ad")
    fixed = [
        "--sample=one",
        "--expression-from=X",
        "--expression-values=auto",
        "--hvg-above=5000",
        "--n-top-genes=3000",
        "--flip=none",
        "--no-swap-xy",
    ]
    files = ["--expression", str(folder / "spots.h5ad"), "--output", str(folder / "out.h5ad")]
    done = CliRunner().invoke(preprocess.main, [*fixed, *files, *options], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return ad.read_h5ad(folder / "out.h5ad"), done.stderr


@pytest.mark.parametrize("form", [np.asarray, sp.csr_matrix, sp.csc_matrix])
def test_counts_are_scaled_to_ten_thousand_and_logged(tmp_path, form):
    found, log = preprocessed(tmp_path, table(form(COUNTS)))
    expected = np.log1p([[2500, 7500, 0, 0], [0, 0, 5000, 5000], [2500, 2500, 2500, 2500]])
    assert sp.issparse(found.X) == (form is not np.asarray)
    assert found.X.dtype == np.float32
    np.testing.assert_allclose(found.X.toarray() if sp.issparse(found.X) else found.X, expected, rtol=1e-6)
    assert dict(found.uns["log1p"]) == {}
    assert "X holds counts" in log


def test_lognormalised_is_left_alone(tmp_path):
    spots = table(np.log1p(COUNTS))
    spots.uns["log1p"] = {}
    found, log = preprocessed(tmp_path, spots)
    np.testing.assert_array_equal(found.X, np.log1p(COUNTS))
    assert dict(found.uns["log1p"]) == {}
    assert "X holds lognormalised" in log


def test_the_users_word_decides(tmp_path):
    found, _ = preprocessed(tmp_path, table(COUNTS / 4), "--expression-values", "lognormalised")
    np.testing.assert_array_equal(found.X, COUNTS / 4)


@pytest.mark.parametrize("form", [np.asarray, sp.csr_matrix])
def test_most_variable_genes_are_kept_in_their_order(tmp_path, form):
    generator = np.random.default_rng(0)
    counts = generator.poisson(5, (60, 400)).astype(np.float32)
    lively = np.arange(3, 400, 80)
    counts[:30, lively], counts[30:, lively] = 10, 0  # the same mean as the others, but all in half of the spots
    spots = ad.AnnData(form(counts), obsm={"spatial": generator.random((60, 2))})
    spots.var_names = [f"gene{number}" for number in range(400)]
    found, _ = preprocessed(tmp_path, spots, "--hvg-above", "399", "--n-top-genes", "5")
    assert found.var_names.tolist() == [f"gene{number}" for number in lively]
    assert sp.issparse(found.X) == (form is sp.csr_matrix)
    whole, _ = preprocessed(tmp_path, spots, "--hvg-above", "400", "--n-top-genes", "5")
    assert whole.n_vars == 400
    x = whole[:, found.var_names].X
    np.testing.assert_array_equal(*(each.toarray() if sp.issparse(each) else each for each in (found.X, x)))


def place_in(dimensions, value):
    return PLACE + value if dimensions == 2 else np.column_stack([PLACE + value, [7.0, 8, 9]])


@pytest.mark.parametrize(
    ("keys", "taken"),
    [
        (["X_spatial", "X_spatial_2d", "X_spatial_3d", "spatial", "spatial_3d"], "spatial_3d"),
        (["X_spatial", "X_spatial_2d", "X_spatial_3d", "spatial"], "spatial"),
        (["X_spatial", "X_spatial_2d", "X_spatial_3d"], "X_spatial_3d"),
        (["X_spatial", "X_spatial_2d"], "X_spatial_2d"),
        (["X_spatial"], "X_spatial"),
    ],
)
def test_order_in_which_coordinates_are_searched(tmp_path, keys, taken):
    places = {key: place_in(3 if "3d" in key else 2, 10.0 * number) for number, key in enumerate(keys)}
    found, log = preprocessed(tmp_path, table(COUNTS, **places))
    assert f"coordinates: '{taken}'" in log
    key = "spatial_3d" if "3d" in taken else "spatial"
    np.testing.assert_array_equal(found.obsm[key], places[taken])
    assert ("spatial_3d" in found.obsm) == ("3d" in taken)


def test_columns_of_obs(tmp_path):
    spots = ad.AnnData(COUNTS)
    spots.obs[["y", "x", "row"]] = pd.DataFrame([[1, 2, 3], [4, 5, 6], [7, 8, 10]], index=spots.obs_names)
    found, _ = preprocessed(tmp_path, spots)
    np.testing.assert_array_equal(found.obsm["spatial"], [[2, 1], [5, 4], [8, 7]])
    found, _ = preprocessed(tmp_path, spots, "--coordinates", "row,y")
    np.testing.assert_array_equal(found.obsm["spatial"], [[3, 1], [6, 4], [10, 7]])


def test_three_dimensions_keep_a_map_of_two(tmp_path):
    alone, _ = preprocessed(tmp_path, table(COUNTS, X_spatial_3d=place_in(3, 0)))
    np.testing.assert_array_equal(alone.obsm["spatial"], PLACE)
    np.testing.assert_array_equal(alone.obsm["spatial_3d"], place_in(3, 0))
    both, _ = preprocessed(tmp_path, table(COUNTS, spatial_3d=place_in(3, 0), spatial=PLACE + 5))
    np.testing.assert_array_equal(both.obsm["spatial"], PLACE + 5)


def test_annotations_and_source_are_kept(tmp_path):
    spots = table(COUNTS)
    spots.obs["area"] = pd.Categorical(["a", "b", "a"])
    spots.uns["spacon_source"] = np.array(["the source"], dtype=object)
    found, _ = preprocessed(tmp_path, spots)
    assert found.obs["area"].tolist() == ["a", "b", "a"]
    assert found.obs["sample"].tolist() == ["one"] * 3
    assert found.uns["spacon_source"].tolist() == ["the source"]
    assert found.obs_names.tolist() == spots.obs_names.tolist()


@pytest.mark.parametrize(
    ("wanted", "values", "marked", "message"),
    [
        ("lognormalised", [1, 2], False, "expression_values is 'lognormalised', but X holds whole numbers only"),
        ("counts", [0.5, 2], True, r"expression_values is 'counts', but X is marked as log-normalised"),
    ],
)
def test_what_contradicts_the_data_is_refused(wanted, values, marked, message):
    spots = ad.AnnData(np.array([values, values], dtype=np.float32), uns={"log1p": {}} if marked else {})
    with pytest.raises(InputError, match=rf"^x\.h5ad: {message}"):
        values_kind(spots, wanted, "x.h5ad")


def test_corrected_counts_may_be_fractions():
    spots = ad.AnnData(np.array([[0.5, 2]], dtype=np.float32))
    assert values_kind(spots, "counts", "x.h5ad") == "counts"


def with_sources(folder):
    """Other counts in X, a layer and raw, which has a gene more; the mark is of X."""
    spots = table(np.log1p(COUNTS))
    spots.uns["log1p"] = {"base": 2}
    spots.raw = ad.AnnData(np.hstack([COUNTS, COUNTS[:, :1]]).astype(np.float32), spots.obs, None)
    spots.layers["counts"] = sp.csr_matrix(COUNTS[:, ::-1].astype(np.float32))
    spots.layers["scaled"] = (COUNTS / 3).astype(np.float32)
    spots.write_h5ad(folder / "sources.h5ad")
    return folder / "sources.h5ad"


@pytest.mark.parametrize(
    ("source", "counts"),
    [("layers/counts", COUNTS[:, ::-1]), ("raw", np.hstack([COUNTS, COUNTS[:, :1]]))],
)
def test_expression_is_taken_from_where_it_is_said_to_be(tmp_path, source, counts):
    spots = read_spots(with_sources(tmp_path), source)
    np.testing.assert_array_equal(spots.X.toarray() if sp.issparse(spots.X) else spots.X, counts)
    assert spots.n_vars == counts.shape[1]
    assert values_kind(spots, "auto", "x.h5ad") == "counts"


def test_a_mark_is_of_x_alone(tmp_path):
    spots = read_spots(with_sources(tmp_path), "layers/scaled")
    assert "log1p" not in spots.uns
    with pytest.raises(InputError, match="not whole numbers and has no mark"):
        values_kind(spots, "auto", "x.h5ad")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("layers/count", r"has no layers/count, which expression_from names; did you mean 'layers/counts'\?"),
        ("counts", "has no counts, which expression_from names"),
        ("layers/../X", "has no layers/../X, which expression_from names"),
    ],
)
def test_a_source_that_is_not_there_is_refused(tmp_path, source, words):
    with pytest.raises(InputError, match=words):
        read_spots(with_sources(tmp_path), source)


def test_no_raw_is_refused(tmp_path):
    table(COUNTS).write_h5ad(tmp_path / "plain.h5ad")
    with pytest.raises(InputError, match="has no raw, which expression_from names"):
        read_spots(tmp_path / "plain.h5ad", "raw")
