"""Settings of a search."""

from typing import Literal, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.curation.config import ThresholdRule
from taojin.training.tuning.scaling_config import ScalingLawConfig

Plain = bool | int | float | str | None
"""A value that a setting can have."""


class Dimension(StageConfig):
    """One setting that is searched: a range, or a list of choices."""

    path: str = Field(min_length=1)
    """Where it stands below the settings that are searched, ``pretraining`` or
    ``finetuning.topic``: ``training.matrix_learning_rate``; or in a rule of this
    configuration: ``rules.long_enough.at_least``."""
    low: float | None = None
    """Lowest value, inclusive."""
    high: float | None = None
    """Highest value, inclusive."""
    log: bool = False
    """Search the logarithm: for rates, and whatever spans more than a factor of 10."""
    step: float | None = Field(default=None, gt=0.0)
    """Distance between two values that are tried; null tries all."""
    choices: tuple[Plain, ...] | None = Field(default=None, min_length=1)
    """Values to choose from, in place of a range."""

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.choices is not None:
            if (self.low, self.high, self.step) != (None, None, None) or self.log:
                message = f"{self.path}: give choices or a range, not both"
                raise ValueError(message)
            return self
        if self.low is None or self.high is None:
            message = f"{self.path}: give low and high, or choices"
            raise ValueError(message)
        if self.low > self.high:
            message = f"{self.path}: low {self.low} is above high {self.high}"
            raise ValueError(message)
        if self.log and (self.low <= 0.0 or self.step is not None):
            message = (
                f"{self.path}: log needs a low above 0 (it is {self.low}) and no step"
            )
            raise ValueError(message)
        return self


class SamplerConfig(StageConfig):
    """How values are proposed."""

    name: Literal["tpe", "random"] = "tpe"
    """Tree-structured Parzen estimators (Bergstra et al. 2011), or at random."""
    num_startup_trials: int = Field(default=10, ge=1, le=10_000)
    """Trials at random before the estimators have enough to go by."""


class PrunerConfig(StageConfig):
    """Which trials are stopped early.

    Trials are compared at equal shares of their own steps, so that they may differ in
    number of steps and batch size; all numbers here are in percent of a trial.
    """

    name: Literal["median", "hyperband", "none"] = "median"
    """Stop what is worse than the median of the others there; or by successive halving
    in several brackets (Li et al. 2018, arXiv:1603.06560); or nothing."""
    num_startup_trials: int = Field(default=4, ge=1, le=10_000)
    """Of ``median``: trials that run to their end before any is stopped."""
    min_percent: int = Field(default=20, ge=1, le=100)
    """No trial is stopped earlier."""
    reduction_factor: int = Field(default=3, ge=2, le=10)
    """Of ``hyperband``: one of so many goes on at each rung."""


class TuningConfig(StageConfig):
    """The stages ``tuning`` and ``topic_tuning``: a search over the settings of a training.

    What is compared is the best validation loss, in nats a token or an example; all
    trials are judged on the same text, because ``rules`` filter the training documents
    of pretraining alone.
    """

    space: tuple[Dimension, ...] = Field(min_length=1)
    """What is searched."""
    fixed: dict[str, Plain] = Field(default={})
    """Settings that all trials share where they differ from those of the training, by
    path; a shorter one, for example. They are no part of the winner."""
    rules: tuple[ThresholdRule, ...] = ()
    """Which of the curated documents to pretrain on, by their signals; bounds may be
    searched. They can only drop more than curation did."""
    num_trials: int = Field(default=30, ge=1, le=100_000)
    """Trials, finished or stopped early; with more, a finished search goes on."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Tokens that each trial pretrains on, whatever its batch size: sets ``num_steps``;
    null leaves it."""
    include_default: bool = True
    """Make the present settings the first trial, if they lie in the space."""
    sampler: SamplerConfig = SamplerConfig()
    pruner: PrunerConfig = PrunerConfig()
    num_reports: int = Field(default=10, ge=1, le=100)
    """Validations of a trial, evenly spaced; it can be stopped at each."""
    num_threads: int = Field(default=1, ge=1, le=1024)
    """CPU threads of one trial; ``engine.num_workers`` trials run at a time."""
    max_failures: int = Field(default=3, ge=1)
    """Trials in a row that may fail without a number; one more ends the search."""
    scaling_law: ScalingLawConfig = ScalingLawConfig()
    """What is fitted to the finished trials."""
    seed: int = Field(default=0, ge=0)
    """Of the proposals; weights and batches have ``training.seed``."""

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        paths = [dimension.path for dimension in self.space] + list(self.fixed)
        rules = [rule.name for rule in self.rules]
        for kind, names in (("space and fixed name", paths), ("rules name", rules)):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                message = f"{kind} {', '.join(twice)} twice; leave one"
                raise ValueError(message)
        return self
