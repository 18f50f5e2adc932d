"""The user's columns: kept under names that do not meet ours, in types that can be stored, counted as people do."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacon.data.columns import carried, natural_order, sections
from spacon.data.spots_file import write_spots

N = 3
NAMES = ["sample", "original_sample", "original_sample_2", "_index", "a/b", "/", ".", "", " ", "ü", "original_a_b", "x"]


def table(**columns):
    return pd.DataFrame(columns, index=[f"s{number}" for number in range(N)])


@given(st.lists(st.sampled_from(NAMES), unique=True, max_size=8), st.sampled_from(["sample", "x", "_index", None]))
def test_no_column_is_lost_or_meets_another_and_the_file_can_be_written(tmp_path_factory, names, index):
    obs = pd.DataFrame({name: [f"{name}{spot}" for spot in range(N)] for name in names}, index=["a", "b", "c"])
    obs.index.name = index
    kept, changed = carried(obs, "one")
    assert "sample" not in kept
    assert len(set(kept.columns)) == len(kept.columns) == len(names)
    for name in names:  # every value arrives, under the name that was told
        assert kept[changed.get(name, name)].tolist() == obs[name].tolist()
    assert set(changed) == {name for name in names if name not in kept.columns}
    spots = ad.AnnData(np.ones((N, 2), dtype=np.float32), obs=kept)
    spots.obs["sample"] = "one"
    path = tmp_path_factory.mktemp("columns") / "spots.h5ad"
    write_spots(spots, path)
    assert set(ad.read_h5ad(path).obs.columns) == {*kept.columns, "sample"}


def test_what_an_earlier_run_left_goes_and_what_is_the_user_s_stays():
    key = "spacon_alpha0.5_resolution0.6_seed1"
    obs = table(**{key: ["0"] * N, f"{key}_refined": ["0"] * N, "sample": ["one"] * N, "spacon_like": [1] * N})
    kept, changed = carried(obs, "one")
    assert kept.columns.tolist() == ["spacon_like"]
    assert changed == {key: None, f"{key}_refined": None, "sample": None}
    kept, changed = carried(obs, "two")  # the same file under another sample's name
    assert kept.columns.tolist() == ["original_sample", "spacon_like"]
    assert changed["sample"] == "original_sample"


KINDS = {
    "text": (["a", "b", "c"], ["a", "b", "c"]),
    "missing text": (["a", None, "c"], ["a", np.nan, "c"]),
    "nullable text": (pd.array(["a", None, "c"], dtype="string"), ["a", np.nan, "c"]),
    "mixed": (["a", 1, None], ["a", "1", np.nan]),
    "lists": ([[1], [2, 3], None], ["[1]", "[2, 3]", np.nan]),
    "numbers": ([1.5, np.nan, 2.0], [1.5, np.nan, 2.0]),
    "whole": (np.array([1, 2, 3], dtype=">i2"), [1, 2, 3]),
    "half": (np.array([1, 2, 3], dtype="f2"), [1, 2, 3]),
    "nullable whole": (pd.array([1, None, 3], dtype="Int64"), [1, np.nan, 3]),
    "nullable truth": (pd.array([True, None, False], dtype="boolean"), [True, np.nan, False]),
    "truth": ([True, False, True], [True, False, True]),
    "dates": (
        pd.to_datetime(["2026-01-01", None, "2026-01-02"]),
        ["2026-01-01 00:00:00", np.nan, "2026-01-02 00:00:00"],
    ),
    "intervals": (pd.cut([1, 2, 3], [0, 2, 4]), ["(0, 2]", "(0, 2]", "(2, 4]"]),
    "categories": (pd.Categorical(["b", None, "a"], categories=["b", "a", "unused"]), ["b", np.nan, "a"]),
    "nullable categories": (pd.Categorical(pd.array(["b", None, "a"], dtype="string")), ["b", np.nan, "a"]),
    "categories of numbers": (pd.Categorical([1.5, 2.5, 1.5]), [1.5, 2.5, 1.5]),
    "complex": (np.array([1 + 1j, 2, 3]), ["(1+1j)", "(2+0j)", "(3+0j)"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_of_column_comes_back(tmp_path, kind):
    values, expected = KINDS[kind]
    spots = ad.AnnData(np.ones((N, 2), dtype=np.float32), obs=carried(table(it=values), "one")[0])
    write_spots(spots, tmp_path / "spots.h5ad")
    found = ad.read_h5ad(tmp_path / "spots.h5ad").obs["it"].astype(object)
    assert found.where(found.notna(), np.nan).tolist() == pytest.approx(expected, nan_ok=True)


def test_categories_keep_their_order():
    stages = pd.Categorical(["late", "early", "late"], categories=["late", "unused", "early"], ordered=True)
    kept = carried(table(stage=stages), "one")[0]["stage"]
    assert kept.cat.categories.tolist() == ["late", "unused", "early"]
    assert kept.cat.ordered


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["10", "2", "1"], ["1", "2", "10"]),
        (["s10", "s9", "s1"], ["s1", "s9", "s10"]),
        (["-1", "0.5", "-10", "2"], ["-10", "-1", "0.5", "2"]),
        (["ABCA-1.079", "ABCA-1.9", "ABCA-1.080"], ["ABCA-1.9", "ABCA-1.079", "ABCA-1.080"]),
        (["b", "10", "a", "9"], ["9", "10", "a", "b"]),
        (["01", "1", "1.0"], ["01", "1", "1.0"]),
        (["nan", "inf", "3"], ["3", "inf", "nan"]),
        (["前2", "前10", "前1"], ["前1", "前2", "前10"]),
    ],
)  # fmt: skip
def test_natural_order(names, ordered):
    assert natural_order(names) == ordered
    assert natural_order(reversed(names)) == ordered


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ([1, 2, 10], ["1", "2", "10"]),
        ([1.0, 2.0, 10.0], ["1", "2", "10"]),  # whole numbers that a missing value once made fractions
        ([0.5, 1.0, 2.0], ["0.5", "1.0", "2.0"]),
        (pd.Categorical([2, 1, 2]), ["2", "1", "2"]),
        (pd.array([1, 2, 3], dtype="Int64"), ["1", "2", "3"]),
        (pd.array(["é", "b", "c"], dtype="string"), ["é", "b", "c"]),
        ([True, False, True], ["True", "False", "True"]),
    ],
)
def test_sections_are_named_as_the_user_would(column, text):
    spots = ad.AnnData(np.ones((N, 2), dtype=np.float32), obs=table(slice=column))
    assert sections(spots, "slice", "x.h5ad").tolist() == text
