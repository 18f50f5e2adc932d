"""Training: repeatable to the bit, and it learns."""

from copy import deepcopy

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from spacon.errors import InputError
from spacon.model.network import Shape
from spacon.model.training import choose_device, repeatable, train
from spacon.parameters import Procedure

N, GENES = 60, 16


def toy():
    """Return two groups of spots, each with its own genes, and graphs that join spots of one group."""
    generator = np.random.default_rng(0)
    group = np.arange(N) % 2
    x = 0.1 * generator.random((N, GENES))
    x[group == 0, :8] += 1
    x[group == 1, 8:] += 1
    graphs = [sp.csr_matrix((generator.random((N, N)) < 0.2) & (group[:, None] == group) | np.eye(N, dtype=bool))] * 2
    return sp.csr_matrix(x.astype(np.float32)), *(graph.astype(np.float32) for graph in graphs)


def trained(seed, *, epochs=2, data=None, batch_size=25, **other):
    repeatable(seed, 1, "cpu")
    procedure = {"learning_rate": 1e-3, "weight_decay": 1e-4, "gradient_clip": 5.0} | other
    return train(
        *(data or toy()),
        Shape(GENES, [12, 6, 3], "concat", 0.1),
        Procedure(epochs, batch_size, [5, 3], **procedure),
        seed=seed,
        device="cpu",
    )


def test_one_seed_gives_one_model_to_the_bit():
    (first, first_history), (second, second_history) = trained(3), trained(3)
    assert first_history == second_history
    assert all(torch.equal(first.state_dict()[name], values) for name, values in second.state_dict().items())


def test_another_seed_gives_another_model():
    (first, first_history), (second, second_history) = trained(3), trained(4)
    assert first_history != second_history
    weight = "decoder.block1.layer.weight"
    assert not torch.equal(first.state_dict()[weight], second.state_dict()[weight])


@pytest.mark.parametrize("clip", [0.05, 1e9])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_the_first_step_is_adam_s_by_hand(clip, decay):
    """Of the first step, both moments are of one gradient g: each weight moves by rate * g / (abs(g) + 1e-8)."""
    from spacon.model import training
    from spacon.model.attention import Edges
    from spacon.model.network import SpaCon
    from spacon.model.sampling import Incoming

    repeatable(0, 1, "cpu")
    x, near, wired = toy()
    dense = torch.from_numpy(x.toarray())
    edges = Edges(Incoming.of(near)), Edges(Incoming.of(wired))
    model = SpaCon(Shape(GENES, [12, 6, 3], "concat", 0.0))
    twin = deepcopy(model)
    (twin(dense, *edges)[2] - dense).square().sum().backward()
    norm = torch.sqrt(sum(weight.grad.square().sum() for weight in twin.parameters()))
    procedure = Procedure(1, 25, [5, 3], 1e-3, decay, clip)
    loss, found = training.update(model, training.optimiser(model, procedure), dense, *edges, clip)
    assert found.item() == pytest.approx(norm.item(), rel=1e-5)
    assert loss.item() == pytest.approx((twin(dense, *edges)[2] - dense).square().sum().item(), rel=1e-5)
    for before, after in zip(twin.parameters(), model.parameters(), strict=True):
        gradient = before.grad * min(1.0, clip / norm.item()) + decay * before.detach()
        clear = gradient.abs() > 1e-5  # of others, rounding decides the sign
        expected = before.detach() - 1e-3 * gradient / (gradient.abs() + 1e-8)
        np.testing.assert_allclose(after.detach()[clear], expected[clear], rtol=1e-5, atol=2e-6)


def test_sparse_and_dense_expression_train_alike():
    x, near, wired = toy()
    assert trained(1, data=(x, near, wired))[1] == trained(1, data=(x.toarray(), near, wired))[1]


def test_loss_falls():
    model, history = trained(1, epochs=30, learning_rate=1e-2)
    assert history[-1].mean_squared_error < 0.2 * history[0].mean_squared_error
    assert not model.training


def test_history_sums_the_steps(monkeypatch):
    from spacon.model import training

    losses, entries = [], []
    update = training.update

    def watched(model, adam, x, *others):
        loss, norm = update(model, adam, x, *others)
        losses.append(loss.item())
        entries.append(x.numel())
        return loss, norm

    monkeypatch.setattr(training, "update", watched)
    history = trained(1, epochs=2)[1]
    assert [(epoch.epoch, epoch.steps) for epoch in history] == [(1, 3), (2, 3)]
    for number, epoch in enumerate(history):
        of_epoch = slice(3 * number, 3 * number + 3)
        assert epoch.loss == pytest.approx(sum(losses[of_epoch]), rel=1e-12)
        assert epoch.mean_squared_error == pytest.approx(sum(losses[of_epoch]) / sum(entries[of_epoch]), rel=1e-12)


def test_gradient_is_clipped():
    """With a clip of nearly nothing and no decay, plain gradient descent would stand still."""
    from spacon.model import training
    from spacon.model.attention import Edges
    from spacon.model.network import SpaCon
    from spacon.model.sampling import Incoming

    repeatable(0, 1, "cpu")
    x, near, wired = toy()
    model = SpaCon(Shape(GENES, [12, 6, 3], "concat", 0.0))
    descent = torch.optim.SGD(model.parameters(), lr=1.0)
    before = torch.cat([values.detach().flatten().clone() for values in model.parameters()])
    edges = Edges(Incoming.of(near)), Edges(Incoming.of(wired))
    _, norm = training.update(model, descent, torch.from_numpy(x.toarray()), *edges, 1e-2)
    after = torch.cat([values.detach().flatten() for values in model.parameters()])
    assert norm > 1
    assert (after - before).norm().item() == pytest.approx(1e-2, rel=1e-3)


def test_a_step_of_one_lone_spot():
    """61 spots, 20 a step: the last is alone in its step, and nothing else is wired to it."""
    x = sp.vstack([toy()[0], np.ones((1, GENES), dtype=np.float32)], format="csr")
    alone = sp.eye(N + 1, format="csr", dtype=np.float32)
    history = trained(1, data=(x, alone, alone), batch_size=20)[1]
    assert all(np.isfinite(epoch.loss) for epoch in history)


def test_device(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == choose_device("cpu") == "cpu"
    with pytest.raises(InputError, match=r"^device is 'cuda', but torch sees no CUDA GPU here; write --device auto"):
        choose_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == choose_device("cuda") == "cuda"
    assert choose_device("cpu") == "cpu"


@pytest.mark.parametrize(("precision", "digits"), [("float32", 24), ("tf32", 11), ("bfloat16", 8)])
def test_precision_of_products(precision, digits):
    """Both factors are rounded to so many binary digits; the sum of 500 products in single precision, in any order."""
    repeatable(0, 1, "cpu", precision)
    one, other = torch.rand(64, 500), torch.rand(500, 64)
    exact = one.double() @ other.double()
    assert ((one @ other) / exact - 1).abs().max() < 2 * 2**-digits + 500 * 2**-24
    repeatable(0, 1, "cpu")
    assert torch.get_float32_matmul_precision() == "highest"


def test_an_operation_without_a_repeatable_kernel_ends_a_run_on_a_cpu_and_is_named_on_a_gpu():
    repeatable(0, 1, "cpu")
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.is_deterministic_algorithms_warn_only_enabled()
    repeatable(0, 1, "cuda")
    assert torch.is_deterministic_algorithms_warn_only_enabled()
    repeatable(0, 1, "cpu")
