"""How text is drawn from a language model."""

from typing import Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig


class SamplingConfig(StageConfig):
    """How text is drawn from a language model.

    The filters apply in the order of the fields; each keeps at least one token.
    """

    max_new_tokens: int = Field(default=128, ge=1, le=100_000)
    """Tokens after the prompt, at most."""
    repetition_penalty: float = Field(default=1.0, ge=1.0, le=10.0)
    """Divides positive and multiplies negative logits of tokens that were used
    (Keskar et al. 2019, arXiv:1909.05858); 1 is off."""
    temperature: float = Field(default=0.8, ge=0.0, le=10.0)
    """Below 1 sharpens the distribution; 0 takes the likeliest token."""
    top_k: int | None = Field(default=None, ge=1)
    """Only the k likeliest tokens."""
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    """Only the likeliest tokens that together reach this probability."""
    min_p: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Only tokens at least this share as likely as the likeliest."""
    batch_size: int = Field(default=32, ge=1, le=4096)
    """Prompts continued at once."""
    num_threads: int | None = Field(default=None, ge=1, le=1024)
    """CPU threads; null leaves the library's default."""
    seed: int = Field(default=0, ge=0)
    """Of the draws; each prompt has its own, by its place in the list."""


class GenerationConfig(StageConfig):
    """What a language model is asked for."""

    num_unprompted: int = Field(default=160, ge=0, le=1_000_000)
    """Texts that begin with nothing: what the model writes of itself."""
    prompts: tuple[str, ...] = ()
    """Beginnings to continue."""
    samples_per_prompt: int = Field(default=4, ge=1)
    """Continuations of each."""
    sampling: SamplingConfig = SamplingConfig()
    """How they are drawn."""

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.num_unprompted and not self.prompts:
            message = "num_unprompted is 0 and prompts is empty; ask for something"
            raise ValueError(message)
        return self

    def all_prompts(self) -> list[str]:
        """List what is continued: all prompts, all again, then empty ones."""
        return [*self.prompts * self.samples_per_prompt, *[""] * self.num_unprompted]
