import pytest
import torch
from torch import nn

from taojin.training.config import TrainingConfig
from taojin.training.objectives import ParameterGroup
from taojin.training.optimisers import Muon, OptimiserSet, orthogonalise

CONFIG = TrainingConfig(num_steps=1, batch_size=1)


@pytest.mark.parametrize("shape", [(2, 8, 8), (1, 4, 32), (3, 32, 4), (1, 1, 5)])
def test_singular_values_end_near_one(shape):
    torch.manual_seed(0)
    result = orthogonalise(torch.randn(shape) * 1e3)

    values = torch.linalg.svdvals(result)

    assert result.shape == shape
    assert values.max() < 1.3
    assert values.median() > 0.6


def test_singular_vectors_stay():
    torch.manual_seed(0)
    left, _ = torch.linalg.qr(torch.randn(6, 6))
    right, _ = torch.linalg.qr(torch.randn(6, 6))
    matrix = left @ torch.diag(torch.tensor([9.0, 7, 5, 4, 3, 2])) @ right

    core = left.T @ orthogonalise(matrix[None])[0] @ right.T

    assert (core - core.diag().diag()).abs().max() < 1e-4


def test_a_zero_matrix_stays_zero():
    assert orthogonalise(torch.zeros(1, 3, 3)).abs().max() == 0


def test_matrices_of_one_shape_move_as_they_would_alone():
    def moved(number):
        torch.manual_seed(0)
        weights = [nn.Parameter(torch.zeros(4, 6)) for _ in range(2)]
        for weight in weights:
            weight.grad = torch.randn(4, 6)
        Muon(weights[:number], lr=0.1).step()
        return weights[0]

    torch.testing.assert_close(moved(1), moved(2))


def test_the_size_of_the_gradient_does_not_matter():
    def moved(scale):
        weight = nn.Parameter(torch.zeros(4, 4))
        weight.grad = torch.arange(16.0).reshape(4, 4) * scale
        Muon([weight], lr=0.1).step()
        return weight.detach()

    torch.testing.assert_close(moved(1.0), moved(1e4), rtol=1e-3, atol=1e-4)


def test_weights_without_a_gradient_stay():
    weight = nn.Parameter(torch.ones(2, 2))

    Muon([weight], lr=0.1, weight_decay=0.5).step()

    assert weight.tolist() == [[1, 1], [1, 1]]


def test_weight_decay_is_decoupled():
    weight = nn.Parameter(torch.ones(2, 2))
    weight.grad = torch.zeros(2, 2)

    Muon([weight], lr=0.1, weight_decay=0.5).step()

    assert weight.tolist() == [[pytest.approx(0.95)] * 2] * 2


def test_a_closure_is_refused():
    with pytest.raises(ValueError, match="no closure"):
        Muon([nn.Parameter(torch.ones(2, 2))], lr=0.1).step(lambda: 0.0)


class _Model(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.matrix = nn.Parameter(torch.randn(4, 4))
        self.vector = nn.Parameter(torch.randn(4))


GROUPS = [
    ParameterGroup("matrices", "muon", 0.1, 0.0, ("matrix",)),
    ParameterGroup("vectors", "adamw", 0.01, 0.0, ("vector",)),
]


def _step(model, optimisers, factor=1.0):
    model.matrix.grad = model.matrix.detach() ** 2
    model.vector.grad = model.vector.detach() ** 2
    optimisers.step(factor)


def test_a_restored_set_goes_on_bit_for_bit():
    model = _Model()
    optimisers = OptimiserSet(model, GROUPS, CONFIG)
    for _ in range(3):
        _step(model, optimisers)
    copy = _Model()
    copy.load_state_dict(model.state_dict())
    restored = OptimiserSet(copy, GROUPS, CONFIG)
    restored.load_state(optimisers.state())

    for _ in range(3):
        _step(model, optimisers)
        _step(copy, restored)

    assert torch.equal(model.matrix, copy.matrix)
    assert torch.equal(model.vector, copy.vector)


def test_the_factor_scales_every_learning_rate():
    model, still = _Model(), _Model()

    _step(model, OptimiserSet(model, GROUPS, CONFIG), factor=0.0)

    assert torch.equal(model.matrix, still.matrix)
    assert torch.equal(model.vector, still.vector)


@pytest.mark.parametrize(
    "groups", [GROUPS[:1], [*GROUPS, GROUPS[0]]], ids=["missing", "twice"]
)
def test_a_weight_outside_or_in_two_groups_is_refused(groups):
    with pytest.raises(ValueError, match="exactly one parameter group"):
        OptimiserSet(_Model(), groups, CONFIG)


def test_reduced_products_give_nearly_the_same_matrix():
    torch.manual_seed(0)
    matrices = torch.randn(2, 24, 60)

    exact, reduced = orthogonalise(matrices), orthogonalise(matrices, reduced=True)

    assert reduced.dtype == torch.float32
    assert 0 < (reduced - exact).abs().max() < 0.05


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_muon_computes_in_the_precision_of_the_run(precision):
    model = nn.Linear(6, 4, bias=False)
    group = ParameterGroup("matrices", "muon", 0.1, 0.0, ("weight",))
    before = model.weight.detach().clone()
    model.weight.grad = torch.arange(24.0).reshape(4, 6).sin()
    update = orthogonalise(model.weight.grad[None], reduced=precision == "bf16")[0]

    settings = CONFIG.model_copy(update={"precision": precision})
    OptimiserSet(model, [group], settings).step(1.0)

    torch.testing.assert_close(model.weight.detach(), before - 0.1 * update)
