"""Which model people prefer, and by how much."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.sparse.csgraph import connected_components

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.evaluation.comparison.resampling import (
    checked_columns,
    detectable,
    percentile_estimate,
    resampled_sums,
)
from taojin.evaluation.human.judgements import Verdict
from taojin.evaluation.intervals import IntervalConfig, wilson
from taojin.evaluation.scores import Axis, Score, require_items

_EVEN = 0.5
_MAX_STEPS = 10_000
_TOLERANCE = 1e-10


class PreferenceConfig(StageConfig):
    """How preferences become scores."""

    axis: Axis = "realism"
    """What judges were asked about."""
    prior: float = Field(default=0.5, gt=0.0)
    """Wins that each of two compared models gets over the other beforehand, which
    keeps the strength of one that always wins finite."""
    intervals: IntervalConfig = IntervalConfig()


class WinRate(StageConfig):
    """How one model fares against another."""

    model: str
    opponent: str
    num_wins: int = Field(ge=0)
    num_ties: int = Field(ge=0)
    num_losses: int = Field(ge=0)
    score: Score


class PairOutcome(NamedTuple):
    """What all judges together said of one pair."""

    first: str
    second: str
    item: int
    outcome: float
    """Their mean: 1 where all prefer the first, 0 the second."""
    num_judges: int


def pair_outcomes(verdicts: Sequence[Verdict]) -> list[PairOutcome]:
    """Join what judges said of the same pair; checks and repeats are left out.

    Returns:
        One a compared pair, sorted.

    Raises:
        DataError: If no comparison was judged.
    """
    several: dict[tuple[str, str, int], list[float]] = {}
    for verdict in verdicts:
        if verdict.kind == "comparison":
            key = (verdict.first, verdict.second, verdict.item)
            several.setdefault(key, []).append(verdict.outcome)
    require_items("human_win_rate", len(several), 1, "judged")
    return [
        PairOutcome(*key, sum(outcomes) / len(outcomes), len(outcomes))
        for key, outcomes in sorted(several.items())
    ]


def win_rates(verdicts: Sequence[Verdict], config: PreferenceConfig) -> list[WinRate]:
    """Estimate how often each model is preferred to each other.

    What most judges of a pair prefer is its verdict, so that pairs are independent; a
    tie counts half (Wilson's interval, on the wide side then).

    Returns:
        One for each ordered pair of compared models, by name; the null of a score is
        one half, what a model gets against its like.

    Raises:
        DataError: If no comparison was judged.
    """
    counts: dict[tuple[str, str], list[int]] = {}
    for pair in pair_outcomes(verdicts):
        place = 0 if pair.outcome > _EVEN else 2 if pair.outcome < _EVEN else 1
        counts.setdefault((pair.first, pair.second), [0, 0, 0])[place] += 1
        counts.setdefault((pair.second, pair.first), [0, 0, 0])[2 - place] += 1
    return [
        _win_rate(model, opponent, own, config)
        for (model, opponent), own in sorted(counts.items())
    ]


def strengths(
    verdicts: Sequence[Verdict], config: PreferenceConfig
) -> dict[str, Score]:
    """Estimate one strength a model from all comparisons (Bradley and Terry 1952).

    The difference of two strengths is the log odds that the one is preferred; strengths
    have mean 0. A tie is half a win for either. Solved by Hunter's algorithm (2004);
    the interval resamples items, all their pairs together.

    Returns:
        By model, the strongest first: ``human_strength``.

    Raises:
        DataError: If there are fewer than two items, or models fall into groups that
            were never compared with each other.
    """
    outcomes = pair_outcomes(verdicts)
    models = sorted({name for pair in outcomes for name in (pair.first, pair.second)})
    items = _wins_by_item(outcomes, models)
    rows = checked_columns(items.reshape(len(items), -1), "human_strength")
    size = len(models)
    wins = rows.sum(axis=0).reshape(1, size, size)
    prior = config.prior * ((wins + wins.transpose(0, 2, 1)) > 0)
    _require_connected(wins[0], models)
    values = _bradley_terry(wins + prior)[0]
    drawn = resampled_sums(rows, config.intervals).reshape(-1, size, size)
    resamples = _bradley_terry(drawn + prior)
    confidence = config.intervals.confidence
    scores = {
        model: Score(
            name="human_strength",
            axis=config.axis,
            better="higher",
            estimate=percentile_estimate(
                values[number], resamples[:, number], len(rows), confidence
            ),
            min_detectable=detectable(float(resamples[:, number].std()), confidence),
            num_generated=len(rows),
        )
        for number, model in enumerate(models)
    }
    ranked = sorted(models, key=lambda model: (-scores[model].estimate.value, model))
    return {model: scores[model] for model in ranked}


def _win_rate(
    model: str, opponent: str, counts: Sequence[int], config: PreferenceConfig
) -> WinRate:
    wins, ties, losses = counts
    total, confidence = sum(counts), config.intervals.confidence
    share = (wins + ties / 2.0) / total
    low, high = wilson(wins + ties / 2.0, total, confidence)
    even = Estimate(value=_EVEN, low=_EVEN, high=_EVEN, num_samples=0)
    return WinRate(
        model=model,
        opponent=opponent,
        num_wins=wins,
        num_ties=ties,
        num_losses=losses,
        score=Score(
            name="human_win_rate",
            axis=config.axis,
            better="higher",
            estimate=Estimate(
                value=share,
                low=low,
                high=high,
                num_samples=total,
                confidence=confidence,
            ),
            null=even,
            min_detectable=detectable(_EVEN / np.sqrt(total), confidence),
            num_generated=total,
        ),
    )


def _wins_by_item(
    outcomes: Sequence[PairOutcome], models: list[str]
) -> NDArray[np.float64]:
    """How much each model wins over each other in each item: [items, models, models]."""
    number = {model: index for index, model in enumerate(models)}
    items = {item: row for row, item in enumerate(sorted({p.item for p in outcomes}))}
    wins = np.zeros((len(items), len(models), len(models)))
    for pair in outcomes:
        row, first, second = items[pair.item], number[pair.first], number[pair.second]
        wins[row, first, second] += pair.outcome
        wins[row, second, first] += 1.0 - pair.outcome
    return wins


def _require_connected(wins: NDArray[np.float64], models: list[str]) -> None:
    num_parts, parts = connected_components(wins + wins.T > 0, directed=False)
    if num_parts > 1:
        groups = [
            [model for model, own in zip(models, parts, strict=True) if own == part]
            for part in range(num_parts)
        ]
        message = (
            f"human_strength: no pair joins the models {groups}; judge pairs of models "
            "from either group"
        )
        raise DataError(message)


def _bradley_terry(wins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve for log strengths with mean 0: [resamples, models] of [..., models] wins."""
    games = wins + wins.transpose(0, 2, 1)
    won = wins.sum(axis=2)
    power = np.ones_like(won)
    for _ in range(_MAX_STEPS):
        shares = games / (power[:, :, None] + power[:, None, :])
        improved = won / shares.sum(axis=2)
        improved /= np.exp(np.log(improved).mean(axis=1, keepdims=True))
        step = np.abs(np.log(improved / power)).max()
        power = improved
        if step < _TOLERANCE:
            break
    return np.log(power)
