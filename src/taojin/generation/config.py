"""How text is drawn from a language model."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig

Precision = Literal["fp32", "bf16", "int8"]


class ConstraintConfig(StageConfig):
    """A form that every text must have; exactly one of the fields is set."""

    regex: str | None = None
    """The whole text matches this (syntax of Rust's ``regex`` crate)."""
    json_schema: dict[str, Any] | None = None
    """The whole text is JSON that this schema accepts, without free white space."""

    @model_validator(mode="after")
    def _is_one_form(self) -> Self:
        if (self.regex is None) == (self.json_schema is None):
            message = (
                f"regex is {self.regex!r:.100} and json_schema is "
                f"{self.json_schema!r:.100}; set exactly one of them"
            )
            raise ValueError(message)
        return self


class GuidanceConfig(StageConfig):
    """Contrastive guidance: towards what a condition makes likelier.

    The logits are ``base + strength (conditioned - base)``, where only what stands
    before the prompt differs (Sanchez et al. 2023, arXiv:2306.17806). Every token
    costs two evaluations of the model.
    """

    condition: str
    """Stands before every prompt, such as the control text of a topic."""
    against: str = ""
    """Stands before it for the base, such as the control text of another topic."""
    strength: float = Field(default=1.5, ge=0.0, le=20.0)
    """0 is the base, 1 the condition alone, more exaggerates the condition."""
    plausibility: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Only tokens at least this share as likely as the likeliest under the
    condition; keeps a high strength from writing nonsense (Li et al. 2022,
    arXiv:2210.15097)."""


class SamplingConfig(StageConfig):
    """How text is drawn from a language model.

    Filters apply in the order of the fields; each keeps at least one token.
    """

    max_new_tokens: int = Field(default=128, ge=1, le=100_000)
    """Tokens after the prompt, at most."""
    min_new_tokens: int = Field(default=0, ge=0, le=100_000)
    """A text does not end before it has so many tokens."""
    stop: tuple[str, ...] | None = None
    """A text ends before the first of these that it comes to contain."""
    guidance: GuidanceConfig | None = None
    """Steers towards an attribute."""
    repetition_penalty: float = Field(default=1.0, ge=1.0, le=10.0)
    """Divides positive and multiplies negative logits of tokens that were used
    (Keskar et al. 2019, arXiv:1909.05858); 1 is off."""
    frequency_penalty: float = Field(default=0.0, ge=0.0, le=10.0)
    """Taken off the logit of a token each time that the text has used it."""
    no_repeat_ngram: int | None = Field(default=None, ge=1, le=64)
    """No run of so many tokens appears twice in prompt and text together."""
    constraint: ConstraintConfig | None = None
    """A form that every text must have; needs the extra ``constraints``."""
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
    precision: Precision | None = None
    """Of the weights while sampling; null leaves them as they were trained."""
    num_threads: int | None = Field(default=None, ge=1, le=1024)
    """CPU threads; null leaves the library's default."""
    seed: int = Field(default=0, ge=0)
    """Of the draws; each prompt has its own, by its place in the list."""

    @model_validator(mode="after")
    def _check_ends(self) -> Self:
        if self.min_new_tokens > self.max_new_tokens:
            message = (
                f"min_new_tokens {self.min_new_tokens} exceeds max_new_tokens "
                f"{self.max_new_tokens}; lower it"
            )
            raise ValueError(message)
        if "" in (self.stop or ()):
            message = f"stop {self.stop} holds an empty text; every text contains it"
            raise ValueError(message)
        return self


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
