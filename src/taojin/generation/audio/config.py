"""How sounds are drawn from a generator."""

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.generation.config import GuidanceConfig, Precision, SamplingConfig
from taojin.models.codecs.clips import DEFAULT_ROUNDS


class AudioSamplingConfig(StageConfig):
    """How sounds are drawn from a generator.

    Filters apply in the order of the fields; each keeps at least one code.
    """

    max_seconds: float = Field(default=2.0, gt=0.0, le=600.0)
    """A sound that has not ended by then is cut off."""
    guidance: float = Field(default=1.0, ge=0.0, le=20.0)
    """Above 1 exaggerates what label and speaker make likelier (Ho and Salimans 2022,
    arXiv:2207.12598), at the cost of variety and of two evaluations of the model a
    code; needs training with ``open_share`` above 0. 1 is off."""
    plausibility: float = Field(default=0.0, ge=0.0, lt=1.0)
    """With guidance: only codes at least this share as likely as the likeliest."""
    temperature: float = Field(default=1.0, ge=0.0, le=10.0)
    """Below 1 sharpens the distribution; 0 takes the likeliest code."""
    top_k: int | None = Field(default=None, ge=1)
    """Only the k likeliest codes."""
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    """Only the likeliest codes that together reach this probability."""
    min_p: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Only codes at least this share as likely as the likeliest."""
    num_rounds: int = Field(default=DEFAULT_ROUNDS, ge=0, le=1000)
    """Of the search for phases after decoding (Griffin and Lim 1984)."""
    batch_size: int = Field(default=64, ge=1, le=4096)
    """Sounds drawn at once; does not change them, but for rounding."""
    precision: Precision | None = None
    """Of the language model's weights while sampling; null leaves them."""
    num_threads: int | None = Field(default=None, ge=1, le=1024)
    """CPU threads; null leaves the library's default."""
    seed: int = Field(default=0, ge=0)
    """Of the draws; each sound has its own, by its place in the list."""

    def filters(self) -> SamplingConfig:
        """Temperature and filters, as the project's sampler takes them."""
        return SamplingConfig(
            temperature=self.temperature,
            top_k=self.top_k,
            top_p=self.top_p,
            min_p=self.min_p,
        )

    def guidance_config(self) -> GuidanceConfig | None:
        """Guidance, as the project's sampler takes it; None where it is off."""
        if self.guidance == 1.0:
            return None
        return GuidanceConfig(
            condition="", strength=self.guidance, plausibility=self.plausibility
        )
