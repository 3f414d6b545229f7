"""A table of which source copies which: dropped copies by both of their sources."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from taojin.core.numbers import format_bytes, format_count
from taojin.reporting.inputs import Report
from taojin.reporting.texts import Texts

_MAX_SOURCES = 8
"""Sources with a row and a column; the copies of all others are added up."""


def flow_table(flows: Sequence[Report], say: Texts) -> dict[str, Any] | None:
    """Set dropped copies out by source.

    Args:
        flows: ``copied_in``, ``kept_in``, ``kind``, ``num_documents``, ``num_bytes``.
        say: The language.

    Returns:
        ``columns`` and ``rows``, of which each cell has ``count``, ``note`` and
        ``heat`` in [0, 1]; None if nothing was copied.
    """
    if not flows:
        return None
    names = _largest(flows)
    counts: Counter[tuple[str, str]] = Counter()
    kinds: Counter[tuple[str, str, str]] = Counter()
    sizes: Counter[tuple[str, str]] = Counter()
    for flow in flows:
        copied, kept = (
            name if (name := str(flow[side])) in names else ""
            for side in ("copied_in", "kept_in")
        )
        counts[copied, kept] += flow["num_documents"]
        sizes[copied, kept] += flow["num_bytes"]
        kinds[copied, kept, str(flow["kind"])] += flow["num_documents"]
    largest = max(counts.values())
    shown = [*names, ""]
    if not any("" in pair for pair in counts):
        shown.remove("")

    def cell(copied: str, kept: str) -> dict[str, Any]:
        pair = (copied, kept)
        note = say(
            "findings.flow_note",
            exact=format_count(kinds[copied, kept, "exact"]),
            near=format_count(kinds[copied, kept, "near"]),
            size=format_bytes(sizes[pair]),
        )
        number = counts[pair]
        return {
            "count": format_count(number) if number else "",
            "note": note if number else "",
            "heat": f"{(number / largest) ** 0.5:.2f}",
        }

    return {
        "columns": [name or say("findings.other_sources") for name in shown],
        "rows": [
            {
                "source": copied or say("findings.other_sources"),
                "cells": [cell(copied, kept) for kept in shown],
            }
            for copied in shown
        ],
    }


def _largest(flows: Sequence[Report]) -> list[str]:
    """The sources that most copies come from or are kept in, in this order."""
    involved: Counter[str] = Counter()
    for flow in flows:
        for side in ("copied_in", "kept_in"):
            involved[str(flow[side])] += flow["num_documents"]
    ordered = sorted(involved, key=lambda name: (-involved[name], name))
    return ordered[:_MAX_SOURCES]
