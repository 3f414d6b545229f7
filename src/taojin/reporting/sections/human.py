"""What people preferred, how they agree, and who of them looked."""

from collections.abc import Iterator, Mapping
from typing import Any

from taojin.core.numbers import (
    MISSING,
    estimate_of,
    format_count,
    format_estimate,
    format_number,
)
from taojin.reporting.charts.forest import Row, forest_plot
from taojin.reporting.charts.svg import Svg
from taojin.reporting.inputs import Report, part_of, rows_of
from taojin.reporting.texts import Texts

_EVEN = 0.5


def view_human(findings: Report, say: Texts) -> dict[str, Any]:
    """Prepare the parts of the page."""
    strengths = part_of(findings, "strengths")
    return {
        "lead": _lead(findings, len(strengths), say),
        "rates": [_rate(row, say) for row in _one_of_two(findings, list(strengths))],
        "strengths": _strengths(strengths, say),
        "agreement": list(_agreement(part_of(findings, "agreement"), say)),
        "judges": [
            _judge(name, own, part_of(findings, "excluded").get(name), say)
            for name, own in part_of(findings, "attention").items()
        ],
    }


def _lead(findings: Report, num_models: int, say: Texts) -> str:
    parts = [
        say(
            "human.lead",
            judges=say.count(findings["num_judges"], "judge"),
            answers=say.count(findings["num_answers"], "answer"),
            models=say.count(num_models, "model"),
        )
    ]
    if findings.get("question"):
        parts.append(say("human.asked", question=findings["question"]))
    if excluded := part_of(findings, "excluded"):
        parts.append(say("human.excluded", judges=say.count(len(excluded), "judge")))
    return " ".join(parts)


def _one_of_two(findings: Report, ranked: list[str]) -> Iterator[Mapping[str, Any]]:
    """Each comparison once, told of the stronger model; the strongest come first."""
    places = {model: place for place, model in enumerate(ranked)}
    rows = [
        row
        for row in rows_of(findings, "win_rates")
        if places[row["model"]] < places[row["opponent"]]
    ]
    yield from sorted(
        rows, key=lambda row: (places[row["model"]], places[row["opponent"]])
    )


def _rate(row: Mapping[str, Any], say: Texts) -> dict[str, Any]:
    score = row["score"]
    estimate = score["estimate"]
    is_first, is_second = estimate["low"] > _EVEN, estimate["high"] < _EVEN
    if is_first:
        verdict = row["model"]
    elif is_second:
        verdict = row["opponent"]
    else:
        verdict = say("human.open")
    return {
        **row,
        "rate": format_estimate(estimate),
        "detectable": format_number(score.get("min_detectable")),
        "verdict": verdict,
        "is_decided": is_first or is_second,
    }


def _strengths(strengths: Report, say: Texts) -> Svg | None:
    rows = [
        Row(name, estimate)
        for name, score in strengths.items()
        if (estimate := estimate_of(score["estimate"])) is not None
    ]
    return forest_plot(say("human.strengths"), rows) if rows else None


def _agreement(agreement: Report, say: Texts) -> Iterator[dict[str, Any]]:
    notes = part_of(agreement, "notes")
    for name in ("krippendorff_alpha", "fleiss_kappa"):
        yield _measure(say(f"human.{name}"), agreement.get(name), notes.get(name), say)
    for row in rows_of(agreement, "cohen_kappa"):
        first, second = row["first"], row["second"]
        note = notes.get(f"cohen_kappa of {first} and {second}")
        name = say("human.cohen_kappa", first=first, second=second)
        yield _measure(name, row["kappa"], note, say)


def _measure(
    name: str, estimate: Report | None, note: str | None, say: Texts
) -> dict[str, Any]:
    if estimate is None:
        value = say("human.not_measured")
        return {"name": name, "value": value, "units": MISSING, "note": note or ""}
    return {
        "name": name,
        "value": format_estimate(estimate),
        "units": format_count(estimate["num_samples"]),
        "note": "",
    }


def _judge(name: str, own: Report, reason: str | None, say: Texts) -> dict[str, Any]:
    shares = {
        key: format_estimate(own[key]) if own[key]["num_samples"] else MISSING
        for key in ("checks_passed", "repeats_kept", "chose_a")
    }
    counted = say("human.yes") if reason is None else say("human.no", reason=reason)
    return {
        "name": name,
        "answered": format_count(own["num_answers"]),
        "missing": format_count(own["num_missing"]),
        "counted": counted,
        "is_counted": reason is None,
        **shares,
    }
