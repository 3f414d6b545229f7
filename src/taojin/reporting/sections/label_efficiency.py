"""What labels are worth: accuracy against their number, system by system."""

from collections.abc import Iterator, Mapping
from typing import Any

from taojin.core.estimates import Estimate
from taojin.core.numbers import (
    MISSING,
    estimate_of,
    format_count,
    format_estimate,
    format_number,
    format_share,
)
from taojin.reporting.charts.curves import Curve, curve_chart
from taojin.reporting.inputs import Report, part_of, rows_of
from taojin.reporting.texts import Texts

_MAX_ROWS = 100
_FIRST, _FLOOR = "supervised", "tfidf_logistic_regression"
_LEARNS_MORE = (
    "self_trained", "margin_k_centre", "margin", "k_centre", "badge", "entropy",
    "least_confidence",
)  # fmt: skip
"""Systems that set labels against labels drawn at random, the usual best first."""


def view_label_efficiency(report: Report | None, say: Texts) -> dict[str, Any] | None:
    """Prepare the curve and its numbers; None if nothing was measured."""
    systems = _estimates(report)
    if not report or _FIRST not in systems:
        return None
    ordered = sorted(systems, key=lambda name: name not in (_FIRST, _FLOOR))
    curves = [Curve(say.name(name), systems[name]) for name in ordered]
    return {
        "lead": _lead(report, systems[_FIRST], say),
        "chart": curve_chart(say("label_efficiency.chart"), curves),
        "note": _note(report, say),
        "findings": list(_findings(report, say)),
        "rows": list(_rows(report, say)),
        "self_training": [
            _self_training_row(row) for row in rows_of(report, "self_training")
        ],
    }


def _estimates(report: Report | None) -> dict[str, list[tuple[int, Estimate]]]:
    """Estimates by system and number of labels; what is no number is left out."""
    found = {}
    for name, rows in part_of(report, "systems").items():
        points = [
            (int(row["num_labels"]), estimate)
            for row in rows
            if (estimate := estimate_of(row.get("accuracy"))) is not None
            and row["num_labels"] > 0
        ]
        if points:
            found[str(name)] = points
    return found


def _lead(report: Report, points: list[tuple[int, Estimate]], say: Texts) -> str:
    (few, first), (many, last) = points[0], points[-1]
    return say(
        "label_efficiency.lead",
        task=report.get("task") or "",
        count=say.count(few, "label"),
        accuracy=format_share(first.value),
        total=format_count(many),
        best=format_share(last.value),
    )


def _note(report: Report, say: Texts) -> str:
    return say(
        "label_efficiency.note",
        tests=say.count(report.get("num_test") or 0, "example"),
        classes=format_count(report.get("num_classes")),
        confidence=format_number(100 * float(report.get("confidence") or 0.95)),
        calibration=say.count(report.get("num_calibration_labels") or 0, "label"),
    )


def _findings(report: Report, say: Texts) -> Iterator[str]:
    """Say what each way of using few labels saves, at the smallest number."""
    differences = rows_of(report, "differences")
    for system in _LEARNS_MORE:
        rows = [row for row in differences if row["system"] == system]
        if not rows:
            continue
        row = min(rows, key=lambda row: row["num_labels"])
        estimate = estimate_of(row.get("difference"))
        if estimate is None:
            continue
        equal = _equal_to(report, system, row["num_labels"])
        values = {
            "name": say.name(system),
            "count": say.count(row["num_labels"], "label"),
        }
        if estimate.high < 0:
            yield say("label_efficiency.worse", **values)
        elif estimate.low > 0 and equal is not None:
            text = format_count(round(equal))
            yield say("label_efficiency.saved", equal=text, **values)
        else:
            yield say("label_efficiency.not_saved", **values)


def _equal_to(report: Report, system: str, num_labels: int) -> float | None:
    for row in rows_of(part_of(report, "systems"), system):
        if row["num_labels"] == num_labels:
            return row.get("equal_to_labels")
    return None


def _rows(report: Report, say: Texts) -> Iterator[dict[str, str]]:
    compared = {
        (row["system"], row["num_labels"]): row
        for row in rows_of(report, "differences")
    }
    for name, rows in list(part_of(report, "systems").items())[:_MAX_ROWS]:
        for row in rows:
            other: Mapping[str, Any] = compared.get((name, row["num_labels"])) or {}
            against = other.get("against")
            yield {
                "system": say.name(str(name)),
                "labels": format_count(row["num_labels"]),
                "draws": format_count(row.get("num_draws")),
                "accuracy": format_estimate(row.get("accuracy"), 3),
                "difference": format_estimate(other.get("difference"), 3),
                "against": say.name(str(against)) if against else MISSING,
            }


def _self_training_row(row: Mapping[str, Any]) -> dict[str, str]:
    number = row.get("num_pseudo_labels")
    return {
        "labels": format_count(row.get("num_labels")),
        "pseudo_labels": format_count(None if number is None else round(number)),
        "confidence": format_share(row.get("pseudo_label_confidence")),
        "right": format_share(row.get("pseudo_label_accuracy")),
        "temperature": format_number(row.get("temperature")),
        "error_raw": format_number(row.get("calibration_error_raw")),
        "error": format_number(row.get("calibration_error")),
    }
