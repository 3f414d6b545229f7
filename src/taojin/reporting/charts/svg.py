"""Elements of SVG as escaped strings."""

import html
import math
from collections.abc import Sequence

from taojin.core.foreign_text import make_visible, shorten


class Svg(str):
    """Finished markup; templates insert it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tell a template engine that escaping is done."""
        return str(self)


def element(name: str, *children: Svg, **attributes: str | float | None) -> Svg:
    """Build an element; ``class_`` means class, and ``_`` in a name a hyphen.

    Attributes that are None are left out.
    """
    written = "".join(
        f' {key.strip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Svg(f"<{name}{written}>{''.join(children)}</{name}>")


def words(text: str) -> Svg:
    """Escape foreign text for use inside an element."""
    return Svg(html.escape(make_visible(text)))


def label(
    x: str | float, y: float, text: str, *, class_: str = "", anchor: str = "start"
) -> Svg:
    """Write a line of text; ``anchor`` is start, middle or end."""
    return element("text", words(text), x=x, y=y, class_=class_, text_anchor=anchor)


def tooltip(text: str) -> Svg:
    """Describe the enclosing element on hovering, and to screen readers."""
    return element("title", words(text))


def percent(fraction: float) -> str:
    """Place or size something across the chart, as a fraction of its width."""
    return f"{100 * fraction:.3f}".rstrip("0").rstrip(".") + "%"


def chart(
    title: str, description: str, height: float, *children: Svg, class_: str = ""
) -> Svg:
    """Wrap the parts of a chart, with its name and its content in words."""
    return element(
        "svg",
        element("title", words(title)),
        element("desc", words(shorten(description, 1000))),
        *children,
        role="img",
        class_=f"chart {class_}".strip(),
        width="100%",
        height=height,
    )


def nice_ticks(low: float, high: float, num_ticks: int = 5) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``.

    Steps are 1, 2 or 5 times a power of ten. An empty range is widened.
    """
    if high <= low:
        margin = abs(low) * 0.1 or 1.0
        low, high = low - margin, high + margin
    rough = (high - low) / max(num_ticks - 1, 1)
    power = 10 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def fraction_of(value: float, ticks: Sequence[float]) -> float:
    """Where a value lies on an axis with these ticks: 0 at the first, 1 at the last."""
    return (value - ticks[0]) / (ticks[-1] - ticks[0])


def _attribute(value: str | float) -> str:
    if isinstance(value, str):
        return html.escape(make_visible(value))
    return f"{value:.2f}".rstrip("0").rstrip(".")
