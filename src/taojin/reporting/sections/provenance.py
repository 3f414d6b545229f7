"""Section 8: what it takes to make the run again."""

from collections.abc import Mapping
from typing import Any

from taojin.core.numbers import format_seconds
from taojin.reporting.charts.bars import amounts, horizontal_bars
from taojin.reporting.inputs import Report
from taojin.reporting.settings_table import settings_rows
from taojin.reporting.texts import Texts

_MAX_DURATIONS = 15
_OWN_TABLES = ("versions", "fingerprints", "durations")


def view_provenance(provenance: Report, say: Texts) -> dict[str, Any] | None:
    """Prepare the circumstances of the run; None if none were recorded."""
    if not provenance:
        return None
    run = {key: value for key, value in provenance.items() if key not in _OWN_TABLES}
    return {
        "run": settings_rows(run, say),
        "versions": settings_rows(provenance.get("versions") or {}, say),
        "fingerprints": settings_rows(provenance.get("fingerprints") or {}, say),
        "durations": _duration_chart(provenance.get("durations") or {}, say),
    }


def _duration_chart(durations: Mapping[str, float], say: Texts) -> str | None:
    longest = sorted(durations.items(), key=lambda item: (-item[1], item[0]))
    if not longest:
        return None
    values = [
        (name, seconds, format_seconds(seconds))
        for name, seconds in longest[:_MAX_DURATIONS]
    ]
    return horizontal_bars(say("made.durations"), amounts(values, "quiet"))
