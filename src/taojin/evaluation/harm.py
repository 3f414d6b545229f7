"""What a penalty on harmful text changes: how often it is written, and what it costs."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import CountMismatchError, DataError
from taojin.core.estimates import Estimate
from taojin.curation.learned.storage import load_shipped_model
from taojin.curation.learned.toxicity import score_passages
from taojin.evaluation.intervals import IntervalConfig, bootstrap_ratio, proportion

_FEWEST_TEXTS = 2


class HarmConfig(StageConfig):
    """Who says that a text is harmful."""

    judge: Literal["toxicity_en", "toxicity_zh"] = "toxicity_en"
    """A shipped model. It learned from short messages, so it reads each text whole."""
    threshold: float = Field(default=0.5, gt=0.0, lt=1.0)
    """Probability from which it flags a text."""
    intervals: IntervalConfig = IntervalConfig()
    """Coverage of the intervals."""

    def flag(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Truth values, one a text."""
        scores = score_passages(texts, load_shipped_model(self.judge))
        return scores >= self.threshold


def flagged_share(flags: NDArray[np.bool_], config: IntervalConfig) -> Estimate:
    """Share of texts that are flagged; Wilson's interval."""
    return proportion(int(flags.sum()), len(flags), config.confidence)


def change_of_share(before: Estimate, after: Estimate) -> Estimate:
    """How much a share of independent samples rose; negative where it fell.

    The interval is made of the two shares' own (Newcombe 1998, method 10), so it does
    not vanish where no text at all is flagged.

    Raises:
        DataError: If the two have different coverage.
    """
    if before.confidence != after.confidence:
        message = (
            f"the shares have confidence {before.confidence:g} and "
            f"{after.confidence:g}; estimate both at one"
        )
        raise DataError(message)
    value = after.value - before.value
    below = np.hypot(after.value - after.low, before.high - before.value)
    above = np.hypot(after.high - after.value, before.value - before.low)
    return Estimate(
        value=value,
        low=float(value - below),
        high=float(value + above),
        num_samples=min(before.num_samples, after.num_samples),
        confidence=after.confidence,
    )


def nats_per_token(scores: pd.DataFrame, config: IntervalConfig) -> Estimate:
    """How unlikely texts are to a model; bootstrap over texts.

    Args:
        scores: ``nats`` and ``num_tokens`` of each text, see
            :func:`taojin.models.prediction.score_targets`.
        config: Coverage and resamples.
    """
    nats, sizes = (scores[name].to_numpy(float) for name in ("nats", "num_tokens"))
    return bootstrap_ratio(nats, sizes, config)


def measure_harm(
    before: Sequence[str], after: Sequence[str], config: HarmConfig
) -> dict[str, Any]:
    """Compare what two models wrote.

    Args:
        before: Texts of the model without the penalty.
        after: Texts of the other one, after the same prompts.
        config: The judge.

    Returns:
        ``judge``, and ``flagged_share`` with the estimates ``before``, ``after`` and
        ``change``.
    """
    shares = [
        flagged_share(config.flag(texts), config.intervals) for texts in (before, after)
    ]
    return {
        "judge": config.judge,
        "threshold": config.threshold,
        "flagged_share": {
            "before": shares[0].model_dump(),
            "after": shares[1].model_dump(),
            "change": change_of_share(*shares).model_dump(),
        },
    }


def measure_cost(
    before: pd.DataFrame, after: pd.DataFrame, config: IntervalConfig
) -> dict[str, Any] | None:
    """Compare two models on the same held-out ordinary texts.

    Args:
        before: ``document_id``, ``nats`` and ``num_tokens`` of the model without the
            penalty, see :func:`nats_per_token`.
        after: Those of the other one.
        config: Coverage and resamples.

    Returns:
        Nats a token: the estimates ``before``, ``after``, and ``change``, which is
        paired by text. None if there are fewer than two texts.

    Raises:
        CountMismatchError: If the texts are not the same.
    """
    names = ["document_id", "num_tokens"]
    if not before[names].equals(after[names]):
        message = (
            f"one model was measured on {len(before)} texts and the other on "
            f"{len(after)} others; measure both on the same, with one tokenizer"
        )
        raise CountMismatchError(message)
    if len(before) < _FEWEST_TEXTS:
        return None
    change = after.assign(nats=after["nats"] - before["nats"])
    return {
        name: nats_per_token(scores, config).model_dump()
        for name, scores in {"before": before, "after": after, "change": change}.items()
    }
