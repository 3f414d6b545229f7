import numpy as np
import pytest
from scipy.stats import spearmanr

from taojin.core.errors import CountMismatchError, DataError
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.usability import (
    FollowingConfig,
    LabelledItems,
    attribute_following,
)

CONFIG = FollowingConfig(intervals=IntervalConfig(num_resamples=500))
NAMES = ("calm", "angry", "glad")


def judge(items):
    """Items are (true attribute, what the judge sees)."""
    return [seen for _, seen in items]


def seen_by(random, truth, error):
    return [
        (own, random.choice([name for name in NAMES if name != own]))
        if random.random() < error
        else (own, own)
        for own in truth
    ]


def study(seed, followed, error=0.2, num_items=300, num_real=300):
    random = np.random.default_rng(seed)
    asked = random.choice(NAMES, num_items).tolist()
    truth = [
        own
        if random.random() < followed
        else random.choice([n for n in NAMES if n != own])
        for own in asked
    ]
    real = random.choice(NAMES, num_real).tolist()
    scores = attribute_following(
        seen_by(random, truth, error),
        asked,
        judge,
        LabelledItems(seen_by(random, real, error), real),
        CONFIG,
    )
    return {score.name: score for score in scores}


def test_the_share_by_hand():
    # The judge sees 80 of 100 real "x" and, wrongly, 10 of 100 others; it finds "x" in
    # 45 of 100 items asked to be "x": (0.45 - 0.1) / (0.8 - 0.1) = 0.5.
    real = [("x", "x")] * 80 + [("x", "o")] * 20 + [("o", "x")] * 10 + [("o", "o")] * 90
    found = [("?", "x")] * 45 + [("?", "o")] * 55

    scores = attribute_following(
        found,
        ["x"] * 100,
        judge,
        LabelledItems(real, [own for own, _ in real]),
        CONFIG,
    )

    assert [score.estimate.value for score in scores] == pytest.approx(
        [0.45, 0.5, 0.85]
    )
    assert [score.name for score in scores] == [
        "attribute_found",
        "attribute_followed",
        "judge_accuracy",
    ]


def test_the_correction_finds_the_true_share_where_the_raw_one_does_not():
    found = [study(seed, 0.9, error=0.3) for seed in range(40)]
    followed = [one["attribute_followed"].estimate for one in found]
    raw = [one["attribute_found"].estimate.value for one in found]

    assert np.mean([one.value for one in followed]) == pytest.approx(0.9, abs=0.03)
    assert np.mean(raw) < 0.75
    assert np.mean([one.low <= 0.9 <= one.high for one in followed]) >= 0.85


def test_a_perfect_judge_needs_no_correction():
    found = study(0, 0.8, error=0.0)

    assert found["attribute_followed"].estimate.value == pytest.approx(
        found["attribute_found"].estimate.value
    )
    assert found["judge_accuracy"].estimate.value == 1.0


def test_real_items_as_generated_ones_follow_wholly():
    estimate = study(3, 1.0)["attribute_followed"].estimate

    assert estimate.low < 1.0 <= estimate.high


def test_the_share_falls_with_what_is_not_followed():
    levels = (0.0, 0.25, 0.5, 0.75, 1.0)
    shares = [
        study(1, 1 - level)["attribute_followed"].estimate.value for level in levels
    ]

    assert spearmanr(levels, shares)[0] == pytest.approx(-1.0)


def test_the_order_of_items_makes_no_difference():
    random = np.random.default_rng(0)
    truth = random.choice(NAMES, 100).tolist()
    items, real = seen_by(random, truth, 0.2), seen_by(random, truth, 0.2)

    given = attribute_following(items, truth, judge, LabelledItems(real, truth), CONFIG)
    turned = attribute_following(
        items[::-1], truth[::-1], judge, LabelledItems(real[::-1], truth[::-1]), CONFIG
    )

    assert given == turned


def test_a_loss_of_the_size_called_detectable_is_found_four_times_in_five():
    size = np.mean(
        [study(s, 0.8)["attribute_followed"].min_detectable or 0.0 for s in range(10)]
    )
    num_found = sum(
        study(seed, 0.8 - size)["attribute_followed"].estimate.high < 0.8
        for seed in range(100, 180)
    )

    assert 0.65 < num_found / 80 < 0.95


def test_a_judge_that_cannot_tell_is_refused():
    with pytest.raises(DataError, match=r"finds 'angry' in .* train a better judge"):
        study(0, 0.5, error=2 / 3)


def test_errors_need_enough_real_items():
    with pytest.raises(DataError, match=r"real items with the attribute .*at least 20"):
        study(0, 0.5, num_real=30)


def test_nothing_is_left_without_an_answer():
    real = LabelledItems([("x", "x")], ["x"])
    with pytest.raises(CountMismatchError, match="2 generated items have 1 attributes"):
        attribute_following(["a", "b"], ["x"], judge, real, CONFIG)
    with pytest.raises(CountMismatchError, match="gave 0 attributes for 1 generated"):
        attribute_following(["a"], ["x"], lambda _: [], real, CONFIG)
    with pytest.raises(DataError, match="0 generated items, and at least 1"):
        attribute_following([], [], judge, real, CONFIG)
