import pytest
import torch
from torch import nn

from taojin.training.row_adagrad import RowAdagrad


def _table(*gradients, rows=6, width=3):
    """A table after steps; each gradient maps rows to vectors."""
    table = nn.Parameter(torch.zeros(rows, width))
    optimiser = RowAdagrad([table], lr=0.1)
    for gradient in gradients:
        indices = torch.tensor([list(gradient)])
        values = torch.tensor(list(gradient.values()))
        table.grad = torch.sparse_coo_tensor(
            indices, values, table.shape, check_invariants=True
        )
        optimiser.step()
    return table.detach()


def test_rows_without_a_gradient_stay():
    table = _table({2: [1.0, 2.0, 3.0]})

    assert table[2].abs().min() > 0
    assert table[[0, 1, 3, 4, 5]].abs().max() == 0


def test_the_first_step_of_a_row_has_the_length_of_the_rate():
    for scale in (1e-3, 1e3):
        moved = _table({1: [3.0 * scale, 4.0 * scale, 0.0]})[1]

        assert moved.square().mean().sqrt().item() == pytest.approx(0.1, rel=1e-4)


def test_later_steps_are_those_of_adagrad():
    table = _table({0: [1.0, 1.0, 1.0]}, {4: [9.0, 9.0, 9.0]}, {0: [2.0, 2.0, 2.0]})

    wanted = -0.1 * (1 + 2 / 5**0.5)
    torch.testing.assert_close(table[0], torch.full((3,), wanted))


def test_a_row_that_is_met_twice_in_a_step_moves_once_by_the_sum():
    table = nn.Parameter(torch.zeros(4, 2))
    values = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    table.grad = torch.sparse_coo_tensor(
        torch.tensor([[3, 3]]), values, table.shape, check_invariants=True
    )

    RowAdagrad([table], lr=0.1).step()

    torch.testing.assert_close(
        table[3].detach(), torch.tensor([-0.1414214] * 2) / 2**0.5
    )


def test_dense_gradients_are_refused():
    table = nn.Parameter(torch.zeros(4, 2))
    table.grad = torch.ones(4, 2)

    with pytest.raises(ValueError, match="sparse"):
        RowAdagrad([table], lr=0.1).step()
