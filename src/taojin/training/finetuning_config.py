"""Settings of finetuning, one model a way of doing it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.models.adapters import AdapterConfig
from taojin.models.chat import ChatFormat
from taojin.models.classifier import Pooling
from taojin.models.prompts import PromptTemplate
from taojin.training.config import TrainingConfig


class LowRankConfig(AdapterConfig):
    """Low-rank adapters in place of all weights."""

    learning_rate: float = Field(default=2e-3, ge=0.0, le=1.0)
    """Peak rate of AdamW for their factors; about ten times what AdamW bears for all
    weights."""


class FinetuningConfig(StageConfig):
    """What every way of finetuning has: adapters or all weights, and the loop."""

    adapter: LowRankConfig | None = None
    """Train low-rank adapters (and a head, where there is one); null trains all
    weights."""
    training: TrainingConfig

    @property
    def adapter_learning_rate(self) -> float | None:
        """Peak rate of the adapters' factors; None where all weights are trained."""
        return None if self.adapter is None else self.adapter.learning_rate


class ClassifierFinetuningConfig(FinetuningConfig):
    """Finetuning of a classifier."""

    max_tokens: int = Field(default=128, ge=2)
    """Tokens of each text that are read, from its start."""
    pooling: Pooling = "mean"
    """How token states become one; ``last`` exports to Transformers."""
    dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Share of the head's input that is zeroed in training."""


class HeadFinetuningConfig(ClassifierFinetuningConfig):
    """Finetuning of a head for labels, numbers or comparisons."""

    task: Literal["multi_label", "regression", "pairwise"]
    """What is said of a text: any number of labels; numbers; which of two is better."""
    outputs: tuple[str, ...] = Field(default=("value",), min_length=1, max_length=1000)
    """Columns of numbers; of a regression only."""


class LanguageFinetuningConfig(FinetuningConfig):
    """Finetuning of a language model on prompts and targets, or on conversations."""

    max_tokens: int = Field(default=192, ge=2)
    """Tokens of prompt and target together; longer prompts lose their start."""
    template: PromptTemplate | None = None
    """Makes prompts and targets of other columns; null takes them as they are."""
    chat: ChatFormat | None = None
    """Trains on the answers in the column ``messages``; null takes prompts."""
    packing: bool = False
    """Fill rows of ``max_tokens`` with several examples, none of which sees another;
    ``batch_size`` then counts rows. Pays where examples are much shorter than that."""

    @model_validator(mode="after")
    def _check_one_form(self) -> Self:
        if self.template is not None and self.chat is not None:
            message = "template and chat are both set, and examples have one form"
            raise ValueError(message)
        return self


class PreferenceConfig(FinetuningConfig):
    """Preference tuning of a language model on pairs of answers."""

    max_tokens: int = Field(default=192, ge=2)
    """Tokens of prompt and answer together; longer prompts lose their start."""
    beta: float = Field(default=0.1, gt=0.0, le=10.0)
    """How dear it is to depart from the base; less allows more change."""
    smoothing: float = Field(default=0.0, ge=0.0, lt=0.5)
    """Share of pairs that may be the wrong way round."""


class UnlikelihoodConfig(FinetuningConfig):
    """Training on ordinary text, with a penalty for writing flagged text."""

    max_tokens: int = Field(default=192, ge=2)
    """Tokens of prompt and text together; longer prompts lose their start."""
    weight: float = Field(default=1.0, ge=0.0, le=1000.0)
    """Of a flagged token against an ordinary one; 0 leaves flagged text out."""
