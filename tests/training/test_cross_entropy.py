import pytest
import torch
from torch.nn import functional

from taojin.training import cross_entropy
from taojin.training.cross_entropy import linear_cross_entropy


def _problem(rows, classes=11, width=5):
    torch.manual_seed(0)
    states = torch.randn(rows, width, dtype=torch.float32, requires_grad=True)
    weight = torch.randn(classes, width, requires_grad=True)
    return states, weight, torch.randint(classes, (rows,))


@pytest.mark.parametrize("rows", [0, 1, 3, 4, 25])
def test_loss_and_gradients_equal_the_plain_formula(monkeypatch, rows):
    monkeypatch.setattr(cross_entropy, "_CHUNK_ELEMENTS", 44)  # four rows at once
    states, weight, targets = _problem(rows)

    loss = linear_cross_entropy(states, weight, targets)
    plain = functional.cross_entropy(states @ weight.T, targets, reduction="sum")

    torch.testing.assert_close(loss, plain)
    inputs = (states, weight)
    torch.testing.assert_close(
        torch.autograd.grad(3 * loss, inputs), torch.autograd.grad(3 * plain, inputs)
    )


def test_the_loss_is_the_same_without_gradients():
    states, weight, targets = _problem(9)

    with torch.no_grad():
        bare = linear_cross_entropy(states, weight, targets)

    torch.testing.assert_close(bare, linear_cross_entropy(states, weight, targets))


def test_large_logits_do_not_overflow():
    states, weight, targets = _problem(4)

    loss = linear_cross_entropy(states * 1e4, weight * 1e4, targets)

    assert loss.isfinite()


def test_reduced_precision_stays_close():
    states, weight, targets = _problem(6)
    plain = linear_cross_entropy(states, weight, targets)
    expected = torch.autograd.grad(plain, (states, weight))

    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = linear_cross_entropy(states, weight, targets)
    found = torch.autograd.grad(loss, (states, weight))

    torch.testing.assert_close(loss, plain, rtol=0.02, atol=0.1)
    torch.testing.assert_close(found, expected, rtol=0.1, atol=0.1)
    assert not torch.equal(loss, plain)


def test_a_frozen_output_matrix_gets_no_gradient():
    states = torch.randn(5, 4, requires_grad=True)
    weight = torch.randn(7, 4)
    targets = torch.tensor([0, 6, 2, 2, 1])
    linear_cross_entropy(states, weight, targets).backward()
    expected = states.detach().clone().requires_grad_()
    functional.cross_entropy(expected @ weight.T, targets, reduction="sum").backward()
    torch.testing.assert_close(states.grad, expected.grad)
