"""Whether generated items have the attribute they were asked to have.

A judge that is a classifier errs, on both sides. Its errors are measured on real items
and taken out of the share it finds (Rogan and Gladen 1978).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import CountMismatchError, DataError
from taojin.core.randomness import generator
from taojin.evaluation.comparison.resampling import detectable, percentile_estimate
from taojin.evaluation.intervals import IntervalConfig, proportion
from taojin.evaluation.scores import Score, require_items
from taojin.evaluation.usability.students import LabelledItems

Judge = Callable[[Sequence[Any]], Sequence[str]]
"""Tells the attribute of each item."""
_JEFFREYS = 0.5


class FollowingConfig(StageConfig):
    """When a judge is good enough to judge."""

    min_real_items: int = Field(default=20, ge=2)
    """Fewest real items of an asked attribute, and of others, to measure errors on."""
    min_judgement: float = Field(default=0.2, gt=0.0, le=1.0)
    """Least share of true finds above that of false ones, an attribute (Youden's J)."""
    intervals: IntervalConfig = IntervalConfig()


def attribute_following(
    items: Sequence[Any],
    asked: Sequence[str],
    judge: Judge,
    real: LabelledItems,
    config: FollowingConfig,
) -> list[Score]:
    """Measure how many generated items have the attribute that was asked for.

    The correction takes the judge to err on generated items as it does on real ones: of
    those that have an attribute as often to miss it, of others as often to see it. The
    interval of the corrected share draws both the counts on generated and those on real
    items from Beta distributions with Jeffreys' prior, so that it stays open where
    every item was found.

    Args:
        items: Generated items.
        asked: The attribute each was asked to have.
        judge: Tells attributes; was not trained on ``real``.
        real: Real items with their true attributes.
        config: Limits and intervals.

    Returns:
        ``attribute_found``, the share of items whose judged attribute is the asked one
        (Wilson); ``attribute_followed``, that share corrected for the judge's errors;
        ``judge_accuracy`` on the real items (Wilson).

    Raises:
        CountMismatchError: If attributes or judgements are not one an item.
        DataError: If there are no items, too few real ones of an attribute or outside
            it, or the judge hardly tells one from others; the message names it.
    """
    require_items("attribute_followed", len(items), 1)
    judged = _judged(judge, items, len(asked), "generated")
    truth = np.asarray([str(label) for label in real.labels])
    known = _judged(judge, real.items, len(real), "real")
    wanted = np.asarray([str(attribute) for attribute in asked])
    names, counts = np.unique(wanted, return_counts=True)
    tallies = [_tally(name, wanted, judged, truth, known) for name in names.tolist()]
    for name, tally in zip(names.tolist(), tallies, strict=True):
        _require_judgement(name, tally, config)
    shares = np.array([tally[:, 0] / tally[:, 1] for tally in tallies])
    weights = counts / counts.sum()
    value = float(np.clip(weights @ _corrected(shares), 0.0, 1.0))
    drawn = _corrected(_draws(tallies, config.intervals))
    followed = np.clip(drawn @ weights, 0.0, 1.0)
    confidence = config.intervals.confidence
    estimate = percentile_estimate(value, followed, len(items), confidence)
    found = proportion(int((judged == wanted).sum()), len(items), confidence)
    accuracy = proportion(int((known == truth).sum()), len(truth), confidence)
    smallest = detectable(float((drawn @ weights).std()), confidence)
    base = Score(
        name="attribute_found",
        axis="usability",
        better="higher",
        estimate=found,
        extractor=real.extractor,
        num_generated=len(items),
        num_real=len(real),
    )
    update = {"name": "attribute_followed", "estimate": _covering(estimate)}
    return [
        base,
        base.model_copy(update={**update, "min_detectable": smallest}),
        base.model_copy(update={"name": "judge_accuracy", "estimate": accuracy}),
    ]


def _judged(
    judge: Judge, items: Sequence[Any], num_labels: int, side: str
) -> NDArray[np.str_]:
    if len(items) != num_labels:
        message = f"{len(items)} {side} items have {num_labels} attributes"
        raise CountMismatchError(message)
    found = [str(label) for label in judge(items)]
    if len(found) != len(items):
        message = (
            f"the judge gave {len(found)} attributes for {len(items)} {side} items"
        )
        raise CountMismatchError(message)
    return np.asarray(found)


def _tally(
    name: str,
    wanted: NDArray[np.str_],
    judged: NDArray[np.str_],
    truth: NDArray[np.str_],
    known: NDArray[np.str_],
) -> NDArray[np.int64]:
    """Count finds of one attribute, and items: generated, truly its own, others."""
    own = truth == name
    return np.array(
        [
            [(judged[wanted == name] == name).sum(), (wanted == name).sum()],
            [(known[own] == name).sum(), own.sum()],
            [(known[~own] == name).sum(), (~own).sum()],
        ]
    )


def _require_judgement(
    name: str, tally: NDArray[np.int64], config: FollowingConfig
) -> None:
    for row, which in ((1, f"with the attribute {name!r}"), (2, f"without {name!r}")):
        if tally[row, 1] < config.min_real_items:
            message = (
                f"attribute_followed: {tally[row, 1]} real items {which}, and at least "
                f"{config.min_real_items} are needed to measure the judge's errors; "
                "label more real items"
            )
            raise DataError(message)
    true, false = tally[1, 0] / tally[1, 1], tally[2, 0] / tally[2, 1]
    if true - false < config.min_judgement:
        message = (
            f"attribute_followed: the judge finds {name!r} in {true:.2f} of the real "
            f"items that have it and in {false:.2f} of others; it must tell them apart "
            f"by min_judgement ({config.min_judgement}), so train a better judge"
        )
        raise DataError(message)


def _corrected(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take errors out: from [..., found, true finds, false finds] to [...]."""
    found, true, false = np.moveaxis(shares, -1, 0)
    # A draw may have a judge that is no better than chance; it then says nothing, and
    # a tiny difference sends it to an end.
    return (found - false) / np.maximum(true - false, 1e-3)


def _draws(
    tallies: Sequence[NDArray[np.int64]], config: IntervalConfig
) -> NDArray[np.float64]:
    random = generator(config.seed, "attribute_following")
    counts = np.array(tallies)
    return random.beta(
        counts[..., 0] + _JEFFREYS,
        counts[..., 1] - counts[..., 0] + _JEFFREYS,
        size=(config.num_resamples, *counts.shape[:2]),
    )


def _covering(estimate: Any) -> Any:
    """Let the interval reach the value, which at an end its draws may not."""
    return estimate.model_copy(
        update={
            "low": min(estimate.low, estimate.value),
            "high": max(estimate.high, estimate.value),
        }
    )
