"""What two runs made, side by side: how far apart, and why."""

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from safetensors.numpy import save_file

from spacon.crate.comparison import Distance, distance_of
from spacon.crate.reasons import UNKNOWN, _of_task

LABELS = {"spot": ["a", "b", "c", "d"], "x": [0.0, 1, 2, 3], "k": [0, 0, 1, 1]}


def tables(tmp_path, one, two, name="clusters.csv"):
    for folder, content in (("one", one), ("two", two)):
        (tmp_path / folder).mkdir()
        pd.DataFrame(content).to_csv(tmp_path / folder / name, index=False)
    return tmp_path / "one" / name, tmp_path / "two" / name


def test_labels_are_the_same_where_a_position_was_written_otherwise(tmp_path):
    other = LABELS | {"x": [0.0, 1, 2, 3.5]}
    assert distance_of(*tables(tmp_path, LABELS, other)) == Distance("same labels", 1.0, 0.5)


def test_numbers_of_clusters_that_changed_places_are_other_labels_of_index_one(tmp_path):
    other = LABELS | {"k": [1, 1, 0, 0]}
    assert distance_of(*tables(tmp_path, LABELS, other)) == Distance("other labels", 1.0, 0.0)


def test_the_smallest_index_of_all_clusterings_is_told(tmp_path):
    """[0, 0, 1, 1] against [0, 1, 0, 1]: no pair agrees, index -0.5 of four spots."""
    one, two = LABELS | {"l": [0, 0, 1, 1]}, LABELS | {"l": [0, 1, 0, 1]}
    assert distance_of(*tables(tmp_path, one, two)) == Distance("other labels", -0.5, 0.0)


def test_columns_go_by_their_order_as_names_hold_the_resolution_found(tmp_path):
    other = {"j" if name == "k" else name: column for name, column in LABELS.items()}
    assert distance_of(*tables(tmp_path, LABELS, other)) == Distance("same labels", 1.0, 0.0)


@pytest.mark.parametrize("other", [{"spot": ["a"], "x": [0.0], "k": [0]}, LABELS | {"l": [0, 0, 0, 0]}])
def test_another_number_of_spots_or_clusterings_is_another_shape(tmp_path, other):
    assert distance_of(*tables(tmp_path, LABELS, other)) == Distance("other shape")


def test_a_table_without_spots_has_numbers_alone(tmp_path):
    one, two = {"epoch": [1, 2], "loss": [0.5, 0.25]}, {"epoch": [1, 2], "loss": [0.5, 0.125]}
    assert distance_of(*tables(tmp_path, one, two, "history.csv")) == Distance("other numbers", None, 0.125)


@pytest.mark.parametrize(("two", "gap"), [([np.nan, 2.0], 1.0), ([1.0, 1.0], np.inf)])
def test_a_number_missing_on_both_sides_is_no_difference(tmp_path, two, gap):
    found = distance_of(*tables(tmp_path, {"ari": [np.nan, 1.0]}, {"ari": two}, "metrics.csv"))
    assert found == Distance("other numbers", None, gap)


def test_arrays_and_weights(tmp_path):
    for folder, gap in (("one", 0), ("two", 2.0**-10)):
        (tmp_path / folder).mkdir()
        numbers = np.arange(6, dtype=np.float32).reshape(2, 3)
        numbers[1, 2] += gap
        np.savez(tmp_path / folder / "embedding.npz", a=numbers, alone=np.float64(gap), name=np.array("one"))
        save_file({"w": numbers}, tmp_path / folder / "model.safetensors")
    for name in ("embedding.npz", "model.safetensors"):
        assert distance_of(tmp_path / "one" / name, tmp_path / "two" / name) == Distance(
            "other numbers", None, 2.0**-10
        )


def test_the_annotated_file(tmp_path):
    for folder, gap in (("one", 0), ("two", 0.25)):
        (tmp_path / folder).mkdir()
        labels = pd.Categorical(["0", "1", "1"])
        spots = anndata.AnnData(
            sp.csr_matrix(np.eye(3, dtype=np.float32)),
            obs=pd.DataFrame({"spacon_alpha0_resolution1_seed1": labels, "age": [1, 2, 3]}, index=["a", "b", "c"]),
            obsm={"X_spacon": np.full((3, 2), 1 + gap)},
        )
        spots.write_h5ad(tmp_path / folder / "clustered.h5ad")
    paths = [tmp_path / folder / "clustered.h5ad" for folder in ("one", "two")]
    assert distance_of(*paths) == Distance("same labels", 1.0, 0.25)


def test_of_pages_and_figures_only_bytes_are_told(tmp_path):
    assert distance_of(tmp_path / "a.html", tmp_path / "b.html") == Distance("other bytes")


HERE = {"numerics": "fast", "threads": "2", "processor": "Intel", "instructions": "X86_V4", "device": "auto"}
THERE = {
    "threads": ({"threads": "4"}, ["threads: 2, now 4"]),
    "processor": ({"processor": "AMD"}, ["processor in fast numerics: Intel with X86_V4, now AMD with X86_V4"]),
    "emulated": ({"instructions": "X86_V3"}, ["processor in fast numerics: Intel with X86_V4, now Intel with X86_V3"]),
    "nothing": ({}, []),
}


@pytest.mark.parametrize(("there", "reasons"), THERE.values(), ids=THERE)
def test_what_differs_around_a_task_is_a_reason(there, reasons):
    assert list(_of_task(HERE, HERE | there)) == reasons


def test_another_processor_is_no_reason_in_portable_numerics():
    portable = HERE | {"numerics": "portable"}
    assert list(_of_task(portable, portable | {"processor": "AMD", "instructions": "X86_V3"})) == []
    assert UNKNOWN.startswith("none found")
