"""Forest plots: numbers with their intervals, one below the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from taojin.core.estimates import Estimate
from taojin.core.foreign_text import shorten
from taojin.core.numbers import decimals_of, format_estimate, format_number
from taojin.reporting.charts.svg import (
    Svg,
    chart,
    element,
    fraction_of,
    label,
    nice_ticks,
    percent,
    tooltip,
)

_ROW_HEIGHT = 46
_LINE_OFFSET = 30
_MAX_LABEL_CHARS = 34


@dataclass(frozen=True)
class Row:
    """A named estimate; the main one of a plot is drawn in the main colour."""

    name: str
    estimate: Estimate
    is_main: bool = False


def forest_plot(title: str, rows: Sequence[Row]) -> Svg:
    """Draw every estimate as a dot on its interval, over one common axis.

    The axis begins at zero where zero is near; dots need no zero otherwise.
    """
    ticks = _axis(rows)
    bottom = len(rows) * _ROW_HEIGHT
    grid = [
        element("line", x1=x, x2=x, y1=0, y2=bottom, class_="grid")
        for x in (percent(fraction_of(tick, ticks)) for tick in ticks)
    ]
    decimals = _common_decimals(rows)
    marks = [
        _row(row, index * _ROW_HEIGHT, ticks, decimals)
        for index, row in enumerate(rows)
    ]
    labels = [
        label(
            percent(fraction_of(tick, ticks)), bottom + 16, format_number(tick),
            class_="tick", anchor=_anchor(index, len(ticks)),
        )
        for index, tick in enumerate(ticks)
    ]  # fmt: skip
    description = "; ".join(f"{r.name}: {format_estimate(r.estimate)}" for r in rows)
    return chart(title, description, bottom + 22, *grid, *marks, *labels)


def _common_decimals(rows: Sequence[Row]) -> int:
    """As many as the largest number deserves, so that a column reads as one."""
    largest = max(rows, key=lambda row: row.estimate.high)
    return decimals_of(largest.estimate)


def _axis(rows: Sequence[Row]) -> list[float]:
    low = min((row.estimate.low for row in rows), default=0.0)
    high = max((row.estimate.high for row in rows), default=1.0)
    if 0 <= low < high / 2:
        low = 0.0
    return nice_ticks(low, high)


def _row(row: Row, top: float, ticks: Sequence[float], decimals: int) -> Svg:
    estimate, kind = row.estimate, "main" if row.is_main else "quiet"
    words = format_estimate(estimate, decimals)
    y = top + _LINE_OFFSET
    low, value, high = (
        percent(fraction_of(number, ticks))
        for number in (estimate.low, estimate.value, estimate.high)
    )
    confidence = format_number(100 * estimate.confidence)
    note = (
        f"{row.name}: {format_estimate(estimate)} "
        f"({confidence}% interval, {estimate.num_samples:,} samples)"
    )
    return element(
        "g",
        tooltip(note),
        element("rect", x=0, y=top, width="100%", height=_ROW_HEIGHT, class_="hit"),
        label(0, top + 14, shorten(row.name, _MAX_LABEL_CHARS), class_=f"name {kind}"),
        label("100%", top + 14, words, class_=f"amount {kind}", anchor="end"),
        element("line", x1=0, x2="100%", y1=y, y2=y, class_="rail"),
        element("line", x1=low, x2=high, y1=y, y2=y, class_=f"interval {kind}"),
        element("circle", cx=value, cy=y, r=5, class_=f"dot {kind}"),
    )  # fmt: skip


def _anchor(index: int, num_ticks: int) -> str:
    if index == 0:
        return "start"
    return "end" if index == num_ticks - 1 else "middle"
