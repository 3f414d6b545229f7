"""Bars: amounts side by side, and what is left after every step."""

from collections.abc import Sequence
from dataclasses import dataclass

from taojin.core.foreign_text import shorten
from taojin.reporting.charts.svg import (
    Svg,
    chart,
    element,
    label,
    percent,
    tooltip,
)

_ROW_HEIGHT = 38
_BAR_TOP = 20
_BAR_HEIGHT = 9
_STEP_HEIGHT = 36
_STEP_TOP = 11
_MAX_LABEL_CHARS = 42


@dataclass(frozen=True)
class Bar:
    """A bar from ``start`` to ``end``, with its name and its amount in words."""

    name: str
    start: float
    end: float
    amount: str
    note: str = ""
    """Shown on hovering, after name and amount."""
    kind: str = "main"
    """Class of the bar: main, loss or quiet."""


def amounts(values: Sequence[tuple[str, float, str]], kind: str = "main") -> list[Bar]:
    """Make bars that all start at zero, from name, value and the value in words."""
    return [Bar(name, 0, value, amount, kind=kind) for name, value, amount in values]


def horizontal_bars(title: str, bars: Sequence[Bar]) -> Svg:
    """Draw bars below each other on one scale from zero to the largest end."""
    largest = max((bar.end for bar in bars), default=0) or 1
    rows = [_row(bar, index * _ROW_HEIGHT, largest) for index, bar in enumerate(bars)]
    description = "; ".join(f"{bar.name}: {bar.amount}" for bar in bars)
    return chart(title, description, len(bars) * _ROW_HEIGHT, *rows)


def waterfall_step(bar: Bar, whole: float) -> Svg:
    """Draw one step of a waterfall, to be stacked with the steps around it.

    A loss hangs where the step before it ended; thin lines lead from edge to edge
    of the picture, so that steps join where they touch.

    Args:
        bar: The step, from what it left to what it found. Its kind says which
            lines it has: quiet comes first, main last, loss between.
        whole: The width of the picture stands for this much.
    """
    links = []
    if bar.kind != "quiet":
        links.append(_link(bar.end / whole, 0, _STEP_TOP))
    if bar.kind != "main":
        x = bar.start if bar.kind == "loss" else bar.end
        links.append(_link(x / whole, _STEP_HEIGHT - _STEP_TOP, _STEP_HEIGHT))
    bars = _rectangle(bar, whole, _STEP_TOP, _STEP_HEIGHT - 2 * _STEP_TOP)
    return chart(_in_words(bar), bar.note, _STEP_HEIGHT, *links, bars)


def share_bar(bar: Bar, whole: float) -> Svg:
    """Draw one bar on a track that stands for the whole."""
    y = (_STEP_HEIGHT - _BAR_HEIGHT) / 2
    track = element(
        "rect", x=0, y=y, width="100%", height=_BAR_HEIGHT, rx=2, class_="track"
    )
    shown = _rectangle(bar, whole or 1, y, _BAR_HEIGHT)
    return chart(_in_words(bar), bar.note, _STEP_HEIGHT, track, shown)


def _row(bar: Bar, top: float, largest: float) -> Svg:
    y = top + _BAR_TOP
    return element(
        "g",
        tooltip(_in_words(bar)),
        element("rect", x=0, y=top, width="100%", height=_ROW_HEIGHT, class_="hit"),
        label(0, top + 14, shorten(bar.name, _MAX_LABEL_CHARS), class_="name"),
        label("100%", top + 14, bar.amount, class_="amount", anchor="end"),
        element(
            "rect", x=0, y=y, width="100%", height=_BAR_HEIGHT, rx=2, class_="track"
        ),
        _rectangle(bar, largest, y, _BAR_HEIGHT),
    )


def _rectangle(bar: Bar, whole: float, y: float, height: float) -> Svg:
    # The outline of its class keeps a bar of one document in a million visible.
    width = max(bar.end - bar.start, 0) / whole
    return element(
        "rect", x=percent(bar.start / whole), y=y, width=percent(width), height=height,
        rx=2, class_=f"bar {bar.kind}" if width else "none",
    )  # fmt: skip


def _link(fraction: float, top: float, bottom: float) -> Svg:
    x = percent(fraction)
    return element("line", x1=x, x2=x, y1=top, y2=bottom, class_="link")


def _in_words(bar: Bar) -> str:
    return f"{bar.name}: {bar.amount}" + (f" · {bar.note}" if bar.note else "")
