"""The four published runs on small made-up files as their providers publish them, by the commands of docs/data.md."""

import gzip
import re
import shlex
import subprocess
import sys
from pathlib import Path

import anndata
import h5py
import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.spatial.distance import cdist

from tests.corpus.surfaces import write_parcels
from tests.pipeline.conftest import PROJECT, Run, run_in

DOCS = (PROJECT / "docs" / "data.md").read_text(encoding="utf-8")
QUICK = ("--epochs", "1", "--widths", "12,6,3", "--alphas")
GENES = 16
SYMBOLS = [f"Gene{number}" for number in range(GENES)]
ENSEMBL = [f"ENSMUSG{number:011d}" for number in range(GENES)]
LOST = [1, 2, 4]  # cells that lack a row in a table of the atlas


def documented(preset: str) -> tuple[str, list[str]]:
    """The samplesheet and the arguments that docs/data.md has for a preset."""
    sheet, command = re.search(
        rf"```\n(sample,[^`]*)```\n\n```bash\n\./nextflow run \. (-profile {preset} [^`]*)```", DOCS
    ).groups()
    return sheet, shlex.split(command.replace("\\\n", ""))


def as_documented(folder: Path, preset: str, alpha: str) -> Run:
    """Write the samplesheet of docs/data.md and run its command beside the files that it names, but for one alpha."""
    sheet, arguments = documented(preset)
    (folder / "samples.csv").write_text(sheet)
    run = run_in(folder, *arguments, *QUICK, alpha)
    assert run.status == 0, run.printed
    return run


def result(run: Run) -> anndata.AnnData:
    """The spots of the only sample."""
    (file,) = run.results.glob("*/clustered.h5ad")
    return anndata.read_h5ad(file)


def notes(run: Run) -> list[str]:
    (file,) = run.results.glob("*/notes.csv")
    return pd.read_csv(file)["note"].tolist()


def clusters(spots: anndata.AnnData) -> pd.Series:
    """The labels of the only clustering, as they are before refinement."""
    (name,) = (name for name in spots.obs if name.startswith("spacon_") and not name.endswith("refined"))
    return spots.obs[name]


def logs(counts: np.ndarray) -> np.ndarray:
    return np.log1p(counts / counts.sum(axis=1, keepdims=True) * 1e4)


def edges_are(spots: anndata.AnnData, expected: np.ndarray) -> None:
    """Assert which connections there are, the diagonal aside."""
    found = spots.obsp["connectome_connectivities"].toarray()
    expected = expected & ~np.eye(len(expected), dtype=bool)
    assert 0 < expected.sum() < expected.size / 2
    np.testing.assert_array_equal(found > 0, expected)


def tells_apart(spots: anndata.AnnData, area: np.ndarray) -> None:
    """Assert that clusters are several, and none reaches over two of the planted areas."""
    label = clusters(spots).to_numpy()
    assert len(set(label)) >= len(set(area)) > 1
    assert all(len(set(area[label == each])) == 1 for each in set(label))


def counts_of(area: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Counts of cells (n, genes): those of an area have genes of their own."""
    return random.poisson(1 + 8 * (np.arange(GENES) % 2 == area[:, None]))


def atlas(folder: Path, counts: np.ndarray, positions: np.ndarray, section: np.ndarray) -> list[str]:
    """Write cells as the Allen atlas publishes them, tables in an order of their own."""
    names = [f"1015221640100{number:026d}" for number in range(len(counts))]
    for part in ("A", "M/views", "C"):
        (folder / part).mkdir(parents=True)
    labels = pd.Categorical(np.char.add("Zhuang-ABCA-1.00", section.astype(str)))
    cells = anndata.AnnData(sp.csr_matrix(counts.astype(np.float32)))
    cells.obs_names, cells.var_names = names, ENSEMBL
    cells.obs.index.name, cells.var.index.name = "cell_label", "gene_identifier"
    cells.obs["brain_section_label"] = labels
    cells.write_h5ad(folder / "A" / "Zhuang-ABCA-1-raw.h5ad")
    metadata = pd.DataFrame({"cell_label": names, "brain_section_label": labels, "x": 0.5, "y": 0.5, "z": 0.0})
    view = metadata.assign(**{"class": np.where(np.arange(len(counts)) % 3, "01 IT-ET Glut", "30 Astro")})
    ccf = pd.DataFrame(positions, columns=["x", "y", "z"]).assign(cell_label=names, parcellation_index=1)
    tables = {
        "M/cell_metadata.csv": metadata.drop(index=LOST[:2]),
        "M/views/cell_metadata_with_cluster_annotation.csv": view.drop(index=LOST[:2]),
        "C/ccf_coordinates.csv": ccf.drop(index=LOST[2]),
        "M/gene.csv": pd.DataFrame({"gene_identifier": ENSEMBL, "gene_symbol": SYMBOLS, "name": "made up"}),
    }
    for name, table in tables.items():
        table.sample(frac=1, random_state=1).to_csv(folder / name, index=False)
    return names


PLANES, DOWN, ACROSS = (5.0, 5.1), 3 + 0.1 * np.arange(6), 5 + 0.1 * np.arange(7)
VOXELS = np.stack(np.meshgrid(PLANES, DOWN, ACROSS, indexing="ij"), axis=-1).reshape(-1, 3).round(3)
VOXEL_AREA = (VOXELS[:, 2] > 5.25).astype(int)
SECTION_AT = np.array([5.0, 5.04, 5.1, 5.14])  # two for each plane of voxels


@pytest.fixture(scope="module")
def brain(tmp_path_factory):
    """Three cells of each voxel in two sections, none in one of them, four cells far away; and a voxel model."""
    folder, random = tmp_path_factory.mktemp("brain"), np.random.default_rng(1)
    section, voxel = np.divmod(np.repeat(np.arange(4 * 42), 3), 42)
    voxel += section // 2 * 42
    some = (section != 1) | (voxel != 5)
    section, voxel = section[some], voxel[some]
    positions = VOXELS[voxel] + random.uniform(-0.004, 0.004, (len(voxel), 3))
    positions[:, 0] += SECTION_AT[section] - VOXELS[voxel, 0]
    section, voxel = np.append(section, [0, 1, 2, 3]), np.append(voxel, [-1] * 4)
    positions = np.vstack([positions, [[5, 9, 5]] * 4])
    counts = counts_of(np.append(VOXEL_AREA, 0)[voxel], random)
    atlas(folder, counts, positions, section + 1)
    own = (VOXEL_AREA[:, None] == np.arange(6) % 2) * random.random((84, 6))
    reached = (np.arange(6)[:, None] % 2 == VOXEL_AREA) * random.random((6, 84)) * 0.003
    for name, matrix in {"weights": own, "nodes": reached}.items():
        text = pd.DataFrame(matrix).to_csv(header=False, index=False)
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    pd.DataFrame(VOXELS, columns=["x", "y", "z"]).to_csv(folder / "places.csv", index=False)
    run = as_documented(folder, "mouse_brain_3d", "1")
    cells = pd.DataFrame(counts).assign(section=section, voxel=voxel, x=positions[:, 0], y=positions[:, 1])
    kept = cells.assign(z=positions[:, 2]).drop(index=LOST)
    return run, kept[kept["voxel"] >= 0].groupby(["section", "voxel"]), own @ reached


def test_cells_of_the_atlas_are_spots_by_voxel_and_section(brain):
    run, groups, _ = brain
    spots = result(run)
    sums = groups.sum()
    assert len(spots) == 167 == len(sums)
    assert list(spots.obs["brain_section_label"]) == [f"Zhuang-ABCA-1.00{number + 1}" for number, _ in sums.index]
    assert list(spots.obs["place"].astype(int)) == [voxel for _, voxel in sums.index]
    assert list(spots.obs["cells"]) == list(groups.size())
    assert spots.obs["cells"].sum() == 501 - 3
    assert list(spots.var_names) == SYMBOLS
    np.testing.assert_allclose(spots.X.toarray(), logs(sums[list(range(GENES))].to_numpy()), rtol=1e-5)
    np.testing.assert_allclose(spots.obsm["spatial_3d"], groups[["x", "y", "z"]].mean(), rtol=1e-6)
    assert set(spots.obs["class"]) <= {"01 IT-ET Glut", "30 Astro"}
    assert "4 of 502 cells have no place and are not used: 4 farther than align_distance" in "; ".join(notes(run))


def test_the_graphs_of_the_whole_brain_are_those_of_the_product_and_of_both_radii(brain):
    run, groups, wires = brain
    spots = result(run)
    section, voxel = (np.array(part) for part in zip(*groups.groups, strict=True))
    edges_are(spots, wires[voxel][:, voxel] > 0.001)
    near = (cdist(*[spots.obsm["spatial_3d"]] * 2) <= 0.15) & (abs(section[:, None] - section) <= 1)
    np.testing.assert_array_equal(
        spots.obsp["spatial_connectivities"].toarray() > 0, near & ~np.eye(len(near), dtype=bool)
    )
    tells_apart(spots, VOXEL_AREA[voxel])


ROWS, COLUMNS = np.arange(60, 72), np.arange(40, 50)
PIXELS = np.array([(row, column) for row in ROWS for column in COLUMNS])
PIXEL_AREA = (PIXELS[:, 1] >= 45).astype(int)
EMPTY = 57  # the pixel without cells
DEEP = (60, 14, 40)  # the voxel in which the streamlines of the first two pixels meet


def write_view(path: Path) -> None:
    """Write streamlines from each pixel straight down, which meet in pairs below, numbered in disorder."""
    number = np.random.default_rng(2).permutation(len(PIXELS))
    lookup, paths = np.full((132, 114), -1, dtype=np.int32), np.zeros((len(PIXELS), 8), dtype=np.int32)
    lookup[tuple(PIXELS.T)] = number
    for (row, column), own in zip(PIXELS, number, strict=True):
        along = [(row, depth, column) for depth in range(10, 14)] + [(row, 14, column - column % 2)]
        paths[own, :5] = np.ravel_multi_index(np.array(along).T, (132, 80, 114))
    with h5py.File(path, "w") as file:
        file["view lookup"], file["paths"] = lookup, paths


@pytest.fixture(scope="module")
def widefield(tmp_path_factory):
    """Four cells under each pixel but one, two where streamlines meet, four on none; images as wfield writes them."""
    folder, random = tmp_path_factory.mktemp("widefield"), np.random.default_rng(3)
    pixel = np.repeat(np.delete(np.arange(len(PIXELS)), EMPTY), 4)
    voxel = np.insert(PIXELS[pixel], 1, random.integers(10, 14, len(pixel)), axis=1)
    voxel = np.vstack([voxel, [DEEP] * 2, [(60, 50, 40)] * 3, [(140, 10, 40)]])
    counts = counts_of(np.append(PIXEL_AREA[pixel], [0] * 6), random)
    positions = (voxel + random.uniform(0.1, 0.9, voxel.shape)) * 0.1
    names = atlas(folder, counts, positions, np.ones(len(voxel), dtype=int))
    write_view(folder / "top_view_paths_100.h5")
    view = np.full((132, 114, 5), np.nan, dtype=np.float32)
    view[tuple(PIXELS.T)] = (PIXEL_AREA[:, None] == np.arange(5)) * 1.5 + random.random((len(PIXELS), 5))
    movie = random.normal(size=(5, 60)).astype(np.float32)
    down, across = 5.4 + 0.0194 * (np.arange(540) - 270), 5.7 + 0.0194 * (np.arange(640) - 320)  # in mm of the atlas
    at = [np.clip(np.floor(mm / 0.1).astype(int), 0, most - 1) for mm, most in ((down, 132), (across, 114))]
    np.save(folder / "U_atlas.npy", view[np.ix_(*at)])
    np.save(folder / "SVTcorr.npy", movie)
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL) if "U_atlas.npy" in block)
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    run = as_documented(folder, "mouse_widefield", "1")
    sums = pd.DataFrame(counts[: len(pixel)]).assign(pixel=pixel).drop(index=LOST).groupby("pixel").sum()
    sums.loc[[0, 1]] += counts[len(pixel) : len(pixel) + 2].sum(axis=0)
    return run, sums, names, view, movie


def test_images_of_wfield_come_to_the_pixels_of_the_view(widefield):
    run, _, _, view, _ = widefield
    np.testing.assert_allclose(np.load(run.folder / "U_view.npy"), view, rtol=1e-6)


def test_cells_of_the_atlas_are_spots_by_pixel(widefield):
    run, sums, names, _, _ = widefield
    spots = result(run)
    assert len(spots) == 119 == len(sums)
    assert list(spots.obs["place"].astype(int)) == [row * 114 + column for row, column in PIXELS[sums.index]]
    cells = np.full(119, 4)
    cells[:2] = 4 - 2 + 2, 4 - 1 + 2
    assert list(spots.obs["cells"]) == cells.tolist()
    np.testing.assert_allclose(spots.X.toarray(), logs(sums.to_numpy()), rtol=1e-5)
    np.testing.assert_array_equal(spots.obsm["spatial"], PIXELS[sums.index][:, ::-1])
    unmatched = pd.read_csv(run.results / "mouse" / "unmatched.csv", dtype={"id": str}).set_index("id")["reason"]
    assert unmatched.to_dict() == dict.fromkeys(names[-4:-1], "on no streamline") | {names[-1]: "outside the volume"}
    assert any(note.startswith("1 of 120 pixels of the view holds no cell") for note in notes(run))
    assert any(note.startswith("2 of 479 cells lie on several streamlines, 2 at most") for note in notes(run))


def test_images_of_another_grid_are_refused_though_they_have_as_many_pixels(widefield):
    folder = widefield[0].folder
    np.save(folder / "U_turned.npy", np.random.default_rng(6).random((114, 132, 5)))
    sheet, arguments = documented("mouse_widefield")
    (folder / "samples.csv").write_text(sheet.replace("U_view.npy", "U_turned.npy"))
    done = run_in(folder, *arguments, *QUICK, "1", "--outdir", "turned")
    assert done.status == 1
    told = "U_turned.npy and SVTcorr.npy: images are of 114 x 132 pixels, the view of top_view_paths_100.h5 of 132 x"
    assert f"{told} 114: bring images on the grid" in done.printed
    assert "Submitted process > SPACON:CHECKS:PREPROCESS" not in done.printed


def test_connections_are_the_strongest_correlations_of_the_movie(widefield):
    run, sums, _, view, movie = widefield
    spots = result(run)
    series = view[tuple(PIXELS[sums.index].T)].astype(float) @ movie
    weighted = np.corrcoef(series) * np.exp(0.15 * cdist(*[spots.obsm["spatial_3d"]] * 2))
    strongest = weighted >= np.sort(weighted, axis=1)[:, [-11]]  # a tenth of 119
    edges_are(spots, (weighted > 0.8) & strongest)
    tells_apart(spots, PIXEL_AREA[sums.index])


PARCELS, VERTICES = 60, 200
PARCEL_AREA = np.arange(PARCELS) % 2
KEYS = {
    side: np.where(np.arange(VERTICES) < 20, 0, first + 1 + np.arange(VERTICES) % (PARCELS // 2))
    for side, first in {"L": 0, "R": PARCELS // 2}.items()
}


@pytest.fixture(scope="module")
def marmoset(tmp_path_factory):
    """Parcels that two networks join, in disorder, and a matrix as MATLAB stores it: columns first."""
    folder, random = tmp_path_factory.mktemp("marmoset"), np.random.default_rng(4)
    wires = (PARCEL_AREA[:, None] == PARCEL_AREA) * 0.15 + random.random((PARCELS, PARCELS)) * 0.24
    order = random.permutation(PARCELS)
    expression = logs(counts_of(PARCEL_AREA[order], random)).astype(np.float32)
    spots = anndata.AnnData(expression, obs=pd.DataFrame(index=(order + 1).astype(str)))
    spots.obsm["spatial"] = random.normal(size=(PARCELS, 3))
    spots.uns["log1p"] = {}
    spots.write_h5ad(folder / "marmoset.h5ad")
    wires = wires[np.ix_(order, order)]
    with h5py.File(folder / "marmoset.mat", "w", userblock_size=512) as file:
        file["connectivity"] = wires.T
        file["connectivity"].attrs["MATLAB_class"] = np.bytes_("double")
    for side, keys in KEYS.items():
        write_parcels(folder / f"parcels.{side}.shape.gii", keys, side)
    return as_documented(folder, "marmoset_surface", "1"), wires, order


def test_clusters_of_the_marmoset_come_back_on_its_vertices(marmoset):
    run, wires, order = marmoset
    spots = result(run)
    assert list(spots.obs_names) == (order + 1).astype(str).tolist()
    edges_are(spots, wires > 0.25)
    tells_apart(spots, PARCEL_AREA[order])
    label = clusters(spots)
    key_of = dict(zip(spots.obs_names, label.astype(int) + 1, strict=True))
    for side, keys in KEYS.items():
        file = run.results / "marmoset" / "surfaces" / f"{label.name}.{side}.label.gii"
        expected = [key_of.get(str(key), 0) for key in keys.tolist()]
        assert nib.load(file).darrays[0].data.tolist() == expected
        assert expected.count(0) == 20


CELLS, WITHOUT_WIRES = 120, 2


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    """Cells of two types, each in its own half, and a matrix by name that lacks some cells and has one of its own."""
    folder, random = tmp_path_factory.mktemp("types"), np.random.default_rng(5)
    kind, names = np.arange(CELLS) % 2, np.array([f"H18.{number}" for number in range(CELLS)])
    obs = pd.DataFrame({"cell_type": np.array(["L2/3 IT", "Pvalb"])[kind]}, index=names)
    obs["x"], obs["y"] = random.random(CELLS) + 3 * kind, random.random(CELLS)
    counts = counts_of(kind, random)
    anndata.AnnData(sp.csr_matrix(counts.astype(np.float32)), obs=obs).write_h5ad(folder / "cells.h5ad")
    wires = random.random((CELLS, CELLS)) * (random.random((CELLS, CELLS)) < 0.1)
    wires[:WITHOUT_WIRES], wires[:, :WITHOUT_WIRES] = 0, 0
    table = pd.DataFrame(wires, names, names).rename(index={names[0]: "other"}, columns={names[0]: "other"})
    table = table.drop(index=names[1], columns=names[1])
    table.loc["other"] = 1.0
    table.sample(frac=1, random_state=1).sample(frac=1, axis=1, random_state=2).to_csv(folder / "wires.csv")
    return as_documented(folder, "mouse_celltypes", "0"), wires, kind, counts


def test_types_of_cells_are_found_and_wires_go_by_name(typed):
    run, wires, kind, counts = typed
    spots = result(run)
    assert len(spots) == CELLS
    np.testing.assert_allclose(spots.X.toarray(), logs(counts), rtol=1e-5)
    edges_are(spots, wires > 0)
    tells_apart(spots, kind)
    near = np.argsort(cdist(*[spots.obs[["x", "y"]]] * 2), axis=1)[:, 1:16]
    expected = np.zeros((CELLS, CELLS), dtype=bool)
    np.put_along_axis(expected, near, True, axis=1)
    np.testing.assert_array_equal(spots.obsp["spatial_connectivities"].toarray() > 0, expected)
    assert any(note.startswith("2 of 120 spots have no row in wires.csv") for note in notes(run))
    assert any(note.startswith("1 of 119 rows of wires.csv is of no spot here: 'other'") for note in notes(run))
    metrics = pd.read_csv(run.results / "mouse" / "metrics.csv")
    label = clusters(spots).astype(int).to_numpy()
    same = label[:, None] == label
    assert metrics["adjusted_rand_index"].tolist() == [1.0] == [float((same == (kind[:, None] == kind)).all())]
