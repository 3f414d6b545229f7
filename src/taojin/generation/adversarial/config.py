"""How images are drawn from a generator."""

from pydantic import Field

from taojin.core.config import StageConfig


class ImageSamplingConfig(StageConfig):
    """How images are drawn."""

    truncation: float | None = Field(default=None, gt=0.0, le=10.0)
    """Latents are normal numbers no larger than this (Brock et al. 2019,
    arXiv:1809.11096): the smaller, the more typical and the less varied; null draws
    all."""
    batch_size: int = Field(default=64, ge=1, le=65_536)
    """Images made at once; bounds the memory."""
    seed: int = Field(default=0, ge=0)
    """Of the latents."""


class InversionConfig(StageConfig):
    """How a latent is searched whose image is nearest to a given one."""

    num_starts: int = Field(default=4, ge=1, le=256)
    """Random latents to start from; the nearest image found counts."""
    num_steps: int = Field(default=200, ge=1, le=100_000)
    """Of gradient descent (Adam) on the latent."""
    learning_rate: float = Field(default=0.1, gt=0.0, le=10.0)
    """At the start; falls to 0 as a cosine."""
    prior_weight: float = Field(default=0.001, ge=0.0)
    """What the mean square of the latent costs beside the mean squared error: keeps
    it where the generator has been trained."""
    batch_size: int = Field(default=256, ge=1, le=65_536)
    """Latents that are moved at once, at least those of one image."""
    seed: int = Field(default=0, ge=0)
    """Of the starts."""
