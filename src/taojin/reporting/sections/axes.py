"""Sets of generated texts on four axes: the parts of the page."""

from collections.abc import Iterator, Mapping
from typing import Any

from taojin.core.estimates import Estimate
from taojin.core.numbers import estimate_of, format_estimate, format_number
from taojin.reporting.charts.radar import COLOURS, radar_chart
from taojin.reporting.charts.svg import Svg
from taojin.reporting.charts.trade_off import Point, trade_off_chart
from taojin.reporting.inputs import Report, part_of, rows_of
from taojin.reporting.texts import Texts

AXES = ("diversity", "realism", "legality", "usability")
_MAX_COPIES = 12


def view_axes(axes: Report, say: Texts) -> dict[str, Any]:
    """Prepare everything about the sets."""
    candidates: dict[str, Any] = axes["candidates"]
    sets = say.count(len(candidates), "set")
    real = say.count(axes["num_real"], "real_text")
    return {
        "lead": say("axes.lead", sets=sets, real=real),
        "names": list(candidates),
        "legend": list(zip(candidates, _colours(), strict=False)),
        "radar": _radar(axes.get("comparison"), say),
        "radar_note": _radar_note(axes.get("comparison"), say),
        "tables": [
            {"title": say(f"axes.{axis}"), "rows": rows}
            for axis in AXES
            if (rows := list(_rows(axes, axis, say)))
        ],
        "not_compared": ", ".join(map(say.name, axes.get("not_compared") or [])),
        "curve": _curve(axes.get("curves") or {}, say),
        "copies": list(_copies(candidates)),
        "warnings": [
            (name, warning)
            for name, part in candidates.items()
            for warning in part.get("warnings") or []
        ],
        "examples": [
            (name, part.get("examples") or []) for name, part in candidates.items()
        ],
        "extractor": str(axes["extractor"])[:12],
    }


def view_memory(memory: Report | None, say: Texts) -> dict[str, Any] | None:
    """Prepare what the model remembers of its training text."""
    if not memory:
        return None
    rows = [
        {
            "metric": say.name(name),
            "value": format_estimate(score["estimate"]),
            "null": format_estimate(score["null"]) if score.get("null") else "",
            "detectable": format_number(score.get("min_detectable")),
        }
        for name, score in part_of(memory, "scores").items()
    ]
    return {"rows": rows, "warnings": list(memory.get("warnings") or [])}


def _colours() -> Iterator[str]:
    while True:
        yield from COLOURS


def _radar(comparison: Report | None, say: Texts) -> Svg | None:
    if not comparison:
        return None
    profiles: dict[str, Mapping[str, float]] = comparison["profiles"]
    shown = [axis for axis in AXES if all(axis in one for one in profiles.values())]
    if len(shown) < 3:
        return None
    return radar_chart(
        say("axes.radar"),
        [say(f"axes.{axis}") for axis in shown],
        {name: [one[axis] for axis in shown] for name, one in profiles.items()},
    )


def _radar_note(comparison: Report | None, say: Texts) -> str:
    if not comparison:
        return say("axes.alone")
    return say("axes.radar_note", correction=comparison["correction"])


def _rows(axes: Report, axis: str, say: Texts) -> Iterator[dict[str, Any]]:
    """One row a metric of an axis; the sets that no other beats are marked."""
    candidates: dict[str, Any] = axes["candidates"]
    best = {
        row["name"]: row["best"]
        for row in rows_of(axes.get("comparison") or {}, "metrics")
    }
    metrics: dict[str, dict[str, Any]] = {}
    for part in candidates.values():
        for name, score in part["scores"].items():
            metrics.setdefault(name, score)
    for metric, first in metrics.items():
        if first["axis"] != axis:
            continue
        scores = [part["scores"].get(metric) for part in candidates.values()]
        beaten_by_none = best.get(metric, [])
        is_decided = 0 < len(beaten_by_none) < len(candidates)
        yield {
            "metric": say.name(metric),
            "wanted": say(f"axes.{first['better']}"),
            "values": [
                (
                    format_estimate(score["estimate"]) if score else "–",
                    is_decided and name in beaten_by_none,
                )
                for name, score in zip(candidates, scores, strict=True)
            ],
            "null": format_estimate(first["null"]) if first.get("null") else "",
            "detectable": format_number(first.get("min_detectable")),
        }


def _curve(curves: Report, say: Texts) -> Svg | None:
    series = [
        (name, [_point(row) for row in curve["points"]])
        for name, curve in curves.items()
    ]
    if not series:
        return None
    names = (say("axes.diversity_axis"), say("axes.quality_axis"))
    return trade_off_chart(say("axes.curve"), names, series)


def _point(row: Mapping[str, Any]) -> Point:
    quality, diversity = estimate_of(row["quality"]), estimate_of(row["diversity"])
    if quality is None or diversity is None:
        message = f"a point of the curve has no numbers: {row}"
        raise ValueError(message)
    return Point(format_number(row["temperature"]), diversity, _turned(quality))


def _turned(estimate: Estimate) -> Estimate:
    """A distance, drawn so that up is nearer."""
    return estimate.model_copy(
        update={"value": -estimate.value, "low": -estimate.high, "high": -estimate.low}
    )


def _copies(candidates: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, part in candidates.items():
        for kind in ("verbatim_copies_by_origin", "near_copies_by_origin"):
            for row in rows_of(part_of(part, "tables"), kind)[:_MAX_COPIES]:
                share = format_estimate(row["rate"])
                copied = kind.removesuffix("_by_origin")
                yield {**row, "set": name, "kind": copied, "share_text": share}
