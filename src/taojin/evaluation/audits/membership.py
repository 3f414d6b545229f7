"""Whether it can be told what a model was trained on.

Documents that it was trained on, and others of the same kind that it was not, are ranked
by what the model says to them. Four numbers are tried: the likelihood a token (Yeom et
al. 2018); the likelihood a byte that zlib needs (Carlini et al. 2021); Min-K%++ (Zhang et
al. 2024); and the likelihood beside that of a reference model that did not see them.

Such tests fool themselves where the two groups differ in themselves, by date or source
(Meeus et al. 2024): a classifier that sees only the texts is measured beside them, and
where it tells them apart, the result says so.
"""

import math
from collections.abc import Sequence

from taojin.evaluation.audits.config import MembershipConfig
from taojin.evaluation.audits.drawing import order_by_hash
from taojin.evaluation.audits.membership_methods import (
    Groups,
    Side,
    model_values,
    text_values,
)
from taojin.evaluation.audits.results import (
    AuditResult,
    detectable_deviations,
    min_detectable_share,
)
from taojin.evaluation.intervals import IntervalConfig, proportion
from taojin.evaluation.scores import Direction, Score, require_items
from taojin.evaluation.separation import (
    chance_area,
    estimate_area,
    estimate_share_above,
    min_detectable_area,
    num_above,
)
from taojin.models.bases import Base
from taojin.models.encoding import encode

_CHANCE = 0.5


def audit_membership(
    base: Base,
    members: Sequence[str],
    others: Sequence[str],
    config: MembershipConfig,
    intervals: IntervalConfig,
    reference: Base | None = None,
) -> AuditResult:
    """Try to tell training documents from others.

    Args:
        base: The model.
        members: Documents it was trained on.
        others: Documents it was not trained on, divided from the members by chance.
        config: How many documents, how much of each.
        intervals: Coverage and resamples.
        reference: Another model, trained on neither; its tokenizer may be another.

    Returns:
        For each method, ``likelihood``, ``zlib_ratio``, ``min_k_plus_plus``,
        ``reference_ratio`` where there is one, and ``text_alone``: the scores
        ``membership_auc_<method>`` and ``membership_tpr_<method>``, the share of members
        found at ``false_positive_rate``. Facts: ``num_members``, ``num_others``,
        ``num_too_short``, ``false_positive_rate``, ``is_divided_by_chance``: whether the
        texts alone tell nothing. One warning if they do.

    Raises:
        DataError: If there are too few documents of either side.
    """
    context = min(config.max_tokens, base.context_length)
    sides = [_draw(base, side, context, config) for side in (members, others)]
    num_needed = max(config.num_folds, math.ceil(1 / config.false_positive_rate))
    require_items("membership", len(sides[0].texts), config.num_folds, "training")
    require_items("membership", len(sides[1].texts), num_needed, "held-out")
    values = model_values(base, sides, config, reference)
    values["text_alone"] = text_values(sides, config)
    scores = [
        score
        for method, groups in values.items()
        for score in _scores(method, groups, config, intervals)
    ]
    blind = next(s for s in scores if s.name == "membership_auc_text_alone")
    is_divided_by_chance = blind.estimate.low <= _CHANCE
    warning = (
        "a classifier that sees only the texts tells training documents from others "
        f"(area {blind.estimate.value:.3f}, {blind.estimate.low:.3f} to "
        f"{blind.estimate.high:.3f}): they are not divided by chance, and what the "
        "model seems to give away may be seen without it"
    )
    return AuditResult(
        scores=tuple(scores),
        facts={
            "num_members": len(sides[0].texts),
            "num_others": len(sides[1].texts),
            "num_too_short": sides[0].num_too_short + sides[1].num_too_short,
            "false_positive_rate": config.false_positive_rate,
            "is_divided_by_chance": is_divided_by_chance,
        },
        warnings=() if is_divided_by_chance else (warning,),
    )


def _draw(
    base: Base, texts: Sequence[str], max_tokens: int, config: MembershipConfig
) -> Side:
    """Draw documents, whatever their order, and cut them to what the model reads."""
    chosen, sequences, num_too_short = [], [], 0
    for index in order_by_hash(texts, config.seed):
        if len(chosen) == config.max_documents:
            break
        tokens = encode(base.tokenizer, texts[index])[:max_tokens]
        if len(tokens) < config.min_tokens:
            num_too_short += 1
            continue
        chosen.append(base.tokenizer.decode(tokens, skip_special_tokens=False))
        sequences.append([base.edges.start, *tokens])
    return Side(chosen, sequences, num_too_short)


def _scores(
    method: str, groups: Groups, config: MembershipConfig, intervals: IntervalConfig
) -> list[Score]:
    members, others = groups
    sizes = len(members), len(others)
    rate, confidence = config.false_positive_rate, intervals.confidence
    chance_rate = proportion(
        num_above(sizes[1], rate), sizes[1], confidence, "clopper_pearson"
    )
    better: Direction = "like_real" if method == "text_alone" else "lower"
    return [
        Score(
            name=f"membership_auc_{method}",
            axis="legality",
            better=better,
            estimate=estimate_area(members, others, confidence),
            null=chance_area(*sizes, confidence),
            min_detectable=min_detectable_area(
                *sizes, detectable_deviations(confidence)
            ),
            num_generated=sizes[0],
            num_real=sizes[1],
        ),
        Score(
            name=f"membership_tpr_{method}",
            axis="legality",
            better=better,
            estimate=estimate_share_above(members, others, rate, intervals),
            null=chance_rate,
            min_detectable=min_detectable_share(chance_rate.value, *sizes, confidence),
            num_generated=sizes[0],
            num_real=sizes[1],
        ),
    ]
