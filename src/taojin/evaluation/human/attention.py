"""Which judges looked: known answers, and the same pair asked twice."""

from collections.abc import Sequence

from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import EmptyStageError
from taojin.core.estimates import Estimate
from taojin.evaluation.human.judgements import Judgements, Verdict
from taojin.evaluation.human.pairs import GOOD
from taojin.evaluation.intervals import proportion


class AttentionConfig(StageConfig):
    """Which judges are believed."""

    min_check_share: float = Field(default=0.8, ge=0.0, le=1.0)
    """Least share of checks answered right."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)


class Attention(StageConfig):
    """What shows whether a judge looked."""

    checks_passed: Estimate
    """Share of checks whose good side was preferred."""
    repeats_kept: Estimate
    """Share of repeated pairs with the answer of the first time."""
    chose_a: Estimate
    """Share of A among answers that were no tie; far from a half, it was the side."""
    num_missing: int
    """Pairs left out."""
    num_answers: int = Field(ge=0)
    """Pairs answered, checks and repeats among them."""


def attention(judgements: Judgements, confidence: float = 0.95) -> dict[str, Attention]:
    """Measure how carefully each judge answered (Wilson intervals).

    Returns:
        By judge. A share of nothing is 0 in [0, 1].
    """
    missing = judgements.num_missing()
    verdicts = judgements.verdicts()
    return {
        judge: _attention(
            [verdict for verdict in verdicts if verdict.judge == judge],
            missing[judge],
            confidence,
        )
        for judge in judgements.judges
    }


def without_inattentive(
    judgements: Judgements, config: AttentionConfig
) -> tuple[Judgements, dict[str, str]]:
    """Leave out judges who failed checks.

    Returns:
        The judgements of the others, and by name why the rest are left out. Judges who
        saw no check are believed.

    Raises:
        EmptyStageError: If no judge is left.
    """
    found = attention(judgements, config.confidence)
    reasons = {
        judge: (
            f"failed_checks: {share.value:.2f} of {share.num_samples} checks passed, "
            f"min_check_share is {config.min_check_share}"
        )
        for judge, share in ((judge, own.checks_passed) for judge, own in found.items())
        if share.num_samples and share.value < config.min_check_share
    }
    if len(reasons) == len(found):
        message = (
            f"human study: all {len(found)} judges failed the checks; look at the checks, "
            f"or lower min_check_share ({config.min_check_share})"
        )
        raise EmptyStageError(message)
    kept = tuple(one for one in judgements.answers if one.judge not in reasons)
    return Judgements(kept, judgements.key), reasons


def _attention(
    verdicts: Sequence[Verdict], num_missing: int, confidence: float
) -> Attention:
    outcomes = {verdict.pair_id: verdict.outcome for verdict in verdicts}
    passed = [
        verdict.outcome == float(verdict.first == GOOD)
        for verdict in verdicts
        if verdict.kind == "check"
    ]
    kept = [
        outcomes[verdict.repeats] == verdict.outcome
        for verdict in verdicts
        if verdict.repeats in outcomes
    ]
    chose_a = [verdict.answer == "a" for verdict in verdicts if verdict.answer != "tie"]
    checks_passed, repeats_kept, a_share = (
        proportion(sum(found), len(found), confidence)
        for found in (passed, kept, chose_a)
    )
    return Attention(
        checks_passed=checks_passed,
        repeats_kept=repeats_kept,
        chose_a=a_share,
        num_missing=num_missing,
        num_answers=len(verdicts),
    )
