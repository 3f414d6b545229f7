"""Several profiles over a few axes, as polygons around a centre."""

import math
from collections.abc import Mapping, Sequence

from taojin.core.numbers import format_number
from taojin.reporting.charts.svg import Svg, element, tooltip, words

COLOURS = ("var(--main)", "var(--quiet)", "var(--loss)", "var(--good)")
"""Of profiles, in order; more than these begin again, dashed."""
_SIZE, _RADIUS, _CENTRE = 360, 120, 180
_RINGS = (0.25, 0.5, 0.75, 1.0)
_LABEL_GAP = 18


def radar_chart(
    title: str, axes: Sequence[str], profiles: Mapping[str, Sequence[float]]
) -> Svg:
    """Draw shares of 1; the outermost ring is 1, the centre 0.

    Args:
        title: What is drawn.
        axes: Names, clockwise from the top; three or more.
        profiles: By name, a number an axis, between 0 and 1.
    """
    rings = [_polygon([ring] * len(axes), class_="grid") for ring in _RINGS]
    spokes = [
        element("line", x1=_CENTRE, y1=_CENTRE, x2=x, y2=y, class_="grid")
        for x, y in (_point(place, len(axes), 1.0) for place in range(len(axes)))
    ]
    names = [_name(place, axes) for place in range(len(axes))]
    shapes = [
        element(
            "g",
            tooltip(_in_words(name, axes, values)),
            _polygon(values, style=line_style(index)),
        )
        for index, (name, values) in enumerate(profiles.items())
    ]
    described = "; ".join(_in_words(name, axes, v) for name, v in profiles.items())
    return element(
        "svg",
        element("title", words(title)),
        element("desc", words(described)),
        *rings, *spokes, *shapes, *names,
        role="img",
        class_="chart",
        width="100%",
        viewBox=f"0 0 {_SIZE} {_SIZE}",
        style=f"max-width:{_SIZE}px",
    )  # fmt: skip


def line_style(index: int) -> str:
    """Colour and dashes of a profile."""
    colour = COLOURS[index % len(COLOURS)]
    dashes = ";stroke-dasharray:6 4" if index >= len(COLOURS) else ""
    fill = f"color-mix(in srgb, {colour} 12%, transparent)"
    return f"stroke:{colour};stroke-width:2;fill:{fill}{dashes}"


def _point(place: int, total: int, share: float) -> tuple[float, float]:
    angle = 2.0 * math.pi * place / total - math.pi / 2.0
    return (
        _CENTRE + share * _RADIUS * math.cos(angle),
        _CENTRE + share * _RADIUS * math.sin(angle),
    )


def _polygon(shares: Sequence[float], **attributes: str) -> Svg:
    corners = (_point(place, len(shares), share) for place, share in enumerate(shares))
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    fill = {} if "style" in attributes else {"fill": "none"}
    return element("polygon", points=points, **fill, **attributes)


def _name(place: int, axes: Sequence[str]) -> Svg:
    x, y = _point(place, len(axes), 1.0 + _LABEL_GAP / _RADIUS)
    anchor = "middle" if abs(x - _CENTRE) < 1 else "start" if x > _CENTRE else "end"
    return element(
        "text", words(axes[place]), x=x, y=y + 4, class_="legend", text_anchor=anchor
    )


def _in_words(name: str, axes: Sequence[str], values: Sequence[float]) -> str:
    parts = (
        f"{axis} {format_number(value)}"
        for axis, value in zip(axes, values, strict=True)
    )
    return f"{name}: {', '.join(parts)}"
