"""Samples that are put together before anything is checked: a provider's folder, a table of cells, places."""

import json
import zipfile
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

from tests.corpus.providers import COUNTS, IDS, PLACES, SYMBOLS, N, xenium
from tests.pipeline.conftest import run_in
from tests.pipeline.test_plan import planned, ran

HEADER = "sample,expression,connectivity,spots\n"
SMALL = "--epochs 1 --widths 10,6,3 --alphas 0.5 --batch_size 16 --spatial_neighbors 5 --cluster_neighbors 5"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The same cells as a Xenium folder, and as a table of counts with one of coordinates, in other orders."""
    folder = tmp_path_factory.mktemp("assembly")
    (folder / "xenium outs").mkdir()
    xenium(folder / "xenium outs")
    (folder / "xenium outs" / "morphology.ome.tif").write_bytes(b"not read")
    pd.DataFrame(COUNTS, IDS, SYMBOLS).rename_axis("cell_id").to_csv(folder / "counts.csv")
    about = pd.DataFrame({"cell_id": IDS, "x": PLACES[:, 0], "y": PLACES[:, 1], "depth": COUNTS.sum(axis=1)})
    about.sample(frac=1, random_state=1).to_csv(folder / "about.tsv.gz", sep="\t", index=False)
    weights = pd.DataFrame(np.random.default_rng(3).random((N, N)), IDS, IDS)
    weights.sample(frac=1, random_state=2).to_csv(folder / "wires.csv")
    rows = ["vendor,xenium outs,wires.csv,", "table,counts.csv,wires.csv,about.tsv.gz"]
    (folder / "samples.csv").write_text(HEADER + "\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    run = run_in(folder, "--input", "samples.csv", "--connectivity_threshold", "0.8", "--crate_inputs", *SMALL.split())
    assert run.status == 0, run.printed
    return run


def test_one_content_gives_one_model_whatever_files_it_came_in(run):
    for file in ("model_seed1.safetensors", "embedding_seed1.npz"):
        vendor, table = ((run.results / sample / "model" / file).read_bytes() for sample in ("vendor", "table"))
        assert vendor == table
    vendor, table = (pd.read_csv(run.results / sample / "clusters.csv", dtype=str) for sample in ("vendor", "table"))
    assert vendor.equals(table)
    assert list(vendor["spot"]) == IDS
    spots = anndata.read_h5ad(run.results / "table" / "clustered.h5ad")
    assert list(spots.obs["depth"]) == list(COUNTS.sum(axis=1))
    assert set(spots.var_names) == set(SYMBOLS)


def test_what_was_put_together_is_said(run):
    notes = pd.read_csv(run.results / "vendor" / "notes.csv")["note"]
    assert notes.str.contains("3 of 15 features").any()
    assert notes.str.contains("x_centroid, y_centroid (µm; Xenium) are obsm['spatial']", regex=False).any()
    assert all(f"sample vendor: {note}\n" in run.printed for note in notes)


def test_the_crate_names_the_files_that_were_read_and_no_others(run):
    with zipfile.ZipFile(run.results / "results.crate.zip") as crate:
        said = json.loads(crate.read("ro-crate-metadata.json"))["@graph"]
    brought = {entity["name"] for entity in said if entity.get("exampleOfWork")} - {None}
    files = {name for name in brought if str(name).startswith("inputs/")}
    assert files == {
        "inputs/samples.csv",
        "inputs/vendor/xenium outs/cell_feature_matrix.h5",
        "inputs/vendor/xenium outs/cells.parquet",
        *("inputs/vendor/wires.csv", "inputs/table/wires.csv"),
        *("inputs/table/counts.csv", "inputs/table/about.tsv.gz"),
    }


def test_the_plan_counts_what_puts_samples_together(run, folder):
    given = ("--input", "samples.csv", "--connectivity_threshold", "0.8", *SMALL.split())
    plan = run_in(folder, *given, "--plan", "-resume")
    assert plan.status == 0, plan.printed
    assert planned(plan) == ran(run)
    assert planned(plan)["assemble"] == 2
    changed = run_in(
        folder, *given, "--expression_from", "raw", "--plan", "--since", "results/pipeline_info/params.json"
    )
    assert changed.status == 1  # text and folders hold one expression
    assert "counts.csv: has one expression; expression_from is 'raw', but must be X here" in changed.printed


def test_a_run_of_folders_and_tables_is_repeated_from_its_crate(run, tmp_path):
    again = run_in(tmp_path, "-profile", "replay", "--from", str(run.results / "results.crate.zip"))
    assert again.status == 0, again.printed
    table = pd.read_csv(again.folder / "replay" / "replay.csv")
    assert (table["verdict"] == "same bytes").all(), table.to_string()
    assert {"vendor/clusters.csv", "table/clusters.csv"} <= set(table["output"])


def test_all_that_is_wrong_with_files_to_be_put_together_is_told_before_anything_is_computed(folder, tmp_path):
    (tmp_path / "counts.csv").write_text("cell_id,A,B\na,1,2\nb,x,3\n")
    (tmp_path / "about.csv").write_text("cell_id,x,y\nno one,1,2\n")
    (tmp_path / "empty folder").mkdir()
    (tmp_path / "empty folder" / "notes.txt").write_text("nothing")
    wires = folder / "wires.csv"
    rows = [
        f"text,counts.csv,{wires},",
        f"names,{folder / 'counts.csv'},{wires},about.csv",
        f"nobody,empty folder,{wires},",
    ]
    (tmp_path / "samples.csv").write_text(HEADER + "\n".join(rows) + "\n")
    done = run_in(tmp_path, "--input", "samples.csv", *SMALL.split())
    assert done.status == 1
    lines = {line.split(":")[0]: line for line in done.printed.splitlines() if line.startswith("sample ")}
    assert set(lines) == {"sample names", "sample nobody", "sample text"}
    assert "about.csv: none of its rows names one of the 40 cells" in lines["sample names"]
    assert "empty folder: a folder of no provider that is known" in lines["sample nobody"]
    assert "counts.csv: " in lines["sample text"]
    assert not (tmp_path / "results" / "text").exists()


@pytest.fixture(scope="module")
def abc(tmp_path_factory):
    """The whole way from files as the Allen atlas publishes them: tables joined, cells aligned to voxels, a product."""
    run = run_in(tmp_path_factory.mktemp("abc"), "-profile", "abc")
    assert run.status == 0, run.printed
    return run.results / "abc"


def test_planted_areas_are_found_in_files_of_the_atlas(abc):
    metrics = pd.read_csv(abc / "metrics.csv").set_index("alpha")["adjusted_rand_index"]
    assert metrics[0.5] >= 0.8
    assert metrics[0.5] > 0.2 + max(metrics[0], metrics[1])  # neither genes nor wiring alone tells all areas apart


def test_cells_without_a_place_are_counted_and_listed(abc):
    notes = " ".join(pd.read_csv(abc / "notes.csv")["note"])
    unmatched = pd.read_csv(abc / "unmatched.csv", dtype={"id": str})
    assert f"{len(unmatched)} of 19,009 cells have no place" in notes
    assert (unmatched["distance"] > 0.25).all()
    assert unmatched["id"].str.fullmatch(r"\d{38,39}").all()
    spots = anndata.read_h5ad(abc / "clustered.h5ad")
    assert spots.obs["cells"].sum() == 19_009 - len(unmatched)
    assert len(spots) == spots.obs["place"].nunique()
    table = pd.read_csv(abc / "clusters.csv", dtype={"place": str})
    assert list(table)[:3] == ["spot", "place", "cells"]
    assert table["place"].tolist() == spots.obs["place"].tolist()
    assert table["cells"].tolist() == spots.obs["cells"].tolist()


def test_maps_show_the_plane_of_the_sections(abc):
    spots = anndata.read_h5ad(abc / "clustered.h5ad")
    across, down = spots.obsm["spatial_3d"][:, 2], spots.obsm["spatial_3d"][:, 1]  # sections follow x
    np.testing.assert_array_equal(spots.obsm["spatial"], np.column_stack([across, -down]))
