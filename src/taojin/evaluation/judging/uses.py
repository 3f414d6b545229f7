"""What labelled sets of generated texts are good for."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.evaluation.baselines import BaselineConfig
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.scores import Score
from taojin.evaluation.usability import (
    FollowingConfig,
    Judge,
    LabelledItems,
    TransferConfig,
    attribute_following,
    text_student,
    train_on_generated,
)


class UsesConfig(StageConfig):
    """How usability is measured."""

    num_timed_texts: int = Field(default=12, ge=2, le=10_000)
    """Texts that the model of this run writes one by one, by the clock."""
    num_threads: int = Field(default=1, ge=1, le=256)
    """Of the processor, for those; more help large models only."""
    transfer: TransferConfig = TransferConfig()
    """Of labelled sets: what they teach. The intervals are those of the evaluation."""
    following: FollowingConfig = FollowingConfig()
    """Of labelled sets: whether they are what was asked for; intervals as above."""


def judge_uses(
    generated: LabelledItems,
    real: tuple[LabelledItems, LabelledItems],
    judge: Judge,
    config: UsesConfig,
    baselines: BaselineConfig,
    intervals: IntervalConfig,
) -> dict[str, Any]:
    """Train on generated texts and test on real ones; look at what was asked.

    Args:
        generated: Texts, each with the label it was asked to have.
        real: Labelled real texts to train on, and others to test on, which neither
            the judge nor what generated saw.
        judge: Tells the label of each text.
        config: Sizes and limits.
        baselines: Of the student: logistic regression on n-grams.
        intervals: Coverage, resamples, seed.

    Returns:
        ``scores`` by name, of :func:`taojin.evaluation.usability.train_on_generated`
        and :func:`taojin.evaluation.usability.attribute_following`; ``warnings``, why
        one of them could not be measured.
    """
    train, test = real
    shared = {"intervals": intervals}
    measures: list[Callable[[], Sequence[Score]]] = [
        lambda: train_on_generated(
            generated,
            train,
            test,
            text_student(baselines),
            config.transfer.model_copy(update=shared),
        ),
        lambda: attribute_following(
            generated.items,
            generated.labels,
            judge,
            test,
            config.following.model_copy(update=shared),
        ),
    ]
    scores: dict[str, Any] = {}
    warnings: list[str] = []
    for measure in measures:
        try:
            scores |= {one.name: one.model_dump() for one in measure()}
        except DataError as error:
            warnings.append(str(error))
    return {"scores": scores, "warnings": warnings}
