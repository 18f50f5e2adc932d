"""Products by either library against double precision, with their gradients."""

import pytest
import torch

from spacon.model import matmul
from spacon.model.matmul import ROWS, product


@pytest.fixture(params=[False, True], ids=["MKL", "oneDNN"])
def library(request, monkeypatch):
    monkeypatch.setattr(matmul, "IS_MKL_SLOW", request.param)
    torch.set_num_threads(1)


def operands(height, leading, inputs, outputs):
    generator = torch.Generator().manual_seed(height)
    x = torch.randn(height, inputs, generator=generator)
    x[leading:] = 0
    upstream = torch.randn(height, outputs, generator=generator)
    return x, torch.randn(inputs, outputs, generator=generator), upstream


@pytest.mark.parametrize(("inputs", "outputs"), [(90, 20), (20, 90)])
@pytest.mark.parametrize(
    ("height", "leading"), [(2 * ROWS + 70, 2 * ROWS + 70), (3 * ROWS, ROWS), (ROWS + 9, ROWS - 1), (5, 0)]
)
def test_product_and_gradients_equal_those_in_double_precision(library, height, leading, inputs, outputs):
    x, weight, upstream = operands(height, leading, inputs, outputs)
    variables = x.requires_grad_(), weight.requires_grad_()
    found = product(*variables, leading)
    exact = [each.detach().double().requires_grad_() for each in variables]
    expected = exact[0] @ exact[1]
    torch.testing.assert_close(found, expected.float(), rtol=1e-5, atol=1e-4)
    of_x, of_weight = torch.autograd.grad(found, variables, upstream)
    exact_of_x, exact_of_weight = torch.autograd.grad(expected, exact, upstream.double())
    torch.testing.assert_close(of_x[:leading], exact_of_x[:leading].float(), rtol=1e-5, atol=1e-4)
    assert (of_x[leading:] == 0).all()  # what stands there is zero for good, and needs no gradient
    torch.testing.assert_close(of_weight, exact_of_weight.float(), rtol=1e-5, atol=1e-4)


def test_product_is_repeatable(library):
    x, weight, upstream = operands(2 * ROWS + 11, 2 * ROWS + 11, 40, 30)
    weight.requires_grad_()
    first, second = (product(x, weight, len(x)) for _ in range(2))
    assert torch.equal(first, second)
    first, second = (torch.autograd.grad(each, weight, upstream)[0] for each in (first, second))
    assert torch.equal(first, second)


def test_inference_copies_nothing(library, monkeypatch):
    monkeypatch.setattr(matmul, "_Product", None)
    x, weight, _ = operands(2 * ROWS, 2 * ROWS, 40, 30)
    with torch.no_grad():
        assert torch.equal(product(x, weight, len(x)), x @ weight)
