"""Results in an AnnData, read back from a file."""

import anndata as ad
import numpy as np
import pytest
import scipy.sparse as sp

from spacon.clusters.files import Mix, write_layout, write_mix
from spacon.clusters.labels import Clustering
from spacon.results.annotate import add_clusterings, add_embeddings, add_graph, add_parameters


@pytest.fixture
def spots():
    return ad.AnnData(np.ones((12, 3), dtype=np.float32))


def written(spots, folder):
    spots.write_h5ad(folder / "spots.h5ad")
    return ad.read_h5ad(folder / "spots.h5ad")


def test_graph_without_diagonal_and_with_distances(spots, tmp_path):
    place = np.column_stack([np.arange(12.0) * 3, np.arange(12.0) * 4])
    graph = sp.csr_matrix(np.eye(12) + np.eye(12, k=2), dtype=np.float32)
    add_graph(spots, "spatial", graph, place)
    found = written(spots, tmp_path)
    np.testing.assert_array_equal(found.obsp["spatial_connectivities"].toarray(), np.eye(12, k=2))
    np.testing.assert_allclose(found.obsp["spatial_distances"].toarray(), 10 * np.eye(12, k=2))
    assert found.uns["spatial_neighbors"]["connectivities_key"] == "spatial_connectivities"
    assert found.uns["spatial_neighbors"]["distances_key"] == "spatial_distances"


def test_categories_are_in_the_order_of_numbers_with_a_colour_each(spots, tmp_path):
    clustering = Clustering(1, 0.5, "leiden", 0.6, False, np.arange(12)[::-1])
    add_clusterings(spots, [clustering])
    found = written(spots, tmp_path)
    assert found.obs[clustering.key].cat.categories.tolist() == [str(number) for number in range(12)]
    assert found.obs[clustering.key].tolist() == [str(number) for number in range(12)][::-1]
    assert len(set(found.uns[f"{clustering.key}_colors"])) == 12


def test_the_first_mix_is_the_shown_one(spots, tmp_path):
    embedding = {name: np.full((12, 2), value) for name, value in (("spatial", 1.0), ("connection", 2.0))}
    np.savez(tmp_path / "embedding.npz", **embedding, reconstruction=np.full((12, 3), 3.0))
    write_mix(tmp_path / "mix.npz", Mix(1, 0.5, np.full((12, 2), 0.5), sp.csr_matrix((12, 12))))
    layouts = []
    for number, alpha in enumerate((0.5, 0.0, 1.0)):
        layouts.append(tmp_path / f"layout{number}.npz")
        write_layout(layouts[-1], alpha, np.full((12, 2), 10 + alpha))
    add_embeddings(spots, tmp_path / "embedding.npz", tmp_path / "mix.npz", layouts)
    found = written(spots, tmp_path)
    first = {name: values[0, 0] for name, values in found.obsm.items()}
    assert first == {
        "X_spacon_spatial": 1.0,
        "X_spacon_connectivity": 2.0,
        "X_spacon": 0.5,
        "X_umap": 10.5,
        "X_umap_alpha0.5": 10.5,
        "X_umap_alpha0": 10.0,
        "X_umap_alpha1": 11.0,
    }
    assert (found.layers["spacon_reconstruction"] == 3).all()


def test_parameters_that_are_set_are_kept_with_their_types(spots, tmp_path):
    given = {"epochs": 10, "learning_rate": 1e-4, "self_loops": True, "widths": "8,4,2", "section_key": None}
    add_parameters(spots, given)
    found = written(spots, tmp_path).uns["spacon"]
    assert {name: found[name] for name in found} == {key: value for key, value in given.items() if value is not None}
    assert bool(found["self_loops"]) is True
    assert isinstance(found["widths"], str)
