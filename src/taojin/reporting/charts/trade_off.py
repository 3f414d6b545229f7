"""One thing against another, with the intervals of both."""

from collections.abc import Sequence
from dataclasses import dataclass

from taojin.core.estimates import Estimate
from taojin.core.numbers import format_estimate, format_number
from taojin.reporting.charts.radar import COLOURS
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

_HEIGHT, _FOOT, _ROW = 280, 44, 20


@dataclass(frozen=True)
class Point:
    """One setting of a model.

    Attributes:
        name: Written beside the point.
        across: On the horizontal axis.
        up: On the vertical one.
    """

    name: str
    across: Estimate
    up: Estimate


def trade_off_chart(
    title: str,
    axes: tuple[str, str],
    series: Sequence[tuple[str, Sequence[Point]]],
) -> Svg:
    """Draw points with a cross of intervals each.

    Args:
        title: What is drawn.
        axes: Names of the horizontal and of the vertical axis.
        series: Names and points, at least one point in all.
    """
    points = [point for _, some in series for point in some]
    across = _ticks([point.across for point in points])
    up = _ticks([point.up for point in points])
    top = (len(series) + 1) * _ROW + 4
    bottom = top + _HEIGHT
    described = "; ".join(
        f"{name} {point.name}: {axes[0]} {format_estimate(point.across)}, "
        f"{axes[1]} {format_estimate(point.up)}"
        for name, some in series
        for point in some
    )
    return chart(
        title,
        described,
        bottom + _FOOT,
        *[_legend(name, index) for index, (name, _) in enumerate(series)],
        *[_horizontal(tick, up, top) for tick in up],
        *[_vertical(tick, across, top, bottom) for tick in across],
        label("50%", bottom + 38, axes[0], class_="legend", anchor="middle"),
        label(0, 10, axes[1], class_="legend"),
        *[
            _cross(point, across, up, top, COLOURS[index % len(COLOURS)])
            for index, (_, some) in enumerate(series)
            for point in some
        ],
        class_="with-axis",
    )


def _ticks(estimates: Sequence[Estimate]) -> list[float]:
    return nice_ticks(min(e.low for e in estimates), max(e.high for e in estimates))


def _legend(name: str, index: int) -> Svg:
    y = 8 + (index + 1) * _ROW
    colour = COLOURS[index % len(COLOURS)]
    return element(
        "g",
        element("circle", cx="1%", cy=y, r=4, style=f"fill:{colour}"),
        label("3%", y + 4, name, class_="legend"),
    )


def _horizontal(tick: float, ticks: Sequence[float], top: float) -> Svg:
    y = top + _HEIGHT * (1 - fraction_of(tick, ticks))
    return element(
        "g",
        element("line", x1=0, x2="100%", y1=y, y2=y, class_="grid"),
        label(-8, y + 4, format_number(tick), class_="tick", anchor="end"),
    )


def _vertical(tick: float, ticks: Sequence[float], top: float, bottom: float) -> Svg:
    x = percent(fraction_of(tick, ticks))
    return element(
        "g",
        element("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid"),
        label(x, bottom + 18, format_number(tick), class_="tick", anchor="middle"),
    )


def _cross(
    point: Point,
    across: Sequence[float],
    up: Sequence[float],
    top: float,
    colour: str,
) -> Svg:
    x_low, x, x_high = (
        percent(fraction_of(value, across))
        for value in (point.across.low, point.across.value, point.across.high)
    )
    y_low, y, y_high = (
        top + _HEIGHT * (1 - fraction_of(value, up))
        for value in (point.up.low, point.up.value, point.up.high)
    )
    style = f"stroke:{colour};stroke-width:1.5;opacity:0.6"
    note = f"{point.name}: {format_estimate(point.across)}; {format_estimate(point.up)}"
    return element(
        "g",
        tooltip(note),
        element("line", x1=x_low, x2=x_high, y1=y, y2=y, style=style),
        element("line", x1=x, x2=x, y1=y_low, y2=y_high, style=style),
        element("circle", cx=x, cy=y, r=4.5, style=f"fill:{colour}"),
        label(x, y - 8, point.name, class_="tick", anchor="middle"),
    )
