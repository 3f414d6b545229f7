"""Curves with intervals over an axis of doublings, several in one plot."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from taojin.core.estimates import Estimate
from taojin.core.numbers import format_count, format_estimate, format_number
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

_LEGEND_ROW, _AXIS_HEIGHT, _SCALE = 20, 24, 1000
_LEGEND_COLUMNS = 3
_MARGIN = 0.03
"""Share of the width that stays free on both sides, for whiskers."""
_APART = 0.006
"""Share of the width by which curves are moved, so that no whisker hides another."""
_STYLES = (
    ("var(--main)", ""), ("var(--quiet)", ""), ("var(--loss)", ""),
    ("var(--good)", ""), ("var(--main)", "6 4"), ("var(--quiet)", "6 4"),
    ("var(--loss)", "6 4"), ("var(--good)", "6 4"), ("var(--soft)", "2 4"),
)  # fmt: skip
"""Colour and dashes; more curves than these begin again."""


@dataclass(frozen=True)
class Curve:
    """A named curve: numbers of something above 0, and an estimate at each."""

    name: str
    points: Sequence[tuple[int, Estimate]]


def curve_chart(title: str, curves: Sequence[Curve], *, plot_height: int = 300) -> Svg:
    """Draw curves over a logarithmic axis; whiskers are intervals.

    Args:
        title: What the axes show.
        curves: At least one, each with a point or more; numbers are above 0.
        plot_height: Pixels.
    """
    numbers = sorted({number for curve in curves for number, _ in curve.points})
    estimates = [estimate for curve in curves for _, estimate in curve.points]
    ticks = nice_ticks(
        min(estimate.low for estimate in estimates),
        max(estimate.high for estimate in estimates),
        6,
    )
    rows = -(-len(curves) // _LEGEND_COLUMNS)
    plot = _Plot(numbers, ticks, rows * _LEGEND_ROW + 8, plot_height)
    return chart(
        title,
        "; ".join(_in_words(curve) for curve in curves),
        plot.top + plot_height + _AXIS_HEIGHT,
        *[_legend_entry(curve, index) for index, curve in enumerate(curves)],
        *[plot.y_tick(tick) for tick in ticks],
        *[plot.x_tick(number) for number in numbers],
        plot.lines(curves),
        *[
            plot.point(curve, index, len(curves), number, estimate)
            for index, curve in enumerate(curves)
            for number, estimate in curve.points
        ],
        class_="with-axis",
    )


@dataclass(frozen=True)
class _Plot:
    numbers: Sequence[int]
    ticks: Sequence[float]
    top: int
    height: int

    def across(self, number: int) -> float:
        low, high = math.log(self.numbers[0]), math.log(self.numbers[-1])
        share = (math.log(number) - low) / (high - low) if high > low else 0.5
        return _MARGIN + (1 - 2 * _MARGIN) * share

    def down(self, value: float) -> float:
        return 1 - fraction_of(value, self.ticks)

    def y_tick(self, tick: float) -> Svg:
        y = self.top + self.height * self.down(tick)
        return element(
            "g",
            element("line", x1=0, x2="100%", y1=y, y2=y, class_="grid"),
            label(-8, y + 4, format_number(tick), class_="tick", anchor="end"),
        )

    def x_tick(self, number: int) -> Svg:
        x, bottom = percent(self.across(number)), self.top + self.height
        return element(
            "g",
            element("line", x1=x, x2=x, y1=bottom, y2=bottom + 5, class_="axis"),
            label(x, bottom + 18, format_count(number), class_="tick", anchor="middle"),
        )

    def lines(self, curves: Sequence[Curve]) -> Svg:
        paths = [
            element(
                "path",
                d="M" + "L".join(self._corner(*p) for p in curve.points),
                class_="line",
                style=_stroke(index),
            )
            for index, curve in enumerate(curves)
        ]
        return element(
            "svg", *paths, x=0, y=self.top, width="100%", height=self.height,
            viewBox=f"0 0 {_SCALE} {_SCALE}", preserveAspectRatio="none",
            overflow="visible",
        )  # fmt: skip

    def _corner(self, number: int, estimate: Estimate) -> str:
        across, down = self.across(number), self.down(estimate.value)
        return f"{_SCALE * across:.1f} {_SCALE * down:.1f}"

    def point(
        self, curve: Curve, index: int, total: int, number: int, estimate: Estimate
    ) -> Svg:
        moved = (index - (total - 1) / 2) * _APART
        x = percent(self.across(number) + moved)
        low, middle, high = (
            self.top + self.height * self.down(value)
            for value in (estimate.low, estimate.value, estimate.high)
        )
        colour = _STYLES[index % len(_STYLES)][0]
        words = f"{curve.name}, {format_count(number)}: {format_estimate(estimate)}"
        return element(
            "g",
            tooltip(words),
            element(
                "line", x1=x, x2=x, y1=low, y2=high,
                style=f"stroke:{colour};stroke-width:1.5;opacity:0.6",
            ),
            element("circle", cx=x, cy=middle, r=4, style=f"fill:{colour}"),
        )  # fmt: skip


def _stroke(index: int) -> str:
    colour, dashes = _STYLES[index % len(_STYLES)]
    pattern = f";stroke-dasharray:{dashes}" if dashes else ""
    return f"stroke:{colour};fill:none{pattern}"


def _legend_entry(curve: Curve, index: int) -> Svg:
    row, column = divmod(index, _LEGEND_COLUMNS)
    x, y = percent(column / _LEGEND_COLUMNS), 8 + row * _LEGEND_ROW
    mark = element("line", x1=0, x2=18, y1=y, y2=y, class_="line", style=_stroke(index))
    return element(
        "svg", mark, label(24, y + 4, curve.name, class_="legend"), x=x, y=0,
        overflow="visible",
    )  # fmt: skip


def _in_words(curve: Curve) -> str:
    first, last = curve.points[0], curve.points[-1]
    return (
        f"{curve.name}: {format_estimate(first[1])} at {format_count(first[0])}, "
        f"{format_estimate(last[1])} at {format_count(last[0])}"
    )
