"""What a study found, as data that a report can draw."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.evaluation.human.agreement import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from taojin.evaluation.human.attention import (
    AttentionConfig,
    attention,
    without_inattentive,
)
from taojin.evaluation.human.judgements import Judgements, Verdict
from taojin.evaluation.human.preferences import (
    PreferenceConfig,
    strengths,
    win_rates,
)
from taojin.evaluation.intervals import IntervalConfig

_OUTCOMES = (0.0, 0.5, 1.0)


class FindingsConfig(StageConfig):
    """How a study is read."""

    attention: AttentionConfig = AttentionConfig()
    preferences: PreferenceConfig = PreferenceConfig()


def study_findings(judgements: Judgements, config: FindingsConfig) -> dict[str, Any]:
    """Report on judges and models.

    Args:
        judgements: Of all judges.
        config: Who is believed, axis, intervals.

    Returns:
        JSON-able: ``question``, ``num_judges`` believed, ``num_answers`` of theirs, ``excluded``
        (reasons by judge), ``attention`` by judge, ``agreement`` of those believed on
        comparisons (``krippendorff_alpha``, with ties between the two sides;
        ``fleiss_kappa`` over the pairs that all judged, ``cohen_kappa`` by pair of
        judges; each null where it cannot be measured, with ``notes`` why),
        ``win_rates``, ``strengths`` by model.

    Raises:
        EmptyStageError: If no judge is believed.
        DataError: If no comparison was judged, or models cannot be compared.
    """
    intervals = config.preferences.intervals
    seen = attention(judgements, intervals.confidence)
    kept, reasons = without_inattentive(judgements, config.attention)
    verdicts = kept.verdicts()
    return {
        "question": judgements.key.question,
        "num_judges": len(kept.judges),
        "num_answers": len(kept.answers),
        "excluded": reasons,
        "attention": {judge: own.model_dump() for judge, own in seen.items()},
        "agreement": _agreement(verdicts, intervals),
        "win_rates": [
            rate.model_dump() for rate in win_rates(verdicts, config.preferences)
        ],
        "strengths": {
            model: score.model_dump()
            for model, score in strengths(verdicts, config.preferences).items()
        },
    }


def _agreement(verdicts: Sequence[Verdict], config: IntervalConfig) -> dict[str, Any]:
    judges, ratings = _ratings(verdicts)
    whole = ratings[~np.isnan(ratings).any(axis=1)]
    counts = (whole[:, :, None] == np.array(_OUTCOMES)).sum(axis=1)
    notes: dict[str, str] = {}
    found: dict[str, Any] = {
        "krippendorff_alpha": _measured(
            "krippendorff_alpha",
            notes,
            lambda: krippendorff_alpha(ratings, config, "interval"),
        ),
        "fleiss_kappa": _measured(
            "fleiss_kappa", notes, lambda: fleiss_kappa(counts, config)
        ),
        "cohen_kappa": [],
    }
    for first, second in combinations(range(len(judges)), 2):
        both = ratings[:, [first, second]]
        both = both[~np.isnan(both).any(axis=1)].astype(str)
        names = {"first": judges[first], "second": judges[second]}
        kappa = _measured(
            f"cohen_kappa of {judges[first]} and {judges[second]}",
            notes,
            lambda both=both: cohen_kappa(
                both[:, 0].tolist(), both[:, 1].tolist(), config
            ),
        )
        found["cohen_kappa"].append({**names, "kappa": kappa})
    return {**found, "notes": notes}


def _ratings(verdicts: Sequence[Verdict]) -> tuple[list[str], NDArray[np.float64]]:
    """Lay outcomes of comparisons out: [pairs, judges], NaN where one is missing."""
    compared = [verdict for verdict in verdicts if verdict.kind == "comparison"]
    judges = sorted({verdict.judge for verdict in compared})
    pairs = sorted({verdict.pair_id for verdict in compared})
    columns = {judge: number for number, judge in enumerate(judges)}
    rows = {pair_id: number for number, pair_id in enumerate(pairs)}
    ratings = np.full((len(pairs), len(judges)), np.nan)
    for verdict in compared:
        place = rows[verdict.pair_id], columns[verdict.judge]
        ratings[place] = verdict.outcome
    return judges, ratings


def _measured(name: str, notes: dict[str, str], measure: Any) -> dict[str, Any] | None:
    """Measure, or note why that cannot be."""
    try:
        return measure().model_dump()
    except DataError as error:
        notes[name] = str(error)
        return None
