"""Preferences under planted truth: rising with it, null without, and their power."""

import numpy as np
import pytest

from taojin.evaluation.human import PreferenceConfig, strengths, win_rates
from taojin.evaluation.human.judgements import Verdict
from taojin.evaluation.intervals import IntervalConfig

CONFIG = PreferenceConfig(intervals=IntervalConfig(num_resamples=200))
NUM_PAIRS = 200


def verdicts(outcomes, first="one", second="two"):
    return [
        Verdict(
            judge="ann",
            kind="comparison",
            item=item,
            first=first,
            second=second,
            outcome=float(outcome),
            answer={0.0: "b", 0.5: "tie", 1.0: "a"}[float(outcome)],
            pair_id=f"{first} {second} {item}",
            repeats=None,
        )
        for item, outcome in enumerate(outcomes)
    ]


def rate_of(outcomes):
    return win_rates(verdicts(outcomes), CONFIG)[0].score


def strength_of(outcomes):
    return strengths(verdicts(outcomes), CONFIG)["one"]


def won(num_wins):
    return [1.0] * num_wins + [0.0] * (NUM_PAIRS - num_wins)


@pytest.mark.parametrize("measure", [rate_of, strength_of])
def test_the_worse_a_model_the_less_it_is_preferred(measure):
    num_wins = (160, 130, 100, 70, 40)
    values = [measure(won(number)).estimate.value for number in num_wins]

    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(num_wins)


@pytest.mark.parametrize("measure", [rate_of, strength_of])
def test_even_preferences_are_at_the_null(measure):
    estimate = measure(won(NUM_PAIRS // 2)).estimate
    middle = 0.5 if measure is rate_of else 0.0

    assert estimate.value == pytest.approx(middle, abs=1e-9)
    assert estimate.low < middle < estimate.high


@pytest.mark.parametrize("measure", [rate_of, strength_of])
def test_models_that_are_alike_seldom_differ(measure):
    middle = 0.5 if measure is rate_of else 0.0
    random = np.random.default_rng(1)
    found = [measure(random.random(NUM_PAIRS) < 0.5).estimate for _ in range(200)]

    wrong = np.mean([not one.low <= middle <= one.high for one in found])
    assert wrong < 0.1


def test_the_order_of_verdicts_makes_no_difference():
    random = np.random.default_rng(2)
    given = [
        *verdicts(random.random(50) < 0.6),
        *verdicts(random.random(50) < 0.7, "one", "three"),
    ]
    moved = [given[place] for place in random.permutation(len(given))]

    assert win_rates(given, CONFIG) == win_rates(moved, CONFIG)
    assert strengths(given, CONFIG) == strengths(moved, CONFIG)


# statsmodels 0.15.0, proportion_confint(method="wilson"), a tie counted half
@pytest.mark.parametrize(
    ("counts", "confidence", "low", "high"),
    [
        ((57, 9, 90), 0.95, 0.581412699170232, 0.7702442381228483),
        ((57, 9, 90), 0.9, 0.5983350423679015, 0.7576307259180097),
        ((0, 0, 40), 0.95, 0.0, 0.08762160119728668),
        ((12, 0, 12), 0.95, 0.7575059933447589, 1.0),
        ((3, 5, 31), 0.9, 0.09202401382051767, 0.31460178269753586),
    ],
)
def test_intervals_equal_those_of_statsmodels(counts, confidence, low, high):
    num_wins, num_ties, total = counts
    outcomes = [1.0] * num_wins + [0.5] * num_ties
    outcomes += [0.0] * (total - len(outcomes))
    intervals = IntervalConfig(num_resamples=100, confidence=confidence)
    config = PreferenceConfig(intervals=intervals)

    found = win_rates(verdicts(outcomes), config)[0]

    assert found.num_ties == num_ties
    estimate = found.score.estimate
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-12)


# statsmodels 0.15.0, NormalIndPower(0).solve_power at 0.05 and 0.8, times the
# deviation of an even coin
@pytest.mark.parametrize(
    ("total", "expected"), [(30, 0.25574824206998814), (200, 0.09905089412155509)]
)
def test_the_smallest_difference_equals_that_of_statsmodels(total, expected):
    outcomes = [1.0, 0.0] * (total // 2)

    found = win_rates(verdicts(outcomes), CONFIG)[0].score.min_detectable

    assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("measure", [rate_of, strength_of])
def test_a_difference_of_the_stated_size_is_found_four_times_in_five(measure):
    least = measure(won(NUM_PAIRS // 2)).min_detectable
    middle = 0.5 if measure is rate_of else 0.0
    # Strengths have mean 0: the odds are those of twice the strength.
    chance = 0.5 + least if measure is rate_of else 1 / (1 + np.exp(-2 * least))
    random = np.random.default_rng(3)
    found = [
        measure(random.random(NUM_PAIRS) < chance).estimate.low > middle
        for _ in range(150)
    ]

    assert 0.7 < np.mean(found) < 0.9
