"""How well a model knows secrets that were planted in its training text.

Exposure (Carlini et al. 2019, arXiv:1802.08232): the rank of a secret's likelihood among
those of all secrets that it could have been, log2 of their number less log2 of the rank.
A secret that was never seen has any rank, so that its exposure is above x bits with
probability 2^-x, 1.44 bits on average, whatever the model: the null is known.

Of most secrets there are too many to rank all. They are sampled, so that an exposure of
more than log2 of the sample cannot be told from that number; beyond, a skew normal
distribution fitted to the sample says what could be, and is only as good as the fit.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field
from scipy import stats

from taojin.core.config import StageConfig
from taojin.core.estimates import Estimate
from taojin.evaluation.audits.canary_texts import Canary
from taojin.evaluation.audits.results import AuditResult, detectable_deviations
from taojin.evaluation.audits.token_scores import score_tokens
from taojin.evaluation.intervals import IntervalConfig, bootstrap_mean, proportion
from taojin.evaluation.scores import Score, require_items
from taojin.models.bases import Base
from taojin.models.encoding import encode_document

NULL_BITS = 1.0 / np.log(2.0)
"""Mean and standard deviation of the exposure of what was never seen."""
_FEWEST = 2
_SAME = 1e-6
"""Relative differences of losses that are rounding."""


class ExposureConfig(StageConfig):
    """How the exposure of canaries is measured."""

    num_candidates: int = Field(default=1000, ge=19, le=1_000_000)
    """Other secrets that each is ranked among; all, where there are no more."""
    batch_tokens: int = Field(default=4096, ge=1)
    """Tokens a forward pass; changes memory and speed."""
    seed: int = Field(default=0, ge=0)
    """Of the other secrets."""


@dataclass(frozen=True)
class Exposure:
    """Of one canary, in bits.

    Attributes:
        estimate: log2 of the number of secrets less log2 of the rank, as far as the
            sample tells; its interval is that of the share of likelier secrets.
        rank: Among the candidates and itself; ties count against it.
        num_ranked: The candidates and itself.
        extrapolated: By the skew normal distribution, at most log2 of all secrets; none
            where the candidates do not differ, or it cannot be fitted.
    """

    estimate: Estimate
    rank: int
    num_ranked: int
    extrapolated: float | None


def exposure_of(
    loss: float,
    candidates: NDArray[np.float64],
    num_secrets: int,
    confidence: float = 0.95,
) -> Exposure:
    """Rank a secret among others.

    Args:
        loss: Of the secret, nats.
        candidates: Losses of other secrets, drawn by chance.
        num_secrets: That there are; the candidates and one if they are all.
        confidence: Coverage of the interval, Clopper and Pearson's.
    """
    num_likelier = int((candidates <= loss).sum())
    number, most = len(candidates) + 1, float(np.log2(num_secrets))
    value = float(np.log2(number) - np.log2(num_likelier + 1))
    low = high = value
    if number < num_secrets:
        share = proportion(num_likelier, len(candidates), confidence, "clopper_pearson")
        low = min(value, float(-np.log2(share.high)))
        high = most if share.low == 0.0 else max(value, float(-np.log2(share.low)))
    return Exposure(
        Estimate(
            value=value, low=low, high=high, num_samples=number, confidence=confidence
        ),
        num_likelier + 1,
        number,
        _extrapolated(loss, candidates, most),
    )


def audit_canaries(
    base: Base,
    canaries: Sequence[Canary],
    training: Iterable[pa.Table],
    config: ExposureConfig,
    intervals: IntervalConfig,
) -> AuditResult:
    """Measure how well a model knows canaries in its training text.

    Those that do not stand there, left out on purpose or lost in curation, are
    controls: by the null their exposure is 1.44 bits.

    Args:
        base: The model.
        canaries: All that were made, with those that were never inserted.
        training: Tables with ``text``: all that was trained on; read once.
        config: Among how many they are ranked.
        intervals: Over canaries.

    Returns:
        Score ``canary_exposure``, the mean in bits of those in the training text.
        Facts: ``num_canaries`` found there, ``num_lost`` that should be there and are
        not, ``resolution_bits``, above which exposures of a sample are not told apart;
        ``control_exposure`` of the controls, if there are two. Tables: ``canaries``, one
        row each, and ``exposure_by_repeats``, means by the number of texts a canary
        stands in. The secrets are not repeated. One warning if canaries were lost.

    Raises:
        DataError: If fewer than two canaries stand in the training text.
        TrainingError: If the model gives a likelihood that is not finite.
    """
    counts = _num_texts(canaries, training)
    require_items(
        "canary_exposure, canaries that stand in the training text",
        sum(count > 0 for count in counts.values()),
        _FEWEST,
        "planted",
    )
    found = {
        canary.canary_id: _measured(base, canary, config, intervals.confidence)
        for canary in canaries
    }
    is_planted = [counts[canary.canary_id] > 0 for canary in canaries]
    values = np.array([found[one.canary_id].estimate.value for one in canaries])
    planted = np.array(is_planted, dtype=np.bool_)
    lost = [one for one in canaries if one.num_repeats and not counts[one.canary_id]]
    controls = values[~planted]
    facts: dict[str, Any] = {
        "num_canaries": int(planted.sum()),
        "num_lost": len(lost),
        "num_controls": len(controls),
        "resolution_bits": float(np.log2(config.num_candidates + 1)),
    }
    if len(controls) >= _FEWEST:
        facts["control_exposure"] = _mean(controls, intervals).model_dump()
    warning = (
        f"{len(lost)} of {len(canaries)} canaries were to be put into the training text "
        f"and do not stand there, e.g. {[one.canary_id for one in lost[:3]]}: they were "
        "not inserted, or curation took them out"
    )
    return AuditResult(
        scores=(_score(values[planted], len(controls), intervals),),
        facts=facts,
        tables={
            "canaries": [_row(one, counts, found[one.canary_id]) for one in canaries],
            "exposure_by_repeats": _by_repeats(canaries, counts, found),
        },
        warnings=(warning,) if lost else (),
    )


def null_exposure(num_canaries: int, confidence: float) -> Estimate:
    """Mean exposure of canaries that were never seen: 1.44 bits, and its spread.

    Sums of exponential variables are of a gamma distribution.
    """
    tails = (1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0
    low, high = stats.gamma.ppf(tails, num_canaries) / num_canaries * NULL_BITS
    return Estimate(
        value=NULL_BITS,
        low=float(low),
        high=float(high),
        num_samples=num_canaries,
        confidence=confidence,
    )


def _extrapolated(
    loss: float, candidates: NDArray[np.float64], most: float
) -> float | None:
    if np.ptp(candidates) <= _SAME * np.abs(candidates).max():
        return None
    try:
        shape = stats.skewnorm.fit(candidates)
    except stats.FitError:
        return None
    bits = -float(stats.skewnorm.logcdf(loss, *shape)) * NULL_BITS
    return float(np.clip(bits, 0.0, most))


def _score(
    values: NDArray[np.float64], num_controls: int, intervals: IntervalConfig
) -> Score:
    confidence = intervals.confidence
    deviations = detectable_deviations(confidence)
    return Score(
        name="canary_exposure",
        axis="legality",
        better="lower",
        estimate=_mean(values, intervals),
        null=null_exposure(len(values), confidence),
        min_detectable=deviations * NULL_BITS / np.sqrt(len(values)),
        num_generated=len(values),
        num_real=num_controls,
    )


def _mean(values: NDArray[np.float64], intervals: IntervalConfig) -> Estimate:
    return bootstrap_mean(np.sort(values), intervals)


def _measured(
    base: Base, canary: Canary, config: ExposureConfig, confidence: float
) -> Exposure:
    secrets = [canary.secret, *canary.other_secrets(config.num_candidates, config.seed)]
    sequences = [
        encode_document(
            base.tokenizer, canary.with_secret(secret), base.context_length, base.edges
        )
        for secret in secrets
    ]
    scored = score_tokens(base.model, sequences, config.batch_tokens)
    losses = np.array([-one.log_probabilities.sum() for one in scored])
    return exposure_of(losses[0], losses[1:], canary.num_secrets, confidence)


def _num_texts(
    canaries: Sequence[Canary], training: Iterable[pa.Table]
) -> Counter[str]:
    """In how many training texts each canary stands."""
    counts: Counter[str] = Counter()
    for table in training:
        texts = [text or "" for text in table.column("text").to_pylist()]
        # One long string is looked through first: most tables hold none.
        content = "\0".join(texts)
        for canary in canaries:
            if canary.text in content:
                counts[canary.canary_id] += sum(canary.text in text for text in texts)
    return counts


def _row(canary: Canary, counts: Counter[str], found: Exposure) -> dict[str, Any]:
    return {
        "canary_id": canary.canary_id,
        "kind": canary.kind,
        "language": canary.language,
        "num_texts": counts[canary.canary_id],
        "exposure": found.estimate.model_dump(),
        "rank": found.rank,
        "num_ranked": found.num_ranked,
        "extrapolated": found.extrapolated,
    }


def _by_repeats(
    canaries: Sequence[Canary], counts: Counter[str], found: dict[str, Exposure]
) -> list[dict[str, Any]]:
    groups: dict[int, list[Exposure]] = defaultdict(list)
    for canary in canaries:
        groups[counts[canary.canary_id]].append(found[canary.canary_id])
    return [
        {
            "num_texts": number,
            "num_canaries": len(some),
            "exposure": float(np.mean([one.estimate.value for one in some])),
            "extrapolated": _mean_known([one.extrapolated for one in some]),
        }
        for number, some in sorted(groups.items())
    ]


def _mean_known(values: Sequence[float | None]) -> float | None:
    """None if one is not known: a mean of the others is of other canaries."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None
