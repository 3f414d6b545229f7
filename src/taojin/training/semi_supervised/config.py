"""Settings of learning from few labels."""

from typing import Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig

Strategy = Literal[
    "random",
    "least_confidence",
    "margin",
    "entropy",
    "k_centre",
    "badge",
    "margin_k_centre",
]
"""How to choose what to label next, see :mod:`.active_learning`."""


class RepresentationConfig(StageConfig):
    """Texts as vectors, made without labels."""

    kind: Literal["latent_semantics", "decoder", "both"] = "latent_semantics"
    """Singular vectors of TF-IDF, mean states of the pretrained decoder, or both."""
    max_features: int = Field(default=20_000, ge=10)
    """Most frequent word n-grams kept, and as many character n-grams."""
    num_dimensions: int = Field(default=200, ge=2, le=4096)
    """Singular vectors kept."""
    max_tokens: int = Field(default=128, ge=2)
    """Tokens of each text that the decoder reads, from its start."""
    seed: int = Field(default=0, ge=0)
    """Of the randomised decomposition."""


class StudentConfig(StageConfig):
    """A logistic regression on the vectors."""

    inverse_penalty: float = Field(default=10.0, gt=0.0)
    """C of the logistic regression; larger is less regularised."""
    max_iterations: int = Field(default=200, ge=1)
    """Of its solver."""


class SelfTrainingConfig(StageConfig):
    """Pseudo-labels: the student's sure answers, as if they were labels."""

    num_rounds: int = Field(default=5, ge=1, le=100)
    """Rounds of labelling the pool and training again; each takes a larger share."""
    min_confidence: float = Field(default=0.6, ge=0.0, le=1.0)
    """Calibrated confidence that an answer needs."""
    max_share: float = Field(default=1.0, gt=0.0, le=1.0)
    """Share of the pool that the last round may label, the same for every class."""
    calibrate: bool = True
    """Fit a temperature on validation labels in every round. Without it few answers
    are sure at first, and those of few classes."""
    weigh_by_confidence: bool = True
    """An answer counts as much as it is sure; false counts it like a label."""


class ActiveLearningConfig(StageConfig):
    """What to label next."""

    strategy: Strategy = "margin_k_centre"
    """How to choose, see :func:`.active_learning.choose`."""
    num_suggestions: int = Field(default=100, ge=1, le=100_000)
    """Texts to suggest."""
    shortlist_factor: int = Field(default=5, ge=1, le=1000)
    """``margin_k_centre`` chooses among so many times as many close calls."""
    seed: int = Field(default=0, ge=0)
    """Of ``random`` and ``badge``."""


class FinetunedPointsConfig(StageConfig):
    """Where on the curve whole models are finetuned, which takes long."""

    budgets_per_class: tuple[int, ...] = (20,)
    """Labels a class, each one of the budgets of the curve; empty for none."""
    num_steps: int = Field(default=40, ge=1)
    """Optimiser steps; all else is as the task is finetuned."""
    num_draws: int = Field(default=1, ge=1)
    """Draws of the labels, the first ones of the curve."""


class LabelEfficiencyConfig(StageConfig):
    """Accuracy against the number of labels."""

    budgets_per_class: tuple[int, ...] = (5, 10, 20, 50)
    """Labels a class on average, ascending; all labels come last by themselves."""
    num_draws: int = Field(default=5, ge=1, le=1000)
    """How often the labels are drawn anew."""
    strategies: tuple[Strategy, ...] = ("margin", "k_centre", "margin_k_centre")
    """Ways to choose labels, beside drawing them at random."""
    num_calibration_labels: int = Field(default=50, ge=1)
    """Validation labels that temperatures are fitted on, at most; they cost as much as
    others do, so that results count them."""
    picks_per_budget: int = Field(default=3, ge=1, le=1000)
    """In how many parts the labels from one budget to the next are chosen."""
    finetuned: FinetunedPointsConfig = Field(default_factory=FinetunedPointsConfig)
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    """Nominal coverage of the intervals."""
    seed: int = Field(default=0, ge=0)
    """Of the draws."""

    @model_validator(mode="after")
    def _check_budgets(self) -> Self:
        budgets = self.budgets_per_class
        if not budgets or budgets[0] < 1 or list(budgets) != sorted(set(budgets)):
            message = (
                f"budgets_per_class is {list(budgets)}, and needs one number or more, "
                "each at least 1 and larger than the one before"
            )
            raise ValueError(message)
        foreign = sorted(set(self.finetuned.budgets_per_class) - set(budgets))
        if foreign:
            message = (
                f"finetuned.budgets_per_class names {foreign}, which budgets_per_class "
                f"{list(budgets)} lacks; add them there or take them out here"
            )
            raise ValueError(message)
        return self


class SemiSupervisedConfig(StageConfig):
    """Learning from few labels: how, from which documents, and what it is worth."""

    representation: RepresentationConfig = Field(default_factory=RepresentationConfig)
    student: StudentConfig = Field(default_factory=StudentConfig)
    self_training: SelfTrainingConfig = Field(default_factory=SelfTrainingConfig)
    active_learning: ActiveLearningConfig = Field(default_factory=ActiveLearningConfig)
    max_pool_documents: int = Field(default=3000, ge=1)
    """Unlabelled documents of the train split that are looked at, by hash."""
    max_text_chars: int = Field(default=500, ge=16)
    """Characters of each that are read, from its start."""
    use_pseudo_labels: bool = False
    """Add the pseudo-labels to the examples that models are finetuned on."""
    label_efficiency: LabelEfficiencyConfig = Field(
        default_factory=LabelEfficiencyConfig
    )
