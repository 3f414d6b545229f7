"""Learning rate over time."""

from taojin.training.config import TrainingConfig


def learning_rate_factor(step: int, config: TrainingConfig) -> float:
    """Share of the peak learning rate at a step, in [0, 1].

    A trapezoid: linear warm-up, a plateau, linear decay (warm-up-stable-decay, Hu
    et al. 2024, arXiv:2404.06395). ``decay_fraction`` 1 gives linear-to-zero.

    Args:
        step: Steps done before this one, from 0.
        config: The fractions.
    """
    warmup_steps = config.warmup_fraction * config.num_steps
    decay_steps = config.decay_fraction * config.num_steps
    rise = (step + 1) / warmup_steps if warmup_steps else 1.0
    left = (config.num_steps - step) / decay_steps if decay_steps else 1.0
    floor = config.final_fraction
    fall = floor + (1.0 - floor) * min(1.0, left)
    return min(1.0, rise, fall)
