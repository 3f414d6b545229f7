import re

from taojin.core.estimates import Estimate
from taojin.reporting.charts.curves import Curve, curve_chart


def point(number: int, value: float) -> tuple[int, Estimate]:
    return number, Estimate(
        value=value, low=value - 0.1, high=value + 0.1, num_samples=50
    )


def test_every_estimate_has_its_dot_and_its_words():
    chart = curve_chart(
        "Accuracy",
        [
            Curve("first", [point(10, 0.5), point(100, 0.7)]),
            Curve("second", [point(10, 0.6)]),
        ],
    )

    assert chart.count("<circle") == 3
    assert "first, 10: 0.50 [0.40, 0.60]" in chart
    assert "second: 0.60 [0.50, 0.70] at 10" in chart


def test_doublings_are_equally_far_apart():
    chart = curve_chart(
        "Accuracy", [Curve("one", [point(n, 0.5) for n in (10, 20, 40)])]
    )

    places = [float(x) for x in re.findall(r'<circle cx="([\d.]+)%"', chart)]
    assert abs((places[1] - places[0]) - (places[2] - places[1])) < 0.01


def test_one_point_alone_stands_in_the_middle():
    chart = curve_chart("Accuracy", [Curve("one", [point(10, 0.5)])])

    assert '<circle cx="50%"' in chart


def test_names_are_escaped():
    chart = curve_chart("Accuracy", [Curve("<script>", [point(10, 0.5)])])

    assert "<script" not in chart
