"""The published implementation's numbers on made-up data: graphs and labels exactly, float results to 1e-4."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from spacon.clusters.mixing import mix
from spacon.clusters.refinement import refine
from spacon.connectivity.forms import Dense
from spacon.graphs.connection import connection_graph
from spacon.graphs.spatial import Knn, Radius, spatial_graph
from spacon.model.attention import Edges
from spacon.model.embedding import embed
from spacon.model.network import Shape, SpaCon
from spacon.model.sampling import Incoming
from spacon.model.training import optimiser, update
from spacon.parameters import ConnectionRule, Procedure

KNN6, CONNECTIONS = "spatial/knn6_2d", "connection/nodecay_thr.25_all/edges"


def edges_of(graph):
    """Return the edges (2, e), sorted by source, then target."""
    return np.stack(graph.sorted_indices().nonzero())


def graph_of(edges, n=300):
    return sp.csr_matrix((np.ones(edges.shape[1], np.float32), tuple(edges)), shape=(n, n))


@pytest.mark.parametrize(
    ("name", "within", "across", "order", "self_loops"),
    [
        (KNN6, Knn(6), None, None, True),
        ("spatial/knn7_obsm_no_self", Knn(7), None, None, False),
        ("spatial/radius12_2d", Radius(12), None, None, True),
        (
            "spatial/radius15_sections_z9_order_2_0_1_3",
            Radius(15),
            Radius(9),
            "2013",
            True,
        ),
        (
            "spatial/knn5_sections_order_0_1_2_3",
            Knn(5),
            Knn(5),
            "0123",
            True,
        ),
    ],
)
def test_spatial_graph(published, name, within, across, order, self_loops):
    sections = None if order is None else published["in/section"].astype(str)
    graph = spatial_graph(
        published["in/coordinates"],
        within,
        self_loops=self_loops,
        sections=sections,
        order=None if order is None else list(order),
        across=across,
    )
    np.testing.assert_array_equal(edges_of(graph), published[name])
    assert (graph.data == 1).all()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("decay.006_thr.8_top.1", (0.006, None, 0.8, 0.1)),
        ("decay.006_near30_thr.6_top.15", (0.006, 30, 0.6, 0.15)),
        ("nodecay_thr.25_all", (None, None, 0.25, 1.0)),
    ],
)
def test_connection_graph(published, name, rule):
    matrix = published["in/connectivity"]
    whole = Dense(matrix)
    graph, kept_fraction = connection_graph(whole, published["in/coordinates"], ConnectionRule(*rule, None))
    np.testing.assert_array_equal(edges_of(graph), published[f"connection/{name}/edges"])
    assert kept_fraction == published[f"connection/{name}/kept_fraction"]


def published_model(published, fusion, moment):
    """Return a model with the published parameters, `<part>/layer1/weight` there being `<part>.block1.layer.weight`."""
    model = SpaCon(Shape(40, [24, 12, 6], fusion, 0.0))
    ours = model.state_dict()
    prefix = f"{fusion}/{moment}/"
    loaded = {name for name in ours if name.endswith("num_batches_tracked")}
    for name in (name.removeprefix(prefix) for name in published if name.startswith(prefix)):
        part, place, values = name.split("/")
        kind, number = place[:-1], place[-1]
        if kind == "norm":
            values = {"scale": "weight", "shift": "bias"}.get(values, values)
        target = f"{part}.block{number}.{kind}.{values}"
        ours[target] = torch.from_numpy(published[prefix + name]).float().reshape(ours[target].shape)
        loaded.add(target)
    assert loaded == set(ours)
    model.load_state_dict(ours)
    return model


@pytest.fixture(scope="module", params=["concat", "add"])
def trained(request, published):
    """Return the fusion, a model after five steps on the whole graphs, and each step's loss and gradient norm."""
    torch.set_num_threads(1)
    model = published_model(published, request.param, "start").train()
    adam = optimiser(model, Procedure(1, 64, [20], 1e-3, 1e-4, 5.0))
    x = torch.from_numpy(published["in/expression"])
    near, wired = (Edges(Incoming.of(graph_of(published[name]))) for name in (KNN6, CONNECTIONS))
    steps = np.array([update(model, adam, x, near, wired, 5.0) for _ in range(5)])
    return request.param, model.eval(), steps


def assert_near(found, expected):
    """Compare to 1e-4 of the largest expected value."""
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


def test_losses_and_gradient(published, trained):
    fusion, _, steps = trained
    expected = published[f"{fusion}/five_losses"]
    assert steps[0, 0] == pytest.approx(expected[0], rel=1e-5)
    np.testing.assert_allclose(steps[:, 0], expected, rtol=1e-4)
    assert steps[0, 1] == pytest.approx(published[f"{fusion}/first_gradient_norm"], rel=1e-4)


def test_parameters_after_five_steps(published, trained):
    """Adam divides each gradient by its own size, so rounding in a small one shows: a twentieth of one step (1e-3)."""
    fusion, model, _ = trained
    for name, expected in published_model(published, fusion, "after5").state_dict().items():
        if not name.endswith("num_batches_tracked"):
            np.testing.assert_allclose(model.state_dict()[name], expected, rtol=1e-4, atol=5e-5, err_msg=name)


def test_embeddings_and_reconstruction(published, trained):
    fusion, model, _ = trained
    graphs = graph_of(published[KNN6]), graph_of(published[CONNECTIONS])
    found = embed(model, published["in/expression"], *graphs, "cpu", reconstruction=True)
    assert_near(found["spatial"], published[f"{fusion}/embedding_spatial"])
    assert_near(found["connection"], published[f"{fusion}/embedding_connection"])
    assert_near(found["reconstruction"], published[f"{fusion}/reconstruction"])


@pytest.mark.parametrize("alpha", ["0.0", "0.1", "0.3", "0.5", "0.9", "1.0"])
def test_mix(published, alpha):
    found = mix(published["concat/embedding_spatial"], published["concat/embedding_connection"], float(alpha))
    assert_near(found, published[f"fused/alpha{alpha}"])


@pytest.mark.parametrize("neighbors", [5, 25])
def test_refined_labels(published, neighbors):
    found = refine(published["refine/labels"], published["in/coordinates"], neighbors)
    np.testing.assert_array_equal(found, published[f"refine/majority{neighbors}"])
