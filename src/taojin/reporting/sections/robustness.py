"""What shifted texts cost models: a chart and a table a task."""

from collections.abc import Iterator, Mapping
from typing import Any

from taojin.core.numbers import estimate_of, format_estimate, format_number
from taojin.reporting.charts.forest import Row, forest_plot
from taojin.reporting.charts.svg import Svg
from taojin.reporting.inputs import Report, part_of
from taojin.reporting.texts import Texts


def view_robustness(robustness: Report | None, say: Texts) -> list[dict[str, Any]]:
    """Prepare one part a task."""
    return [_view(task, report, say) for task, report in (robustness or {}).items()]


def _view(task: str, report: Report, say: Texts) -> dict[str, Any]:
    quantity = say.name(report["quantity"])
    unchanged = [say.name(name) for name in report["unchanged"]]
    return {
        "title": say(f"robustness.{task}"),
        "lead": say(
            "robustness.lead",
            quantity=quantity,
            value=format_estimate(report["unshifted"]),
        ),
        "tables": [
            {
                "title": say(f"robustness.by_{kind}"),
                "first": say(f"robustness.{kind}"),
                "chart": _chart(
                    drops, say(f"robustness.chart_{kind}", quantity=quantity)
                ),
                "rows": list(_rows(drops, say)),
            }
            for kind in ("shifts", "groups")
            if (drops := _named(report, kind, say))
        ],
        "unchanged": ", ".join(unchanged),
        "warnings": report["warnings"],
    }


def _named(report: Report, kind: str, say: Texts) -> Report:
    """Drops by the name that is shown; groups are called as the data calls them."""
    drops = part_of(report, kind)
    if kind == "groups":
        return drops
    return {
        f"{say.name(drop['shift'])}, {format_number(drop['strength'])}": drop
        for drop in drops.values()
    }


def _chart(drops: Report, title: str) -> Svg:
    rows = [
        Row(name, estimate, is_main=bool(drop["is_found"]))
        for name, drop in drops.items()
        if (estimate := estimate_of(drop["score"]["estimate"])) is not None
    ]
    return forest_plot(title, rows)


def _rows(drops: Report, say: Texts) -> Iterator[Mapping[str, Any]]:
    for name, drop in drops.items():
        score = drop["score"]
        yield {
            "name": name,
            "before": format_estimate(drop["before"]),
            "after": format_estimate(drop["after"]),
            "drop": format_estimate(score["estimate"]),
            "detectable": format_number(score["min_detectable"]),
            "p_value": format_number(drop["adjusted_p_value"]),
            "found": say("robustness.found" if drop["is_found"] else "robustness.open"),
        }
