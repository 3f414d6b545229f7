# ruff: noqa: S314  (only XML of our own making is read)
import xml.etree.ElementTree as ET

import pytest

from taojin.reporting.charts.radar import radar_chart

AXES = ["diversity", "realism", "legality", "usability"]


def corners(svg: str, style: bool) -> list[list[tuple[float, ...]]]:
    shapes = [
        shape
        for shape in ET.fromstring(svg).iter("polygon")
        if ("style" in shape.attrib) is style
    ]
    return [
        [tuple(map(float, pair.split(","))) for pair in shape.attrib["points"].split()]
        for shape in shapes
    ]


def test_a_share_of_one_is_on_the_outermost_ring_and_of_zero_in_the_centre() -> None:
    svg = radar_chart("Won", AXES, {"ours": [1.0, 0.0, 1.0, 0.5]})
    (shape,) = corners(svg, style=True)
    outermost = corners(svg, style=False)[-1]
    assert shape[0] == outermost[0]
    assert shape[2] == outermost[2]
    assert shape[1] == (180.0, 180.0)
    assert shape[3][0] == pytest.approx((180.0 + outermost[3][0]) / 2)


def test_the_first_axis_is_at_the_top_and_they_go_clockwise() -> None:
    ring = corners(radar_chart("Won", AXES, {}), style=False)[-1]
    assert ring[0][1] < 180.0
    assert ring[1][0] > 180.0
    assert ring[2][1] > 180.0


def test_every_profile_is_told_in_words_and_foreign_text_is_escaped() -> None:
    svg = radar_chart("Won", AXES, {"<b>": [0.25] * 4, "b": [1.0] * 4})
    described = ET.fromstring(svg).findtext("desc") or ""
    assert "<b>: diversity 0.25, realism 0.25" in described
    assert "<b>" not in svg
