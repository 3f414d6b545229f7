# ruff: noqa: S314  (only XML of our own making is read)
import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.5, 1]),
        (0, 97, [0, 50, 100]),
        (2.1, 8.3, [2, 4, 6, 8, 10]),
        (-1, 1, [-1, -0.5, 0, 0.5, 1]),
        (0.0012, 0.0049, [0.001, 0.002, 0.003, 0.004, 0.005]),
    ],
)
def test_ticks_are_round_and_enclose_the_data(
    low: float, high: float, ticks: list[float]
) -> None:
    assert nice_ticks(low, high) == ticks


@given(
    st.floats(-1e9, 1e9).filter(lambda x: x == 0 or abs(x) > 1e-6),
    st.floats(1e-4, 1e9),
)
def test_any_range_gets_a_few_ascending_ticks(low: float, width: float) -> None:
    high = low + width
    ticks = nice_ticks(low, high)
    slack = 1e-6 * max(abs(low), abs(high), 1e-3)
    assert 2 <= len(ticks) <= 12
    assert ticks == sorted(set(ticks))
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack


@pytest.mark.parametrize("value", [0, 5, -3, 1e-7])
def test_a_single_value_gets_an_axis_around_it(value: float) -> None:
    ticks = nice_ticks(value, value)
    assert ticks[0] < value < ticks[-1]
    assert 0 < fraction_of(value, ticks) < 1


def test_text_is_escaped_and_made_visible() -> None:
    written = label(0, 0, "<b>&\0\ud800\u202e")
    assert ET.fromstring(written).text == "<b>&␀\ufffd⟨U+202E⟩"


def test_attributes_are_escaped() -> None:
    written = element("rect", class_='a" onload="x', stroke_width=1.5, rx=None)
    assert ET.fromstring(written).attrib == {
        "class": 'a" onload="x',
        "stroke-width": "1.5",
    }


def test_a_chart_names_and_describes_itself() -> None:
    root = ET.fromstring(chart("Loss", "d" * 5000, 100, tooltip("x")))
    assert root.attrib["role"] == "img"
    assert [child.tag for child in root] == ["title", "desc", "title"]
    assert len(root[1].text or "") <= 1000


def test_positions_are_short_percentages() -> None:
    assert percent(0) == "0%"
    assert percent(1 / 3) == "33.333%"
    assert percent(1) == "100%"


def test_templates_take_markup_as_it_is() -> None:
    assert Svg("<g></g>").__html__() == "<g></g>"
    assert math.isclose(fraction_of(5, [0, 10]), 0.5)
