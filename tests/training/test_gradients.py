import pytest
import torch
from torch import nn

from taojin.core.errors import TrainingError
from taojin.training.config import TrainingConfig
from taojin.training.gradients import GradientGatherer
from taojin.training.objectives import Loss


class _Mean:
    """The loss of a row is its product with the weight; a part may have no unit."""

    name = "mean"

    def __init__(self):
        linear = nn.Linear(2, 1, bias=False)
        nn.init.ones_(linear.weight)
        self.model: nn.Module = linear

    def loss(self, batch):
        return Loss(self.model(batch).sum(), len(batch), {})

    def parameter_groups(self, _config):
        return []


class _Parts:
    """Part ``i`` has as many rows as listed, over and over."""

    def __init__(self, sizes):
        self.sizes = sizes

    def batch(self, index):
        size = self.sizes[index % len(self.sizes)]
        return torch.randn(size, 2, generator=torch.Generator().manual_seed(index))


def _gatherer(sizes, **settings):
    objective, parts = _Mean(), _Parts(sizes)
    config = TrainingConfig(num_steps=1, batch_size=4, **settings)
    (weight,) = objective.model.parameters()
    return weight, parts, GradientGatherer(objective, parts, config)


def test_the_gradient_is_the_mean_over_all_units_of_unequal_parts():
    weight, parts, gatherer = _gatherer([1, 5, 2, 3], num_accumulations=4)

    gathered = gatherer.gather(first=4)

    rows = torch.cat([parts.batch(index) for index in range(4, 8)])
    torch.testing.assert_close(weight.grad, rows.mean(0, keepdim=True))
    assert gathered.num_units == 11
    assert gathered.batches == range(4, 8)
    assert gathered.mean == pytest.approx(rows.sum().item() / 11)
    assert gathered.norm == pytest.approx(rows.mean(0).norm().item())


@pytest.mark.parametrize(("budget", "num_parts"), [(1, 1), (6, 2), (7, 3), (8, 3)])
def test_parts_are_added_until_the_budget_is_reached(budget, num_parts):
    _, _, gatherer = _gatherer([1, 5, 2], batch_units=budget)

    assert gatherer.gather(0).batches == range(num_parts)


def test_parts_without_units_are_passed_by():
    _, _, gatherer = _gatherer([0, 0, 3], batch_units=2)

    gathered = gatherer.gather(0)

    assert (gathered.num_units, len(gathered.batches)) == (3, 3)


def test_a_budget_that_is_never_reached_is_an_error():
    _, _, gatherer = _gatherer([0], batch_units=2)

    with pytest.raises(
        TrainingError, match="batch_units is 2, and 1000 parts in a row"
    ):
        gatherer.gather(0)


def test_gradients_are_shortened_to_the_longest_allowed():
    weight, _, gatherer = _gatherer([4], max_gradient_norm=0.01)
    gathered = gatherer.gather(0)

    gatherer.shorten(gathered.norm)

    assert weight.grad is not None
    assert gathered.norm > 0.01
    assert weight.grad.norm().item() == pytest.approx(0.01)


def test_frozen_weights_get_no_gradient():
    objective, frozen = _Mean(), nn.Linear(2, 2)
    frozen.requires_grad_(requires_grad=False)
    objective.model = nn.Sequential(frozen, objective.model)
    config = TrainingConfig(num_steps=1, batch_size=4)

    gathered = GradientGatherer(objective, _Parts([4]), config).gather(0)

    assert gathered.norm > 0.0
    assert frozen.weight.grad is None


def test_cleared_gradients_are_gone():
    weight, _, gatherer = _gatherer([4])
    gatherer.gather(0)

    gatherer.clear()

    assert weight.grad is None


def test_reduced_precision_is_that_of_the_products():
    objective, seen = _Mean(), []
    config = TrainingConfig(num_steps=1, batch_size=4, precision="bf16")
    objective.model.register_forward_hook(
        lambda _model, _inputs, output: seen.append(output.dtype)
    )

    GradientGatherer(objective, _Parts([4]), config).gather(0)

    assert seen == [torch.bfloat16]
    assert {w.dtype for w in objective.model.parameters()} == {torch.float32}


class _Lookup:
    """The loss of a part is the sum of the rows it looks up."""

    name = "lookup"

    def __init__(self, *, sparse):
        self.model: nn.Module = nn.Embedding(9, 2, sparse=sparse)
        self.weights = nn.Parameter(torch.arange(18.0).view(9, 2))

    def loss(self, batch):
        return Loss((self.model(batch) * self.weights[batch]).sum(), len(batch), {})

    def parameter_groups(self, _config):
        return []


class _Rows:
    def batch(self, index):
        return torch.tensor([1, 4, 4] if index else [4, 7, 8, 8])


def test_sparse_gradients_count_and_are_shortened_as_dense_ones_are():
    found = []
    for sparse in (True, False):
        objective = _Lookup(sparse=sparse)
        config = TrainingConfig(num_steps=1, batch_size=4, num_accumulations=2)
        gatherer = GradientGatherer(objective, _Rows(), config)
        norm = gatherer.gather(0).norm
        gatherer.shorten(norm)
        (table,) = objective.model.parameters()
        assert table.grad is not None
        assert table.grad.is_sparse == sparse
        found.append((norm, table.grad.to_dense()))
    (norm, shortened), (wanted_norm, wanted) = found

    assert norm == pytest.approx(wanted_norm)
    assert norm > 1
    torch.testing.assert_close(shortened, wanted)
    assert shortened.norm().item() == pytest.approx(1.0)
