"""How the model stands against the baselines that were measured beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from taojin.core.estimates import Estimate
from taojin.core.numbers import estimate_of

PRETRAINED = "pretrained"
FINETUNED = "finetuned"


@dataclass(frozen=True)
class Comparison:
    """The model and the best of its baselines.

    Attributes:
        model: The model's estimate.
        baseline_name: Which baseline is best, as the report calls it.
        baseline: Its estimate.
        outcome: ``overlap`` if the intervals do, else whether the model is better.
    """

    model: Estimate
    baseline_name: str
    baseline: Estimate
    outcome: Literal["better", "worse", "overlap"]

    @property
    def relative_gap(self) -> float:
        """Distance of the two values as a share of the baseline's."""
        if self.baseline.value == 0:
            return 0.0
        return abs(self.model.value - self.baseline.value) / abs(self.baseline.value)


def finite_estimates(scores: Mapping[str, Any] | None) -> dict[str, Estimate]:
    """Read the estimates of a report, by system; leave out what is no number."""
    read = {str(name): estimate_of(raw) for name, raw in (scores or {}).items()}
    return {name: estimate for name, estimate in read.items() if estimate is not None}


def compare(
    scores: Mapping[str, Any] | None, model: str, *, lower_is_better: bool
) -> Comparison | None:
    """Set a system against the best of the others; None if either is missing.

    The same model trained from scratch counts as a baseline like any other.
    """
    estimates = finite_estimates(scores)
    ours = estimates.pop(model, None)
    if ours is None or not estimates:
        return None
    sign = 1 if lower_is_better else -1
    name = min(estimates, key=lambda other: (sign * estimates[other].value, other))
    best = estimates[name]
    if ours.low <= best.high and best.low <= ours.high:
        return Comparison(ours, name, best, "overlap")
    is_better = sign * ours.value < sign * best.value
    return Comparison(ours, name, best, "better" if is_better else "worse")
