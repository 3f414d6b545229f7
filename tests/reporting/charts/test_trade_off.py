# ruff: noqa: S314  (only XML of our own making is read)
import xml.etree.ElementTree as ET

from taojin.core.estimates import Estimate
from taojin.reporting.charts.trade_off import Point, trade_off_chart


def estimate(value: float, margin: float) -> Estimate:
    low, high = value - margin, value + margin
    return Estimate(value=value, low=low, high=high, num_samples=9)


def dots(svg: str) -> list[tuple[float, float]]:
    """Places of the points, without those of the legend."""
    return [
        (float(dot.attrib["cx"].removesuffix("%")), float(dot.attrib["cy"]))
        for dot in ET.fromstring(svg).iter("circle")
        if dot.attrib["r"] == "4.5"
    ]


def chart(*points: tuple[float, float]) -> str:
    series = [
        Point(f"{place}", estimate(across, 0.1), estimate(up, 0.1))
        for place, (across, up) in enumerate(points)
    ]
    return trade_off_chart("Trade", ("across", "up"), [("model", series)])


def test_more_of_the_one_is_to_the_right_and_more_of_the_other_higher() -> None:
    (x_first, y_first), (x_second, y_second) = dots(chart((0.2, 0.3), (0.8, 0.9)))
    assert x_first < x_second
    assert y_first > y_second


def test_both_intervals_of_a_point_are_drawn_through_it() -> None:
    root = ET.fromstring(chart((0.5, 0.5), (0.7, 0.9)))
    ((x, y), _) = dots(chart((0.5, 0.5), (0.7, 0.9)))
    crosses = [
        {
            name: float(line.attrib[name].removesuffix("%"))
            for name in ("x1", "x2", "y1", "y2")
        }
        for line in root.iter("line")
        if "style" in line.attrib
    ]
    across, upright = crosses[:2]
    assert across["x1"] < x < across["x2"]
    assert across["y1"] == across["y2"] == y
    assert upright["y2"] < y < upright["y1"]


def test_names_stand_beside_points_and_in_the_description() -> None:
    root = ET.fromstring(chart((0.5, 0.5), (0.7, 0.9)))
    written = [text.text for text in root.iter("text")]
    assert {"0", "1", "model", "across", "up"} <= set(written)
    assert "model 1: across 0.70 [0.60, 0.80]" in (root.findtext("desc") or "")
