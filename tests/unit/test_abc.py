"""The example `abc` has the atlas's files, to the letter, and in them what it claims to have planted."""

import hashlib

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.spatial import KDTree
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from spacon.examples import abc_atlas, abc_files

METADATA = "metadata/Zhuang-ABCA-1/20241115"
VIEW = f"{METADATA}/views/cell_metadata_with_cluster_annotation.csv"
CCF = "metadata/Zhuang-ABCA-1-CCF/20230830/ccf_coordinates.csv"
EXPRESSION = "expression_matrices/Zhuang-ABCA-1/20230830/Zhuang-ABCA-1-raw.h5ad"
# As the atlas's documentation has them.
COLUMNS = {
    f"{METADATA}/cell_metadata.csv": "cell_label,brain_section_label,feature_matrix_label,donor_label,donor_genotype,"
    "donor_sex,cluster_alias,x,y,z,subclass_confidence_score,cluster_confidence_score,high_quality_transfer,"
    "abc_sample_id",
    f"{METADATA}/gene.csv": "gene_identifier,gene_symbol,name,mapped_ncbi_identifier",
    VIEW: "cell_label,neurotransmitter,class,subclass,supertype,cluster,planted_area",
    CCF: "cell_label,x,y,z,parcellation_index",
    "connectivity/places.csv": "x,y,z",
}


def digests(folder):
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("abc")
    abc_files.write(made, 1)
    return made


@pytest.fixture(scope="module")
def simulated():
    return abc_atlas.simulate(1)


def table(folder, name):
    return pd.read_csv(folder / name, dtype={"cell_label": str})


def test_files_and_columns_are_the_atlas_s(folder):
    assert set(digests(folder)) == {*COLUMNS, EXPRESSION, "connectivity/weights.csv.gz", "connectivity/nodes.csv.gz"}
    for name, header in COLUMNS.items():
        assert (folder / name).read_text().split("\n", 1)[0] == header


def test_same_seed_same_bytes(folder, tmp_path):
    abc_files.write(tmp_path / "again", 1)
    abc_files.write(tmp_path / "other", 2)
    again, other = digests(tmp_path / "again"), digests(tmp_path / "other")
    assert again == digests(folder)
    assert {name for name in again if again[name] == other[name]} == {
        f"{METADATA}/gene.csv",
        "connectivity/places.csv",
    }


def test_the_h5ad_has_counts_and_sections_but_no_coordinates(folder):
    spots = ad.read_h5ad(folder / EXPRESSION)
    assert spots.shape == (20_000, 200)
    assert isinstance(spots.X, sp.csr_matrix)
    assert (spots.X.data >= 1).all()
    assert (spots.X.data == np.floor(spots.X.data)).all()
    assert list(spots.obs) == ["brain_section_label"]
    assert sorted(spots.obs["brain_section_label"].unique()) == [f"Zhuang-ABCA-1.{k:03d}" for k in range(1, 7)]
    assert list(spots.obsm) == []
    assert "log1p" not in spots.uns
    assert spots.var_names.str.fullmatch(r"ENSMUSG\d{11}").all()
    with h5py.File(folder / EXPRESSION) as file:
        assert file["obs"].attrs["_index"] == "cell_label"
        assert file["var"].attrs["_index"] == "gene_identifier"


def test_names_are_lost_unless_they_are_text(folder):
    names = ad.read_h5ad(folder / EXPRESSION).obs_names
    assert names.is_unique
    assert set(names.str.len()) == {38, 39}
    assert names.str.isdecimal().all()
    as_numbers = pd.read_csv(folder / CCF)["cell_label"]
    assert not np.isin(as_numbers.astype(float).map("{:.0f}".format), names).all()


def test_tables_have_fewer_rows_than_cells_and_other_orders(folder):
    cells = list(ad.read_h5ad(folder / EXPRESSION).obs_names)
    described, placed, seen = (
        list(table(folder, name)["cell_label"]) for name in (f"{METADATA}/cell_metadata.csv", CCF, VIEW)
    )
    assert set(placed) < set(described) < set(cells)
    assert seen == described
    assert len(described) == len(set(described)) < 20_000 - 300
    assert len(placed) == len(set(placed)) < len(described) - 400
    for names in (described, placed):
        inside = set(names)
        assert names != [name for name in cells if name in inside]
    inside = set(placed)
    assert placed != [name for name in described if name in inside]


def test_genes_of_the_table_are_those_of_the_counts(folder):
    genes = table(folder, f"{METADATA}/gene.csv")
    assert list(genes["gene_identifier"]) == list(ad.read_h5ad(folder / EXPRESSION).var_names)
    assert genes["gene_symbol"].is_unique


def test_rows_belong_to_their_cells(folder, simulated):
    """Each table names a cell's own section, place and type: joined by name, they say what was simulated."""
    cells, _ = simulated
    row = pd.Series(np.arange(20_000), index=cells.names)
    spots = ad.read_h5ad(folder / EXPRESSION)
    assert list(spots.obs_names) == list(cells.names)
    assert (cells.counts != spots.X).nnz == 0
    placed = table(folder, CCF)
    of_cell = row[placed["cell_label"]].to_numpy()
    np.testing.assert_allclose(placed[["x", "y", "z"]], cells.positions[of_cell])
    np.testing.assert_array_equal(placed["parcellation_index"] > 0, cells.area[of_cell] >= 0)
    described = table(folder, f"{METADATA}/cell_metadata.csv")
    of_cell = row[described["cell_label"]].to_numpy()
    assert list(described["brain_section_label"]) == list(spots.obs["brain_section_label"].iloc[of_cell])
    seen = table(folder, VIEW)
    assert list(seen["class"]) == [abc_atlas.TYPES[kind] for kind in cells.cell_type[of_cell]]
    assert list(seen["planted_area"].fillna("")) == [f"area {k + 1}" if k >= 0 else "" for k in cells.area[of_cell]]


def test_cells_outside_the_brain_are_far_from_every_voxel(simulated):
    cells, model = simulated
    distance = KDTree(model.positions).query(cells.positions)[0]
    outside = cells.area < 0
    assert 200 < outside.sum() < 600
    assert distance[outside].min() > 0.3
    assert distance[~outside].max() < 0.25
    plane = model.positions[KDTree(model.positions).query(cells.positions)[1], 0]
    np.testing.assert_allclose(plane, 5.0 + 0.2 * cells.section)  # a section's cells lie nearest to its own voxels


def test_voxels_lie_on_a_grid_of_200_micrometres(simulated):
    place = simulated[1].positions
    assert 1_500 <= len(place) <= 2_500
    steps = place / 0.2
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
    assert len(np.unique(place, axis=0)) == len(place)


def test_each_area_is_one_piece_in_every_section(simulated):
    model = simulated[1]
    assert np.unique(model.area).tolist() == list(range(8))
    pairs = KDTree(model.positions).query_pairs(0.21, output_type="ndarray")
    same_plane = model.positions[pairs[:, 0], 0] == model.positions[pairs[:, 1], 0]
    pairs = pairs[(model.area[pairs[:, 0]] == model.area[pairs[:, 1]]) & same_plane]
    n = len(model.area)
    joined = sp.coo_matrix((np.ones(len(pairs)), pairs.T), shape=(n, n))
    assert sp.csgraph.connected_components(joined, directed=False)[0] == 8 * 6


def test_the_voxel_model_is_a_product_without_negative_numbers(folder, simulated):
    weights, nodes = (
        np.loadtxt(folder / f"connectivity/{name}.csv.gz", delimiter=",") for name in ("weights", "nodes")
    )
    model = simulated[1]
    m = len(table(folder, "connectivity/places.csv"))
    assert weights.shape == (m, 64)
    assert nodes.shape == (64, m)
    assert (weights >= 0).all()
    assert (nodes > 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(weights @ nodes, model.weights @ model.nodes, rtol=1e-4)


def test_an_area_projects_to_the_network_two_further(simulated):
    model = simulated[1]
    strength, network = model.weights @ model.nodes, abc_atlas.NETWORKS[model.area]
    for source in range(4):
        means = [strength[np.ix_(network == source, network == target)].mean() for target in range(4)]
        target = (source + 2) % 4
        assert np.argmax(means) == target
        assert means[target] > 5 * max(means[:target] + means[target + 1 :])


def test_an_area_shares_its_genes_with_one_neighbour_and_its_wiring_with_the_other():
    pairs = list(zip(abc_atlas.PROGRAMMES.tolist(), abc_atlas.NETWORKS.tolist(), strict=True))
    assert len(set(pairs)) == 8
    for area in range(8):
        before, after = pairs[area - 1], pairs[(area + 1) % 8]
        shared = {(kind, side) for side, other in (("before", before), ("after", after)) for kind in (0, 1)
                  if other[kind] == pairs[area][kind]}  # fmt: skip
        assert {kind for kind, _ in shared} == {0, 1}
        assert {side for _, side in shared} == {"before", "after"}


def test_single_cells_show_types_and_sums_show_programmes(simulated):
    cells, model = simulated
    inside = np.flatnonzero(cells.area >= 0)
    voxel = KDTree(model.positions).query(cells.positions[inside])[1]
    summed = sp.csr_matrix(
        (np.ones(len(inside)), (voxel, np.arange(len(inside)))), shape=(len(model.area), len(inside))
    )

    def groups(counts, n):
        values = np.log1p(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) * 1e4)
        return KMeans(n, n_init=3, random_state=0).fit_predict(values)

    counts = cells.counts[inside]
    by_cell, by_voxel = groups(counts.toarray(), 5), groups((summed @ counts).toarray(), 4)
    assert adjusted_rand_score(cells.cell_type[inside], by_cell) > 0.6
    assert adjusted_rand_score(abc_atlas.PROGRAMMES[cells.area[inside]], by_cell) < 0.02
    assert adjusted_rand_score(abc_atlas.PROGRAMMES[model.area], by_voxel) > 0.8
