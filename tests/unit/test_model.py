"""The attention layer against the equation of METHOD.md, by hand and with PyTorch Geometric; model files."""

import json
import math
import re

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from torch_geometric.nn import MessagePassing

from spacon.errors import InputError, check_widths
from spacon.model.attention import Edges, product_of_rows, summed_messages
from spacon.model.embedding import embed
from spacon.model.files import load_model, save_model
from spacon.model.network import AttentionLayer, Decoder, Encoder, Shape, SpaCon
from spacon.model.sampling import Incoming


class Plain(MessagePassing):
    """out_i = sum_j alpha_ij z_j along the edges j -> i; alpha is the softmax of sigmoid(a_s . z_j + a_t . z_i)."""

    def __init__(self):
        super().__init__(aggr="add")

    def forward(self, x, edge_index, layer):
        source, target = edge_index
        z = x @ layer.weight
        score = torch.sigmoid((z @ layer.attention_source)[source] + (z @ layer.attention_target)[target]).exp()
        total = torch.zeros(len(x), dtype=x.dtype).index_add(0, target, score)
        return self.propagate(edge_index, z=z, alpha=score / total[target])

    def message(self, z_j, alpha):
        return alpha[:, None] * z_j


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(5)


def edges_and_index(n, share, seed):
    graph = sp.random(n, n, density=share, format="csr", random_state=seed)
    edges = Edges(Incoming.of(graph))
    return edges, torch.stack([edges.source, edges.target]).long()


def test_four_spots_by_hand():
    # Spots 0, 1 and 2 point at 3; 3 points at 0; nothing points at 1 and 2.
    edges = Edges(Incoming.of(sp.csr_matrix([[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [1, 0, 0, 0]])))
    layer = AttentionLayer(1, 2, 0.0)
    with torch.no_grad():
        layer.weight[:] = torch.tensor([[1.0, 2.0]])
        layer.attention_source[:] = torch.tensor([1.0, 0.5])  # a_s . z = 2 x
        layer.attention_target[:] = torch.tensor([-1.0, 0.0])  # a_t . z = -x
    x = [0.5, -1.0, 2.0, 1.0]
    score = [math.exp(1 / (1 + math.exp(-(2 * x[j] - x[3])))) for j in range(3)]
    mean = sum(s * v for s, v in zip(score, x, strict=False)) / sum(score)
    found = layer(torch.tensor(x)[:, None], edges)
    np.testing.assert_allclose(found.detach(), [[1, 2], [0, 0], [0, 0], [mean, 2 * mean]], rtol=1e-6)


@pytest.mark.parametrize(("inputs", "outputs"), [(7, 3), (3, 7), (5, 5)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_layer_equals_message_passing_with_its_gradients(inputs, outputs, seed):
    edges, index = edges_and_index(40, 0.1, seed)
    layer = AttentionLayer(inputs, outputs, 0.0).double()
    x = torch.randn(40, inputs, dtype=torch.float64, requires_grad=True)
    variables = [x, *layer.parameters()]
    upstream = torch.randn(40, outputs, dtype=torch.float64)
    found, expected = layer(x, edges), Plain()(x, index, layer)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    gradients = zip(
        torch.autograd.grad(found, variables, upstream),
        torch.autograd.grad(expected, variables, upstream),
        strict=True,
    )
    for ours, theirs in gradients:
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)
    with torch.no_grad():
        torch.testing.assert_close(layer.float()(x.float(), edges), expected.float(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("inputs", "outputs"), [(3, 2), (2, 3)])
def test_gradients_are_those_of_the_function(inputs, outputs):
    edges, _ = edges_and_index(5, 0.5, 0)
    layer = AttentionLayer(inputs, outputs, 0.0).double()
    x = torch.randn(5, inputs, dtype=torch.float64, requires_grad=True)

    def function(*_):
        return layer(x, edges)

    assert torch.autograd.gradcheck(function, (x, *layer.parameters()))


@pytest.mark.parametrize(("inputs", "outputs"), [(4, 2), (2, 4)])
def test_a_spot_that_nothing_points_at_gets_zeros(inputs, outputs):
    edges = Edges(Incoming.of(sp.csr_matrix(([1.0], ([0], [1])), shape=(3, 3))))
    found = AttentionLayer(inputs, outputs, 0.0)(torch.ones(3, inputs), edges)
    assert (found[[0, 2]] == 0).all()
    assert (found[1] != 0).any()


@pytest.mark.parametrize("width", [1, 3, 7, 8])
@pytest.mark.parametrize("density", [0, 0.1, 1])
def test_products_from_messages_equal_sparse_ones(density, width):
    """What a GPU computes, so many columns at a time; rows without edges get zeros."""
    graph = sp.random(20, 20, density, format="csr", dtype=np.float32, random_state=1)
    graph.data -= 0.5
    dense = torch.rand(20, 7) - 0.5
    parts = torch.from_numpy(graph.indptr), torch.from_numpy(graph.indices), torch.from_numpy(graph.data)
    wanted = graph.toarray().astype(np.float64) @ dense.double().numpy()
    for found in (summed_messages(*parts, dense, width), product_of_rows(*parts, dense)):
        np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_dropout_acts_on_attention_in_training_only():
    edges, _ = edges_and_index(30, 0.3, 1)
    x, layer = torch.randn(30, 6), AttentionLayer(6, 3, 0.5)
    assert not torch.equal(layer.train()(x, edges), layer(x, edges))
    assert torch.equal(layer.eval()(x, edges), layer(x, edges))


def test_spread_of_initial_parameters():
    layer = AttentionLayer(800, 400, 0.0)
    assert layer.weight.std().item() == pytest.approx(1.414 * (2 / 1200) ** 0.5, rel=0.01)
    for attention in (layer.attention_source, layer.attention_target):
        assert attention.std().item() == pytest.approx(1.414 / 20, rel=0.15)
    assert abs(layer.weight.mean().item()) < 1e-3


def test_batch_norm_is_as_published():
    norms = [module for module in toy_model().modules() if isinstance(module, torch.nn.BatchNorm1d)]
    assert len(norms) == 9
    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-5, 0.1)}


def test_elu_follows_all_but_the_last_block():
    for stack in (Encoder(9, [6, 4, 2], 0.0), Decoder(4, 9, [6, 4, 2], 0.0)):
        last = "block3" if isinstance(stack, Encoder) else "block1"
        assert {name for name, block in stack.named_children() if not block.activated} == {last}


def toy_model(fusion="concat"):
    return SpaCon(Shape(12, [8, 4, 2], fusion, 0.1))


@pytest.mark.parametrize("fusion", ["concat", "add"])
def test_embedding_without_gradients_equals_the_model(fusion):
    generator = np.random.default_rng(0)
    x = generator.random((30, 12), dtype=np.float32)
    near, wired = (sp.random(30, 30, density=0.2, format="csr", random_state=seed) for seed in (1, 2))
    model = toy_model(fusion).eval()
    parts = model(torch.from_numpy(x), Edges(Incoming.of(near)), Edges(Incoming.of(wired)))
    expected = dict(zip(("spatial", "connection", "reconstruction"), parts, strict=True))
    found = embed(model, sp.csr_matrix(x), near, wired, "cpu", reconstruction=True)
    assert found.keys() == expected.keys()
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name].detach(), rtol=1e-5, atol=1e-6)
    short = embed(model, x, near, wired, "cpu", reconstruction=False)
    assert short.keys() == {"spatial", "connection"}
    np.testing.assert_array_equal(short["spatial"], found["spatial"])


@pytest.mark.parametrize(
    ("widths", "words"),
    [
        ([12, 8, 4], ["12 genes", "[12, 8, 4]"]),
        ([8, 8, 4], ["descend", "[8, 8, 4]"]),
        ([8, 4, 0], ["at least 1", "[8, 4, 0]"]),
        ([8, 4], ["three", "[8, 4]"]),
    ],
)
def test_bad_widths(widths, words):
    with pytest.raises(InputError) as error:
        SpaCon(Shape(12, widths, "concat", 0.1))
    assert all(word in str(error.value) for word in ["widths", *words]), error.value


def test_model_file_round_trip(tmp_path):
    model = toy_model("add").train()
    model.spatial_encoder.block1.norm.running_mean[:] = torch.arange(8.0)
    save_model(model, tmp_path / "model.safetensors")
    found = load_model(tmp_path / "model.safetensors")
    assert found.shape == Shape(12, [8, 4, 2], "add", 0.1)
    assert not any(module.training for module in found.modules())
    assert found.state_dict().keys() == model.state_dict().keys()
    assert all(torch.equal(found.state_dict()[name], values) for name, values in model.state_dict().items())


def test_model_file_is_safetensors_and_no_pickle(tmp_path):
    save_model(toy_model(), tmp_path / "model.safetensors")
    content = (tmp_path / "model.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert json.loads(header["__metadata__"]["shape"]) == {
        "genes": 12,
        "widths": [8, 4, 2],
        "fusion": "concat",
        "dropout": 0.1,
    }
    assert header["spatial_encoder.block1.layer.weight"]["shape"] == [12, 8]


@pytest.mark.parametrize(
    ("genes", "cure"),
    [(60, "; write for example --widths 48,24,12"), (5, "; write for example --widths 4,2,1"), (4, "")],
)
def test_widths_that_do_not_fit_are_answered_by_some_that_do(genes, cure):
    with pytest.raises(InputError, match=rf"found \[256, 128, 32\]{re.escape(cure)}$"):
        check_widths([256, 128, 32], genes)
    if cure:
        check_widths([int(width) for width in cure.split()[-1].split(",")], genes)
