"""Line charts: how numbers went, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass

from taojin.core.numbers import format_count, format_number
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

_LEGEND_HEIGHT = 26
_AXIS_HEIGHT = 24
_SCALE = 1000
"""Units of the inner coordinate system, which stretches with the page."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """A named line; ``has_dots`` marks each of its points."""

    name: str
    points: Sequence[Point]
    kind: str = "main"
    has_dots: bool = False


def thin(points: Sequence[Point], max_points: int) -> list[Point]:
    """Replace runs of neighbours by their means until few enough points remain."""
    if len(points) <= max_points:
        return list(points)
    size = -(-len(points) // max_points)
    runs = [points[start : start + size] for start in range(0, len(points), size)]
    return [
        (sum(x for x, _ in run) / len(run), sum(y for _, y in run) / len(run))
        for run in runs
    ]


def line_chart(title: str, series: Sequence[Series], *, plot_height: int = 240) -> Svg:
    """Draw lines over common axes; the legend stands above the plot.

    Args:
        title: What the vertical axis shows, with its unit.
        series: At least one, with at least one point in all.
        plot_height: Pixels.
    """
    points = [point for line in series for point in line.points]
    x_ticks = nice_ticks(min(x for x, _ in points), max(x for x, _ in points), 6)
    y_ticks = nice_ticks(min(y for _, y in points), max(y for _, y in points), 6)
    # A line ends where its data end, not at the next round number.
    x_range = (x_ticks[0], max(x for x, _ in points))
    if x_range[1] <= x_range[0]:
        x_range = (x_ticks[0], x_ticks[-1])
    plot = _Plot(x_range, (y_ticks[0], y_ticks[-1]), plot_height)
    description = "; ".join(_in_words(line) for line in series if line.points)
    return chart(
        title,
        description,
        _LEGEND_HEIGHT + plot_height + _AXIS_HEIGHT,
        *_legend(series),
        *[plot.y_tick(tick) for tick in y_ticks],
        *[plot.x_tick(tick) for tick in x_ticks if tick <= x_range[1]],
        plot.lines(series),
        *[plot.dot(line, point) for line in series for point in _marked(line)],
        class_="with-axis",
    )


@dataclass(frozen=True)
class _Plot:
    x_range: Point
    y_range: Point
    height: int

    def across(self, x: float) -> float:
        return fraction_of(x, self.x_range)

    def down(self, y: float) -> float:
        return 1 - fraction_of(y, self.y_range)

    def y_tick(self, tick: float) -> Svg:
        y = _LEGEND_HEIGHT + self.height * self.down(tick)
        return element(
            "g",
            element("line", x1=0, x2="100%", y1=y, y2=y, class_="grid"),
            label(-8, y + 4, format_number(tick), class_="tick", anchor="end"),
        )

    def x_tick(self, tick: float) -> Svg:
        x, bottom = percent(self.across(tick)), _LEGEND_HEIGHT + self.height
        anchor = "end" if self.across(tick) > 0.98 else "middle"
        return element(
            "g",
            element("line", x1=x, x2=x, y1=bottom, y2=bottom + 5, class_="axis"),
            label(x, bottom + 18, format_number(tick), class_="tick", anchor=anchor),
        )

    def lines(self, series: Sequence[Series]) -> Svg:
        paths = [
            element("path", d=self._path(line.points), class_=f"line {line.kind}")
            for line in series
            if line.points
        ]
        return element(
            "svg", *paths, x=0, y=_LEGEND_HEIGHT, width="100%", height=self.height,
            viewBox=f"0 0 {_SCALE} {_SCALE}", preserveAspectRatio="none",
            overflow="visible",
        )  # fmt: skip

    def _path(self, points: Sequence[Point]) -> str:
        corners = (
            f"{_SCALE * self.across(x):.1f} {_SCALE * self.down(y):.1f}"
            for x, y in points
        )
        return "M" + "L".join(corners)

    def dot(self, line: Series, point: Point) -> Svg:
        step, value = point
        return element(
            "circle",
            tooltip(
                f"{line.name}, {format_count(round(step))}: {format_number(value, 4)}"
            ),
            cx=percent(self.across(step)),
            cy=_LEGEND_HEIGHT + self.height * self.down(value),
            r=3.5 if line.has_dots else 6,
            class_=f"dot {line.kind}" if line.has_dots else "hit",
        )


def _marked(line: Series) -> list[Point]:
    """Points that answer to hovering: all that are drawn, and some of the others."""
    return (
        list(line.points)
        if line.has_dots
        else list(line.points)[:: max(len(line.points) // 60, 1)]
    )


def _legend(series: Sequence[Series]) -> list[Svg]:
    marks, x = [], 0.0
    for line in series:
        marks.append(
            element("line", x1=x, x2=x + 18, y1=8, y2=8, class_=f"line {line.kind}")
        )
        marks.append(label(x + 24, 12, line.name, class_="legend"))
        # Type is not measured here; 7 px a character is a little generous.
        x += 24 + 7 * len(line.name) + 20
    return marks


def _in_words(line: Series) -> str:
    (first_x, first_y), (last_x, last_y) = line.points[0], line.points[-1]
    return (
        f"{line.name} goes from {format_number(first_y)} at {format_number(first_x)} "
        f"to {format_number(last_y)} at {format_number(last_x)}"
    )
