"""Section 3: what other thresholds would keep, decided anew in the page."""

import json
from collections.abc import Mapping
from typing import Any

from taojin.core.foreign_text import make_visible
from taojin.core.numbers import (
    format_bytes,
    format_count,
    format_number,
    format_share,
    share_of,
)
from taojin.reporting.charts.svg import Svg
from taojin.reporting.inputs import Report, part_of, rows_of
from taojin.reporting.texts import Texts

_MAX_SOURCES = 50
SCRIPT_SENTENCES = (
    "instead",
    "as_now",
    "about",
    "margin",
    "off",
    "left_out",
    "nothing_moved",
    "not_sampled",
)
"""What the script says, by its key under ``explorer``."""
_IN_HTML = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def view_explorer(report: Report | None, say: Texts) -> dict[str, Any] | None:
    """Prepare the explorer; None if there is no sample to explore."""
    table = part_of(report, "explorer")
    if not report or not table:
        return None
    dropped = {str(row["rule"]): row["num_dropped"] for row in rows_of(report, "rules")}
    rules = rows_of(table, "rules")
    counts = [dropped.get(str(rule["rule"]), 0) for rule in rules]
    return {
        "lead": _lead(report, table["num_sampled"], say),
        "totals": _totals(report, say),
        "rules": _controls(rules, counts),
        "sources": _sources(report),
        "num_rivals": table["num_rivals"],
        "data": _data(report, table, counts, say),
    }


def _lead(report: Report, num_sampled: int, say: Texts) -> str:
    total = report["num_documents"]
    if num_sampled >= total:
        return say("explorer.lead_all", documents=say.count(total, "document"))
    return say(
        "explorer.lead_sample",
        sampled=format_count(num_sampled),
        documents=say.count(total, "document"),
        margin=format_number(100 * 1.96 * 0.5 / num_sampled**0.5, 2),
    )


def _totals(report: Report, say: Texts) -> list[dict[str, Any]]:
    """The two numbers at the head, as they are now."""
    return [
        {
            "name": name,
            "meaning": say(f"explorer.{name}"),
            "share": format_share(share_of(report[kept], report[whole])),
            "amount": words(report[kept]),
        }
        for name, kept, whole, words in (
            ("documents", "num_kept", "num_documents", format_count),
            ("bytes", "num_bytes_kept", "num_bytes", format_bytes),
        )
    ]


def _controls(rules: Any, counts: list[int]) -> list[dict[str, Any]]:
    controls: list[dict[str, Any]] = []
    threshold = 0
    for index, (rule, count) in enumerate(zip(rules, counts, strict=True)):
        sliders: list[dict[str, Any]] = []
        if rule["kind"] == "threshold":
            sliders = list(_sliders(rule, threshold))
            threshold += 1
        scope = [*(rule.get("languages") or ()), *(rule.get("sources") or ())]
        controls.append(
            {
                "index": index,
                "rule": rule["rule"],
                "signal": rule.get("signal") or "",
                "scope": ", ".join(map(str, scope)),
                "sliders": sliders,
                "count": format_count(count),
            }
        )
    return controls


def _sliders(rule: Mapping[str, Any], threshold: int) -> Any:
    """Sliders have one position more than there are thresholds: off."""
    positions = rule["positions"]
    for key, bound, sign in (("at_least", "low", "≥"), ("at_most", "high", "≤")):
        if rule[key] is None:
            continue
        place = positions.index(rule[key]) if rule[key] in positions else 0
        yield {
            "threshold": threshold,
            "bound": bound,
            "sign": sign,
            "key": key,
            "maximum": len(positions),
            "place": place + (bound == "low"),
            "value": format_number(rule[key], 6),
        }


def _sources(report: Report) -> list[dict[str, Any]]:
    ordered = sorted(
        rows_of(report, "sources"),
        key=lambda row: (-row["num_documents"], str(row["source"])),
    )
    return [
        {
            "source": make_visible(str(row["source"])),
            "num_documents": row["num_documents"],
            "num_kept": row["num_kept"],
        }
        for row in ordered[:_MAX_SOURCES]
    ]


def _data(report: Report, table: Report, counts: list[int], say: Texts) -> Svg:
    """What the script reads, as JSON that is safe within HTML."""
    totals = ("num_documents", "num_kept", "num_bytes", "num_bytes_kept")
    sources = [make_visible(str(name)) for name in rows_of(table, "sources")]
    content = {
        "table": {**table, "sources": sources},
        "now": {
            **{name: report[name] for name in totals},
            "dropped": counts,
            "sources": _sources(report),
        },
        "say": {
            "language": say("language"),
            **{name: say.template(f"explorer.{name}") for name in SCRIPT_SENTENCES},
        },
    }
    written = json.dumps(content, separators=(",", ":"))
    return Svg(written.translate(_IN_HTML))
