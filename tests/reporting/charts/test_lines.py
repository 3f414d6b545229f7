# ruff: noqa: S314  (only XML of our own making is read)
import xml.etree.ElementTree as ET

import pytest

from taojin.reporting.charts.lines import Series, line_chart, thin


def path(svg: str) -> list[tuple[float, float]]:
    found = next(ET.fromstring(svg).iter("path")).attrib["d"]
    return [
        (float(x), float(y))
        for x, y in map(str.split, found.removeprefix("M").split("L"))
    ]


def test_lines_run_from_edge_to_edge_with_the_largest_on_top() -> None:
    svg = line_chart("Loss", [Series("train", [(0, 10), (50, 5), (100, 0)])])
    assert path(svg) == [(0, 0), (500, 500), (1000, 1000)]


def test_dots_mark_the_points_of_a_series_that_has_few() -> None:
    series = Series("validation", [(0, 2), (10, 1)], has_dots=True)
    root = ET.fromstring(line_chart("Loss", [series]))
    assert [dot.attrib["class"] for dot in root.iter("circle")] == ["dot main"] * 2
    notes = [dot[0].text for dot in root.iter("circle")]
    assert notes == ["validation, 0: 2", "validation, 10: 1"]


@pytest.mark.parametrize("points", [[(5, 3)], [(5, 3), (5, 3)], [(0, 0)]])
def test_a_single_point_is_drawn(points: list[tuple[float, float]]) -> None:
    for x, y in path(line_chart("Loss", [Series("train", points)])):
        assert 0 <= x <= 1000
        assert 0 <= y <= 1000


def test_a_series_without_points_stands_in_the_legend_only() -> None:
    svg = line_chart("Loss", [Series("train", [(0, 1), (1, 2)]), Series("none", [])])
    root = ET.fromstring(svg)
    assert len(list(root.iter("path"))) == 1
    assert "none" in [text.text for text in root.iter("text")]


def test_the_chart_is_told_in_words() -> None:
    svg = line_chart("Loss", [Series("train", [(0, 8.31), (3000, 3.14)])])
    words = next(ET.fromstring(svg).iter("desc")).text
    assert words == "train goes from 8.31 at 0 to 3.14 at 3,000"


def test_a_long_line_has_few_spots_to_hover_over() -> None:
    points = [(float(step), 1.0 + step) for step in range(240)]
    svg = line_chart("Loss", [Series("train", points)])
    assert 40 < len(list(ET.fromstring(svg).iter("circle"))) < 90


def test_thinning_keeps_the_mean_and_the_order() -> None:
    points = [(float(step), float(step)) for step in range(1000)]
    thinned = thin(points, 100)
    assert len(thinned) == 100
    assert thinned[0] == (4.5, 4.5)
    assert thinned == sorted(thinned)
    assert thin(points[:7], 7) == points[:7]
    assert thin([], 5) == []
