"""Muon, AdamW, and their state as plain tensors."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from taojin.training.compilation import plain_name, unwrap
from taojin.training.config import TrainingConfig
from taojin.training.distribution.sharding import is_sharded, share_of, whole
from taojin.training.objectives import ParameterGroup
from taojin.training.row_adagrad import RowAdagrad

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
_NEWTON_SCHULZ_STEPS = 5


def orthogonalise(matrices: Tensor, *, reduced: bool = False) -> Tensor:
    """Replace each matrix by a nearly orthogonal one with the same singular vectors.

    Five steps of the quintic Newton-Schulz iteration of Muon (Jordan et al. 2024,
    kellerjordan.github.io/posts/muon); singular values end within about 0.7..1.2.

    Args:
        matrices: ``[number, rows, columns]``.
        reduced: Compute the products in bfloat16, as the authors do.
    """
    first, third, fifth = _NEWTON_SCHULZ
    tall = matrices.shape[-2] > matrices.shape[-1]
    result = matrices.mT if tall else matrices
    norms = torch.linalg.matrix_norm(result, keepdim=True)
    result = result / (norms + 1e-7)
    if reduced:
        result = result.bfloat16()
    for _ in range(_NEWTON_SCHULZ_STEPS):
        square = result @ result.mT
        polynomial = third * square + fifth * (square @ square)
        result = first * result + polynomial @ result
    result = result.to(matrices.dtype)
    return result.mT if tall else result


class Muon(torch.optim.Optimizer):
    """Momentum whose every step is made orthogonal; for matrices only.

    Matrices of one shape are orthogonalised together: on a CPU that is several
    times faster than ``torch.optim.Muon``, which takes them one by one and in
    bfloat16, a type that many CPUs do not multiply. ``reduced`` is for those that
    do: there it halves the time of a step.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        *,
        reduced: bool = False,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(params, {**defaults, "reduced": reduced})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move every matrix that has a gradient; ``closure`` is not supported."""
        if closure is not None:
            message = "Muon takes no closure"
            raise ValueError(message)
        for group in self.param_groups:
            for parameters in _by_shape(group["params"]):
                self._step_together(parameters, group)

    def _step_together(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        momentum = group["momentum"]
        directions = []
        for parameter in parameters:
            gradient = cast("Tensor", parameter.grad)
            state = self.state[parameter]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(parameter)
            state["momentum"].lerp_(gradient, 1.0 - momentum)
            directions.append(whole(gradient.lerp(state["momentum"], momentum)))
        rows, columns = parameters[0].shape
        # The same change of output per unit of learning rate whatever the shape.
        scale = group["lr"] * max(1.0, rows / columns) ** 0.5
        updates = orthogonalise(torch.stack(directions), reduced=group["reduced"])
        for parameter, update in zip(parameters, updates, strict=True):
            parameter.mul_(1.0 - group["lr"] * group["weight_decay"])
            parameter.sub_(share_of(update, parameter), alpha=scale)


class OptimiserSet:
    """The optimisers of one objective, stepped and stored together."""

    def __init__(
        self, model: nn.Module, groups: Sequence[ParameterGroup], config: TrainingConfig
    ) -> None:
        groups = [
            replace(group, names=tuple(map(plain_name, group.names)))
            for group in groups
        ]
        model = unwrap(model)
        self._names = [group.names for group in groups]
        _require_each_once(model, self._names)
        weights = {plain_name(name): w for name, w in model.named_parameters()}
        self._peaks = [group.learning_rate for group in groups]
        self._optimisers = [
            _make(group, [weights[name] for name in group.names], config)
            for group in groups
        ]

    @property
    def learning_rate(self) -> float:
        """Of the last step, in the first group."""
        return self._optimisers[0].param_groups[0]["lr"]

    def step(self, factor: float) -> None:
        """Take one step at this share of the peak learning rates."""
        for optimiser, peak in zip(self._optimisers, self._peaks, strict=True):
            optimiser.param_groups[0]["lr"] = peak * factor
            optimiser.step()

    def state(self) -> dict[str, Tensor]:
        """Every state tensor, as ``<weight>/<what>``."""
        return {
            f"{name}/{key}": whole(value.detach()).cpu()
            for names, optimiser in zip(self._names, self._optimisers, strict=True)
            for name, weight in zip(
                names, optimiser.param_groups[0]["params"], strict=True
            )
            for key, value in optimiser.state[weight].items()
        }

    def load_state(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore what :meth:`state` returned."""
        found: dict[str, dict[str, Tensor]] = defaultdict(dict)
        for path, value in tensors.items():
            name, _, key = path.rpartition("/")
            found[name][key] = value
        for names, optimiser in zip(self._names, self._optimisers, strict=True):
            weights = optimiser.param_groups[0]["params"]
            for name, weight in zip(names, weights, strict=True):
                optimiser.state[weight] = {
                    key: share_of(value.to(weight.device, copy=True), weight)
                    for key, value in found[name].items()
                }


def _make(
    group: ParameterGroup, weights: list[Tensor], config: TrainingConfig
) -> torch.optim.Optimizer:
    if group.algorithm == "muon":
        return Muon(
            weights,
            group.learning_rate,
            config.momentum,
            group.weight_decay,
            reduced=config.precision == "bf16",
        )
    if group.algorithm == "row_adagrad":
        return RowAdagrad(weights, group.learning_rate)
    # Fused, it takes no mixture of weights that are sharded and weights that are not.
    spread = any(map(is_sharded, weights))
    return torch.optim.AdamW(
        weights,
        lr=group.learning_rate,
        betas=config.adam_betas,
        eps=1e-10,
        weight_decay=group.weight_decay,
        foreach=False if spread else None,
        fused=not spread,
    )


def _by_shape(parameters: Iterable[Tensor]) -> list[list[Tensor]]:
    shapes: dict[torch.Size, list[Tensor]] = defaultdict(list)
    for parameter in parameters:
        if parameter.grad is not None:
            shapes[parameter.shape].append(parameter)
    return list(shapes.values())


def _require_each_once(model: nn.Module, names: Sequence[tuple[str, ...]]) -> None:
    given = [name for group in names for name in group]
    wanted = [plain_name(n) for n, w in model.named_parameters() if w.requires_grad]
    if sorted(given) != sorted(wanted):
        odd = sorted(set(given) ^ set(wanted)) or "some are in two groups"
        message = (
            "every weight that is not frozen must be in exactly one parameter group: "
            f"{odd}"
        )
        raise ValueError(message[:500])
