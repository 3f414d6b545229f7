"""Adagrad for tables of which a step touches few rows."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

_EPSILON = 1e-10


class RowAdagrad(torch.optim.Optimizer):
    """Adagrad (Duchi et al. 2011) with one sum of squares a row, of sparse gradients.

    Rows without a gradient stay as they are and cost nothing. A row that is met for
    the first time moves by ``lr`` in the root mean square, later ones by less and
    less: what is seen often is averaged over all the times it was seen.
    """

    def __init__(self, params: Iterable[Tensor], lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move the rows that have a gradient; ``closure`` is not supported."""
        if closure is not None:
            message = "RowAdagrad takes no closure"
            raise ValueError(message)
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is not None:
                    self._step_table(table, group["lr"])

    def _step_table(self, table: Tensor, learning_rate: float) -> None:
        gradient = table.grad
        if gradient is None or not gradient.is_sparse:
            message = "RowAdagrad trains tables with sparse gradients only"
            raise ValueError(message)
        gradient = gradient.coalesce()
        (rows,), values = gradient.indices(), gradient.values()
        state = self.state[table]
        if "squares" not in state:
            state["squares"] = table.new_zeros(len(table), 1)
        squares = state["squares"][rows] + values.square().mean(1, keepdim=True)
        state["squares"][rows] = squares
        moves = values / (squares.sqrt() + _EPSILON)
        table.index_add_(0, rows, moves, alpha=-learning_rate)
