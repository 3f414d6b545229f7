"""Learning rate over time."""

import math

from taojin.training.config import TrainingConfig


def learning_rate_factor(step: int, config: TrainingConfig) -> float:
    """Share of the peak learning rate at a step, in [0, 1].

    With ``n`` steps of which ``w`` warm up, a floor ``f`` (``final_fraction``), and
    ``t = (step - w) / (n - w)``, the smaller of the warm-up ``(step + 1) / w`` and:

    - ``trapezoid``: ``f + (1 - f) * min(1, (n - step) / d)`` for ``d`` steps of decay:
      a plateau, then a linear fall (warm-up-stable-decay, Hu et al. 2024,
      arXiv:2404.06395);
    - ``cosine``: ``f + (1 - f) * (1 + cos(pi t)) / 2`` (Loshchilov and Hutter 2017,
      arXiv:1608.03983);
    - ``linear``: ``f + (1 - f) * (1 - t)`` (to zero best, Bergsma et al. 2025,
      arXiv:2502.15938).

    Args:
        step: Steps done before this one, from 0.
        config: The fractions.
    """
    warmup_steps = config.warmup_fraction * config.num_steps
    rise = (step + 1) / warmup_steps if warmup_steps else 1.0
    floor = config.final_fraction
    fall = floor + (1.0 - floor) * _left(step, warmup_steps, config)
    return min(1.0, rise, fall)


def _left(step: int, warmup_steps: float, config: TrainingConfig) -> float:
    """What is left of the way from the peak to the floor, in [0, 1]."""
    if config.schedule == "trapezoid":
        decay_steps = config.decay_fraction * config.num_steps
        return min(1.0, (config.num_steps - step) / decay_steps) if decay_steps else 1.0
    rest = config.num_steps - warmup_steps
    done = max(0.0, step - warmup_steps) / rest if rest else 0.0
    if config.schedule == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * done))
    return 1.0 - done
