"""Histograms of a signal with the thresholds that cut it."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from taojin.core.numbers import format_count, format_number
from taojin.reporting.charts.svg import Svg, chart, element, label, percent, tooltip

_TOP = 22
_PLOT_HEIGHT = 96
_HEIGHT = _TOP + _PLOT_HEIGHT + 22


class Layer(NamedTuple):
    """Part of what the bins count: its name in words, its colour, its counts."""

    name: str
    kind: str
    counts: Sequence[int]


def histogram(
    title: str,
    edges: Sequence[float],
    counts: Sequence[int],
    low: float | None = None,
    high: float | None = None,
    layers: Sequence[Layer] = (),
) -> Svg:
    """Draw counts between edges; bins outside ``low`` and ``high`` look dropped.

    Bins are drawn equally wide whatever their edges, so evenly spaced edges make a
    linear axis, and edges spaced by factors a logarithmic one.

    Args:
        title: What is counted.
        edges: Ascending; one more than there are counts.
        counts: Documents in each bin.
        low: Values below it are dropped; None if there is no such threshold.
        high: Values above it are dropped.
        layers: What the counts consist of, from the bottom up; null paints each bin
            in one colour, by its side of the threshold.
    """
    largest = max(counts, default=0) or 1
    fates = [
        "loss" if _is_outside(index, edges, low, high) else "main"
        for index in range(len(counts))
    ]
    painted = layers or [
        Layer(
            "",
            kind,
            [n if fate == kind else 0 for n, fate in zip(counts, fates, strict=True)],
        )
        for kind in ("main", "loss")
    ]
    bars = [
        _bar(index, edges, counts, largest, painted) for index in range(len(counts))
    ]
    marks = [
        _mark(_position(value, edges), f"{sign} {format_number(value)}")
        for sign, value in (("≥", low), ("≤", high))
        if value is not None
    ]
    bottom = _TOP + _PLOT_HEIGHT
    axis = element("line", x1=0, x2="100%", y1=bottom, y2=bottom, class_="axis")
    ends = [
        label(0, bottom + 15, format_number(edges[0]), class_="tick"),
        label("100%", bottom + 15, format_number(edges[-1]), class_="tick", anchor="end"),
        label(
            "50%", bottom + 15, format_number(edges[len(edges) // 2]), class_="tick",
            anchor="middle",
        ),
    ]  # fmt: skip
    description = f"{format_count(sum(counts))} values in {len(counts)} bins"
    return chart(title, description, _HEIGHT, *bars, axis, *marks, *ends)


def _bar(
    index: int,
    edges: Sequence[float],
    counts: Sequence[int],
    largest: int,
    layers: Sequence[Layer],
) -> Svg:
    share = 1 / len(counts)
    span = f"{format_number(edges[index])} to {format_number(edges[index + 1])}"
    parts = [
        f"{format_count(layer.counts[index])} {layer.name}"
        for layer in layers
        if layer.name and layer.counts[index]
    ]
    note = f"{span}: {format_count(counts[index])}"
    rectangles, bottom = [], float(_TOP + _PLOT_HEIGHT)
    for layer in layers:
        number = layer.counts[index]
        # A few documents among many thousands leave a sliver, not nothing.
        height = max(_PLOT_HEIGHT * number / largest, 1.5 if number else 0)
        bottom -= height
        if number:
            rectangles.append(
                element(
                    "rect", x=percent((index + 0.06) * share), y=bottom,
                    width=percent(0.88 * share), height=height,
                    class_=f"bar bin {layer.kind}",
                )
            )  # fmt: skip
    return element(
        "g",
        tooltip(f"{note} ({', '.join(parts)})" if parts else note),
        element(
            "rect", x=percent(index * share), y=_TOP, width=percent(share),
            height=_PLOT_HEIGHT, class_="hit",
        ),
        *rectangles,
    )  # fmt: skip


def _is_outside(
    index: int, edges: Sequence[float], low: float | None, high: float | None
) -> bool:
    middle = (edges[index] + edges[index + 1]) / 2
    return (low is not None and middle < low) or (high is not None and middle > high)


def _position(value: float, edges: Sequence[float]) -> float:
    """Where a value lies across the bins, as a fraction of the width."""
    if value <= edges[0]:
        return 0.0
    if value >= edges[-1]:
        return 1.0
    index = bisect_right(edges, value) - 1
    inside = (value - edges[index]) / (edges[index + 1] - edges[index])
    return (index + inside) / (len(edges) - 1)


def _mark(position: float, text: str) -> Svg:
    x = percent(position)
    anchor = "start" if position < 0.5 else "end"
    return element(
        "g",
        element(
            "line", x1=x, x2=x, y1=_TOP - 4, y2=_TOP + _PLOT_HEIGHT, class_="threshold"
        ),
        label(x, _TOP - 9, text, class_="threshold-words", anchor=anchor),
    )
