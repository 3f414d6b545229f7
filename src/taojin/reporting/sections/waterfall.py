"""A waterfall: all that came in, what each rule took, what is left."""

from collections.abc import Iterator
from typing import Any

from taojin.core.numbers import format_bytes, format_count, format_share, share_of
from taojin.reporting.charts.bars import Bar, waterfall_step
from taojin.reporting.inputs import Report, rows_of
from taojin.reporting.texts import Texts


def waterfall_steps(report: Report, say: Texts) -> Iterator[dict[str, Any]]:
    """Draw the steps of a waterfall.

    Args:
        report: Counts of documents and bytes, of all and by rule.
        say: The language.

    Yields:
        ``bar``, ``chart``, and ``rule``: its row in the report, null at both ends.
        Rules that dropped nothing have no step.
    """
    total = left = report["num_documents"]
    size = format_bytes(report["num_bytes"])
    name = say("dropped.came_in")
    whole = Bar(name, 0, total, format_count(total), size, "quiet")
    yield _step(whole, total)
    for rule in rows_of(report, "rules"):
        count = rule["num_dropped"]
        if not count:
            continue
        share, size = share_of(count, total), format_bytes(rule["num_bytes_dropped"])
        note = say("dropped.step_note", share=format_share(share), size=size)
        amount = f"−{format_count(count)}"
        bar = Bar(str(rule["rule"]), left - count, left, amount, note, "loss")
        yield _step(bar, total) | {"rule": rule}
        left -= count
    kept, size = report["num_kept"], format_bytes(report["num_bytes_kept"])
    share = format_share(share_of(kept, total))
    note = say("dropped.step_note", share=share, size=size)
    yield _step(Bar(say("dropped.kept"), 0, kept, format_count(kept), note), total)


def _step(bar: Bar, total: int) -> dict[str, Any]:
    return {"bar": bar, "chart": waterfall_step(bar, total), "rule": None}
