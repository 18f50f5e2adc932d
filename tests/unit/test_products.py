"""Products by either library against double precision, with their gradients."""

import os
import subprocess
import sys

import pytest
import torch
from conftest import ROOT

from spacon.model import matmul
from spacon.model.matmul import product


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
@pytest.mark.parametrize(("height", "leading"), [(582, 582), (768, 256), (265, 255), (7, 1), (5, 0)])
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
    x, weight, upstream = operands(523, 523, 40, 30)
    weight.requires_grad_()
    first, second = (product(x, weight, len(x)) for _ in range(2))
    assert torch.equal(first, second)
    first, second = (torch.autograd.grad(each, weight, upstream)[0] for each in (first, second))
    assert torch.equal(first, second)


def test_inference_copies_nothing(library, monkeypatch):
    monkeypatch.setattr(matmul, "_Product", None)
    x, weight, _ = operands(512, 512, 40, 30)
    with torch.no_grad():
        found = product(x, weight, len(x))
    torch.testing.assert_close(found, (x.double() @ weight.double()).float(), rtol=1e-5, atol=1e-4)


LARGE = """
import os
from spacon.cli.numerics import set_numerics
set_numerics("portable")
os.environ["OMP_NUM_THREADS"] = "2"
import torch
from spacon.model import matmul
assert matmul.IS_MKL_SLOW
for inputs, outputs in ((256, 128), (128, 32), (64, 128), (128, 256)):
    x, weight = torch.randn(7377, inputs), torch.randn(inputs, outputs, requires_grad=True)
    upstream, others = torch.randn(7377, outputs), []
    for _ in range(6):
        others += [torch.empty(512 * size) for size in range(1, 40)]  # between which its memory comes to lie
        found, = torch.autograd.grad(matmul.product(x, weight, len(x)), weight, upstream)
        torch.testing.assert_close(found, (x.T.double() @ upstream.double()).float(), rtol=1e-4, atol=1e-2)
        del others[::2]
"""


def test_large_steps_stay_within_their_memory():
    """Another gradient of oneDNN 3.7.1 writes beyond it from 6,400 rows on: training of 10,000 spots crashed."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "bin")}
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
