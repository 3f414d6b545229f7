"""Settings of a scaling law."""

from pydantic import Field

from taojin.core.config import StageConfig


class ScalingLawConfig(StageConfig):
    """The fit of L(N, D) = E + A / N^alpha + B / D^beta to finished trials."""

    min_trials: int = Field(default=8, ge=6)
    """Fewer finished trials, or fewer than three sizes, are not fitted."""
    next_factor: float = Field(default=4.0, gt=1.0, le=1000.0)
    """How many times larger than the largest the model is whose loss is predicted."""
    huber_delta: float = Field(default=1e-3, gt=0.0)
    """Error of the logarithm of the loss from which on errors count linearly."""
    num_bootstraps: int = Field(default=200, ge=20, le=10_000)
    """Samples of the trials, with replacement, for the interval."""
    level: float = Field(default=0.9, gt=0.0, lt=1.0)
    """Share of the predictions of the samples that the interval holds."""
    seed: int = Field(default=0, ge=0)
    """Of the samples."""
