"""Spots that are parcels of a surface, as the marmoset's are: their clusters come back on its vertices."""

import json
import zipfile
from pathlib import Path

import anndata
import h5py
import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from tests.corpus.surfaces import write_geometry, write_parcels
from tests.pipeline.conftest import run_in
from tests.pipeline.test_plan import planned, ran

PARCELS, VERTICES, GENES = 40, 150, 15
SMALL = ("--epochs", "1", "--widths", "10,6,3", "--alphas", "0.5", "--resolutions", "0.6,2", "--batch_size", "16")
NEAR = ("--spatial_neighbors", "5", "--cluster_neighbors", "5", "--connectivity_threshold", "0.4")
SIDES = {"L": 0, "R": PARCELS // 2}  # parcels 1 to 20 are on the left, 21 to 40 on the right
RANDOM = np.random.default_rng(4)
OUTSIDE = RANDOM.random((2, VERTICES)) < 0.2
KEYS = {
    side: np.where(outside, 0, first + 1 + np.arange(VERTICES) % 20)
    for (side, first), outside in zip(SIDES.items(), OUTSIDE, strict=True)
}
AREA = np.arange(PARCELS) % 4  # of each parcel
COUNTS = RANDOM.poisson(1 + 6 * (np.arange(GENES) % 4 == AREA[:, None]))
WIRES = (AREA[:, None] == AREA) * 0.5 + RANDOM.random((PARCELS, PARCELS)) * 0.4
POSITIONS = RANDOM.normal(size=(PARCELS, 3))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The files as the published run has them: positions in obsm, a matrix of MATLAB 7.3, parcels as numbers."""
    folder = tmp_path_factory.mktemp("surfaces")
    order = np.random.default_rng(5).permutation(PARCELS)  # of spots; their names tell the parcels
    logs = np.log1p(COUNTS / COUNTS.sum(axis=1, keepdims=True) * 1e4).astype(np.float32)
    spots = anndata.AnnData(logs[order], obs=pd.DataFrame(index=[str(number + 1) for number in order]))
    spots.obsm["spatial"] = POSITIONS[order]
    spots.uns["log1p"] = {}
    spots.write_h5ad(folder / "marmoset.h5ad")
    with h5py.File(folder / "wires.mat", "w", userblock_size=512) as file:
        file["connectivity"] = WIRES[np.ix_(order, order)]
    for side, keys in KEYS.items():
        write_parcels(folder / f"parcels.{side}.shape.gii", keys, side)
    row = "marmoset,marmoset.h5ad,wires.mat,parcels.R.shape.gii;parcels.L.shape.gii"
    (folder / "samples.csv").write_text(f"sample,expression,connectivity,surfaces\n{row}\n")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    run = run_in(folder, "--input", "samples.csv", "--crate_inputs", *SMALL, *NEAR)
    assert run.status == 0, run.printed
    return run


def labels_on_vertices(folder: Path, table: pd.DataFrame) -> None:
    """Assert that each vertex has the label of its parcel's spot in every file, and 0 where it has none."""
    clusterings = [name for name in table if name.startswith("spacon_")]
    whole = nib.load(folder / "clusters.dlabel.nii")
    models = whole.header.get_axis(1)
    assert whole.header.get_axis(0).name.tolist() == clusterings
    for number, name in enumerate(clusterings):
        key_of = dict(zip(table["spot"].astype(str), table[name] + 1, strict=True))
        for side, (_, where, axis) in zip(KEYS, models.iter_structures(), strict=True):
            expected = [key_of.get(str(key), 0) for key in KEYS[side].tolist()]
            assert nib.load(folder / f"{name}.{side}.label.gii").darrays[0].data.tolist() == expected
            assert np.asarray(whole.dataobj)[number, where][axis.vertex].tolist() == expected


def test_each_vertex_has_the_label_of_its_parcel(run):
    folder = run.results / "marmoset"
    table = pd.read_csv(folder / "clusters.csv")
    labels_on_vertices(folder / "surfaces", table)
    assert table.filter(like="spacon_").nunique().min() > 1
    assert len(list((folder / "surfaces").iterdir())) == 2 * 2 + 1


def test_the_plan_counts_what_writes_labels(run, folder):
    plan = run_in(folder, "--input", "samples.csv", *SMALL, *NEAR, "--plan", "-resume")
    assert plan.status == 0, plan.printed
    assert planned(plan) == ran(run)
    assert planned(plan)["surfaces"] == 1


def test_the_crate_holds_the_labels_and_the_run_is_repeated_from_it(run, tmp_path):
    with zipfile.ZipFile(run.results / "results.crate.zip") as crate:
        said = {entity["@id"]: entity for entity in json.loads(crate.read("ro-crate-metadata.json"))["@graph"]}
    assert said["inputs/marmoset/parcels.L.shape.gii"]["exampleOfWork"] == {"@id": "#parameter/surfaces"}
    again = run_in(tmp_path, "-profile", "replay", "--from", str(run.results / "results.crate.zip"))
    assert again.status == 0, again.printed
    table = pd.read_csv(again.folder / "replay" / "replay.csv")
    assert (table["verdict"] == "same bytes").all(), table.to_string()
    assert "marmoset/surfaces/clusters.dlabel.nii" in set(table["output"])


def test_spots_that_are_no_parcels_end_the_run_before_anything_is_computed(folder, tmp_path):
    spots = anndata.read_h5ad(folder / "marmoset.h5ad")
    spots.obs_names = [str(number) for number in range(PARCELS)]
    spots.write_h5ad(tmp_path / "numbered.h5ad")
    spots.obs_names = [f"p{number}" for number in range(PARCELS)]
    spots.write_h5ad(tmp_path / "named.h5ad")
    rest = f"{folder}/wires.mat,{folder}/parcels.L.shape.gii"
    rows = [f"numbered,numbered.h5ad,{rest}", f"named,named.h5ad,{rest}"]
    (tmp_path / "samples.csv").write_text("\n".join(["sample,expression,connectivity,surfaces", *rows]) + "\n")
    done = run_in(tmp_path, "--input", "samples.csv", *SMALL)
    assert done.status == 1
    lines = {line.split(":")[0]: line for line in done.printed.splitlines() if line.startswith("sample ")}
    assert "numbered.h5ad: its spots are named 0, 1, ..., as AnnData numbers them" in lines["sample numbered"]
    assert "named.h5ad: no spot is a parcel of parcels.L.shape.gii: their names are 'p0', " in lines["sample named"]
    assert "Submitted process > SPACON:CHECKS:PREPROCESS" not in done.printed


CELLS = 6  # of each parcel


@pytest.fixture(scope="module")
def aligned(folder, tmp_path_factory):
    """Cells labelled by parcel, some with a label that is none; parcel 7 has no cells. The order of all is shuffled."""
    made = tmp_path_factory.mktemp("aligned")
    random = np.random.default_rng(6)
    parcel = np.array([number for number in range(PARCELS) if number != 6] * CELLS)
    counts = random.poisson(COUNTS[parcel] + 1)
    labels = [*(str(number + 1) for number in parcel), "elsewhere", "elsewhere", "0"]
    counts = np.vstack([counts, np.ones((3, GENES))]).astype(np.float32)
    order = random.permutation(len(labels))
    obs = pd.DataFrame({"parcel": np.array(labels)[order]}, index=[f"cell{number}" for number in order])
    anndata.AnnData(counts[order], obs=obs).write_h5ad(made / "cells.h5ad")
    names = [str(number + 1) for number in range(PARCELS)]
    pd.DataFrame(WIRES, names, names).to_csv(made / "wires.csv")
    files = [folder / f"parcels.{side}.shape.gii" for side in SIDES]
    files += [write_geometry(made / f"geometry.{side}.surf.gii", vertices_of(side), side) for side in SIDES]
    row = f"cells,cells.h5ad,wires.csv,{';'.join(map(str, files))}"
    (made / "samples.csv").write_text(f"sample,expression,connectivity,surfaces\n{row}\n")
    run = run_in(made, "--input", "samples.csv", "--align", "surface", "--region_key", "parcel", *SMALL, *NEAR)
    assert run.status == 0, run.printed
    return run


def vertices_of(side: str) -> np.ndarray:
    return np.random.default_rng(SIDES[side]).normal(size=(VERTICES, 3)).astype(np.float32) + SIDES[side]


def test_cells_of_a_parcel_are_one_spot_where_its_vertices_lie(aligned):
    table = pd.read_csv(aligned.results / "cells" / "clusters.csv")
    assert table["spot"].tolist() == [number + 1 for number in range(PARCELS) if number != 6]
    for row in table.itertuples():
        side = "L" if row.spot <= SIDES["R"] else "R"
        middle = vertices_of(side)[KEYS[side] == row.spot].astype(float).mean(axis=0)
        np.testing.assert_allclose([row.x, row.y, row.z], middle, rtol=1e-6)
    spots = anndata.read_h5ad(aligned.results / "cells" / "clustered.h5ad")
    assert (spots.obs["cells"] == CELLS).all()
    labels_on_vertices(aligned.results / "cells" / "surfaces", table)


def test_cells_without_a_parcel_are_counted_and_listed(aligned):
    notes = pd.read_csv(aligned.results / "cells" / "notes.csv")["note"].tolist()
    assert "3 of 237 cells have no place and are not used: 3 in no parcel of the surface" in notes
    assert "labels of cells that are no parcel of the surface: 'elsewhere' (2 cells), '0' (1 cell)" in notes
    assert any(note.startswith("1 of 40 parcels of parcels.L.shape.gii, parcels.R.shape.gii has no") for note in notes)
    unmatched = pd.read_csv(aligned.results / "cells" / "unmatched.csv")
    assert set(unmatched["id"]) == {"cell234", "cell235", "cell236"}
    assert set(unmatched["reason"]) == {"in no parcel of the surface"}
