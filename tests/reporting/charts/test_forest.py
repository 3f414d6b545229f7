# ruff: noqa: S314  (only XML of our own making is read)
import xml.etree.ElementTree as ET

from taojin.core.estimates import Estimate
from taojin.reporting.charts.forest import Row, forest_plot


def row(name: str, value: float, low: float, high: float, main: bool = False) -> Row:
    return Row(name, Estimate(value=value, low=low, high=high, num_samples=7), main)


def fraction(position: str) -> float:
    return float(position.removesuffix("%")) / 100


def test_dots_and_intervals_stand_on_one_axis() -> None:
    rows = [row("ours", 1.0, 0.5, 1.5, main=True), row("theirs", 2.0, 1.5, 2.0)]
    root = ET.fromstring(forest_plot("Bits", rows))
    dots = [fraction(dot.attrib["cx"]) for dot in root.iter("circle")]
    assert dots == [0.5, 1.0]
    spans = [
        (fraction(line.attrib["x1"]), fraction(line.attrib["x2"]))
        for line in root.iter("line")
        if "interval" in line.attrib["class"]
    ]
    assert spans == [(0.25, 0.75), (0.75, 1.0)]


def test_only_the_main_row_has_the_main_colour() -> None:
    rows = [row("ours", 1, 0, 2, main=True), row("theirs", 1, 0, 2)]
    root = ET.fromstring(forest_plot("Bits", rows))
    kinds = [dot.attrib["class"] for dot in root.iter("circle")]
    assert kinds == ["dot main", "dot quiet"]


def test_an_axis_far_from_zero_does_not_begin_there() -> None:
    svg = forest_plot("Score", [row("a", 0.92, 0.91, 0.93), row("b", 0.95, 0.94, 0.96)])
    first = float(next(iter(ticks(svg))))
    assert first > 0.5


def ticks(svg: str) -> list[str]:
    found = ET.fromstring(svg).iter("text")
    return [text.text or "" for text in found if text.attrib["class"] == "tick"]


def test_a_number_without_width_is_drawn() -> None:
    svg = forest_plot("Score", [row("exact", 3, 3, 3)])
    assert 0 < fraction(next(ET.fromstring(svg).iter("circle")).attrib["cx"]) < 1


def test_numbers_of_a_column_have_the_same_decimals() -> None:
    svg = forest_plot(
        "F1", [row("a", 0.872, 0.845, 0.899), row("b", 0.006, 0.004, 0.008)]
    )
    assert "0.872 [0.845, 0.899]" in svg
    assert "0.006 [0.004, 0.008]" in svg


def test_hovering_tells_interval_and_samples() -> None:
    svg = forest_plot("F1", [row("ours", 0.5, 0.4, 0.6)])
    assert "ours: 0.50 [0.40, 0.60] (95% interval, 7 samples)" in svg
