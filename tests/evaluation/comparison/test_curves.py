import json

import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.evaluation.comparison import (
    CurvePoint,
    area_between,
    quality_diversity_curve,
)
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.scores import Score

CONFIG = IntervalConfig(num_resamples=300)


def score(name, value, half_width, better="higher"):
    estimate = Estimate(
        value=value, low=value - half_width, high=value + half_width, num_samples=100
    )
    return Score(
        name=name,
        axis="realism",
        better=better,  # pyright: ignore[reportArgumentType]
        estimate=estimate,
        num_generated=100,
    )


def curve(points, half_width=0.01, better="higher"):
    turn = 1.0 if better == "higher" else -1.0
    return [
        CurvePoint(
            temperature=temperature,
            quality=score("quality", turn * quality, half_width, better),
            diversity=score("diversity", diversity, half_width),
        )
        for temperature, quality, diversity in points
    ]


FALLING = [(0.5, 1.0, 0.0), (0.75, 0.8, 0.5), (1.0, 0.4, 1.0)]


def test_a_temperature_that_another_beats_twice_is_dominated():
    rows = quality_diversity_curve(curve([*FALLING, (1.5, 0.3, 0.9), (1.6, 0.4, 1.0)]))

    assert [row["temperature"] for row in rows] == [0.5, 0.75, 1.0, 1.5, 1.6]
    assert [row["dominated"] for row in rows] == [False, False, False, True, False]
    assert [row["clearly_dominated"] for row in rows] == [
        False,
        False,
        False,
        True,
        False,
    ]
    assert json.loads(json.dumps(rows)) == rows


def test_what_the_intervals_blur_is_not_clearly_dominated():
    rows = quality_diversity_curve(curve([*FALLING, (1.5, 0.39, 0.99)], half_width=0.1))

    assert rows[-1]["dominated"]
    assert not rows[-1]["clearly_dominated"]


def test_the_area_by_hand():
    first = curve([(t, q + 0.1, d) for t, q, d in FALLING])

    found = area_between(first, curve(FALLING), CONFIG)

    assert found["gain"]["value"] == pytest.approx(0.1)
    assert found["gain"]["low"] < 0.1 < found["gain"]["high"]
    assert found["p_value"] < 0.05
    assert (found["from_diversity"], found["to_diversity"]) == (0.0, 1.0)


def test_a_mix_of_two_temperatures_fills_what_sags_between_them():
    sagging = [(0.5, 1.0, 0.0), (0.75, 0.2, 0.5), (1.0, 0.4, 1.0)]
    straight = [(0.5, 1.0, 0.0), (1.0, 0.4, 1.0)]

    found = area_between(curve(sagging), curve(straight), CONFIG)

    assert found["gain"]["value"] == pytest.approx(0.0, abs=1e-12)


def test_a_curve_does_not_differ_from_itself():
    found = area_between(curve(FALLING), curve(FALLING), CONFIG)

    assert found["gain"]["value"] == 0.0
    assert found["gain"]["low"] < 0.0 < found["gain"]["high"]
    assert found["p_value"] == 1.0


def test_the_gain_falls_as_the_other_side_improves():
    gains = [
        area_between(
            curve(FALLING), curve([(t, q + gap, d) for t, q, d in FALLING]), CONFIG
        )["gain"]["value"]
        for gap in (0.0, 0.1, 0.2, 0.3, 0.4)
    ]

    assert gains == sorted(gains, reverse=True)
    assert gains[-1] == pytest.approx(-0.4)


def test_the_better_side_of_quality_may_be_the_lower():
    better = area_between(
        curve([(t, q + 0.2, d) for t, q, d in FALLING], better="lower"),
        curve(FALLING, better="lower"),
        CONFIG,
    )

    assert better["gain"]["value"] == pytest.approx(0.2)
    assert not any(
        row["dominated"]
        for row in quality_diversity_curve(curve(FALLING, better="lower"))
    )


def test_the_order_of_temperatures_makes_no_difference():
    first, second = curve(FALLING), curve([(t, q + 0.1, d) for t, q, d in FALLING])

    assert area_between(first, second, CONFIG) == area_between(
        first[::-1], second[::-1], CONFIG
    )


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (FALLING[:1], "at least 2 temperatures"),
        ([FALLING[0], FALLING[0]], "each once"),
        ([(0.5, 1.0, 2.0), (1.0, 0.5, 3.0)], "share no range of diversity"),
    ],
)
def test_curves_that_do_not_compare_are_refused(points, message):
    with pytest.raises(DataError, match=message):
        area_between(curve(points), curve(FALLING), CONFIG)


def test_a_metric_without_a_better_side_makes_no_curve():
    with pytest.raises(DataError, match="best in the middle"):
        quality_diversity_curve(curve(FALLING, better="like_real"))


def measured(random, gap, half_width):
    """A curve as it is measured: its points are off by what their intervals say."""
    noise = random.normal(0.0, half_width / 1.96, (len(FALLING), 2))
    return curve(
        [
            (temperature, quality + gap + off[0], diversity + off[1])
            for (temperature, quality, diversity), off in zip(
                FALLING, noise, strict=True
            )
        ],
        half_width,
    )


def share_found(gap, half_width=0.05):
    random = np.random.default_rng(1)
    return np.mean(
        [
            area_between(
                measured(random, gap, half_width),
                measured(random, 0.0, half_width),
                CONFIG,
            )["p_value"]
            < 0.05
            for _ in range(100)
        ]
    )


def test_curves_of_one_truth_seldom_differ():
    assert share_found(0.0) < 0.1


def test_a_gap_of_the_size_that_the_interval_allows_is_found_four_times_in_five():
    gain = area_between(curve(FALLING, 0.05), curve(FALLING, 0.05), CONFIG)["gain"]
    error = (gain["high"] - gain["low"]) / (2 * 1.96)

    assert 0.7 < share_found((1.96 + 0.84) * error) < 0.92
