"""One connectivity in three forms: matched by number or by name, all end in the same bytes."""

import subprocess
import sys
import warnings
from pathlib import Path
from zipfile import ZipFile

import anndata
import numpy as np
import pandas as pd
import pytest
import zarr

from tests.pipeline.conftest import PROJECT, run_in

SIZE = "--n-spots 150 --n-genes 60 --n-areas 4 --difficulty 0.5 --simulation-seed 1 --factored"
SMALL = ("--epochs", "1", "--widths", "24,12,6", "--alphas", "0.5", "--connectivity_threshold", "0.2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Spots with a column of regions, some in none; values between regions in order, and with names in another."""
    folder = tmp_path_factory.mktemp("connectivity")
    words = f"{SIZE} --expression e.h5ad --connectivity c.npz"
    subprocess.run([sys.executable, PROJECT / "bin" / "cortex.py", *words.split()], cwd=folder, check=True)
    with np.load(folder / "c.npz") as archive:
        values, index = archive["values"], archive["index"]
    spots = anndata.read_h5ad(folder / "e.h5ad")
    spots.obs["place"] = index // 2 * 2  # two spots in each; others have none
    spots.obs.loc[spots.obs_names[:5], "place"] = -1
    spots.write_h5ad(folder / "e.h5ad")
    np.save(folder / "by_number.npy", values)
    names = [str(place) for place in range(len(values))]
    table = pd.DataFrame(values.astype(np.float64), names, names)
    order = np.random.default_rng(0).permutation(names)
    table.loc[order, order[::-1]].to_csv(folder / "by_name.tsv.gz", sep="\t")
    with warnings.catch_warnings(action="ignore"):  # of zarr, that no other program may read such texts
        root = zarr.open_group(folder / "wires.zarr", mode="w")
        root.create_array("density", data=table.loc[order, order].to_numpy(), chunks=(3, 5))
        root.create_array("names", data=np.array(order))
        root.create_array("centres", data=np.ones((3, 2)))
    rows = ["by_number,e.h5ad,by_number.npy", "by_name,e.h5ad,by_name.tsv.gz", "zarr,e.h5ad,wires.zarr"]
    (folder / "samples.csv").write_text("\n".join(["sample,expression,connectivity", *rows]) + "\n")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    run = run_in(folder, "--input", "samples.csv", "--region_key", "place", "--crate_inputs", *SMALL)
    assert run.status == 0, run.printed
    return run


@pytest.mark.parametrize("file", ["model/model_seed1.safetensors", "model/embedding_seed1.npz"])
def test_the_model_is_the_same_to_the_bit(run, file):
    by_name, by_number, zarr = ((run.results / each / file).read_bytes() for each in ("by_name", "by_number", "zarr"))
    assert by_name == by_number == zarr


def test_clusters_are_the_same(run):
    one, *others = ((run.results / sample / "clusters.csv").read_text() for sample in ("by_number", "by_name", "zarr"))
    assert one.count("\n") == 151
    assert others == [one, one]


def test_the_crate_holds_the_files_of_the_zarr(run, folder):
    files = {file.relative_to(folder) for file in (folder / "wires.zarr").rglob("*") if file.is_file()}
    assert Path("wires.zarr/density/c/0/0") in files
    with ZipFile(run.results / "results.crate.zip") as crate:
        held = {name for name in crate.namelist() if name.startswith("inputs/zarr/")}
        assert held == {"inputs/zarr/e.h5ad", *(f"inputs/zarr/{file}" for file in files)}
        for file in files:
            assert crate.read(f"inputs/zarr/{file}") == (folder / file).read_bytes()


def test_a_run_of_a_zarr_is_repeated_from_its_crate(run, tmp_path):
    again = run_in(tmp_path, "-profile", "replay", "--from", str(run.results / "results.crate.zip"))
    assert again.status == 0, again.printed
    table = pd.read_csv(again.folder / "replay" / "replay.csv")
    assert (table["verdict"] == "same bytes").all(), table.to_string()
    assert "zarr/clusters.csv" in set(table["output"])


@pytest.mark.parametrize(("sample", "how"), [("by_number", "by number, from 0, to obs"), ("by_name", "by name to the")])
def test_the_report_says_how_rows_were_matched_and_which_spots_have_none(run, folder, sample, how):
    report = (run.results / sample / "report.html").read_text()
    assert f"<td>matched {how}" in report
    assert "<td>5, which have no connections</td>" in report
    places = anndata.read_h5ad(folder / "e.h5ad").obs["place"]
    own = np.load(folder / "by_number.npy").diagonal()[sorted(set(places) - {-1})]
    assert f"<td>connected with each other in {(own > 0.2).sum()} of {len(own)} regions</td>" in report
    assert '<tr class="doubtful">' not in report
    assert run.printed.count("5 of 150 spots have no row in") == 3


def test_notes_with_commas_are_whole_on_the_console(run):
    for sample in ("by_number", "by_name"):
        notes = pd.read_csv(run.results / sample / "notes.csv")["note"]
        assert notes.str.contains(",").any()
        assert all(f"sample {sample}: {note}\n" in run.printed for note in notes)
