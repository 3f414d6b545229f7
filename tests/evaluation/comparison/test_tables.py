import json

import numpy as np
import pytest

from taojin.core.errors import ConfigurationError, DataError
from taojin.core.estimates import Estimate
from taojin.evaluation.comparison import ComparisonConfig, Measured, compare_models
from taojin.evaluation.intervals import IntervalConfig, bootstrap_mean
from taojin.evaluation.scores import Score

CONFIG = ComparisonConfig(intervals=IntervalConfig(num_resamples=500))


def score(name, values, better="higher", null=None, extractor=None, axis="realism"):
    at = (
        None
        if null is None
        else Estimate(value=null, low=null, high=null, num_samples=0)
    )
    return Score(
        name=name,
        axis=axis,  # pyright: ignore[reportArgumentType]
        better=better,  # pyright: ignore[reportArgumentType]
        estimate=bootstrap_mean(np.asarray(values), CONFIG.intervals),
        null=at,
        extractor=extractor,
        num_generated=len(values),
    )


def measured(name, values, **options):
    values = np.asarray(values, float)
    return Measured(score(name, values, **options), per_item=values)


def models(better="higher", null=None, num_items=80):
    random = np.random.default_rng(0)
    shared = random.normal(size=num_items)
    noisy = {
        model: shared + shift + 0.3 * random.normal(size=num_items)
        for model, shift in (("small", 0.0), ("large", 1.0), ("twin", 0.02))
    }
    return {
        model: [measured("quality", values, better=better, null=null)]
        for model, values in noisy.items()
    }


def winners(table):
    return {
        (row["first"], row["second"]): row["winner"] for row in table["differences"]
    }


def test_only_what_differs_wins():
    table = compare_models(models(), CONFIG)

    assert winners(table) == {
        ("small", "large"): "large",
        ("small", "twin"): None,
        ("large", "twin"): "large",
    }
    assert table["metrics"][0]["best"] == ["large"]
    assert table["profiles"]["large"] == {"realism": 1.0}
    assert table["profiles"]["small"] == {"realism": 0.25}
    assert {row["method"] for row in table["differences"]} == {"paired_items"}


def test_the_better_side_is_that_of_the_metric():
    lower = compare_models(models("lower"), CONFIG)
    like_real = compare_models(models("like_real", null=1.0), CONFIG)

    assert lower["metrics"][0]["best"] == ["small", "twin"]
    assert winners(like_real)["small", "large"] == "large"
    assert winners(like_real)["small", "twin"] is None


def test_the_table_is_json():
    table = compare_models(models("like_real", null=0.0), CONFIG)

    assert json.loads(json.dumps(table)) == table


def test_a_baseline_is_compared_with_every_other_model():
    config = CONFIG.model_copy(update={"baseline": "small"})

    assert winners(compare_models(models(), config)) == {
        ("large", "small"): "large",
        ("twin", "small"): None,
    }


def test_more_questions_make_findings_rarer():
    random = np.random.default_rng(1)
    shared = random.normal(size=(40, 30))
    several = {
        model: [
            measured(f"metric_{i}", row + random.normal(size=30))
            for i, row in enumerate(shared)
        ]
        for model in ("one", "other")
    }

    raw = compare_models(several, CONFIG.model_copy(update={"correction": "none"}))
    holm = compare_models(several, CONFIG)

    assert sum(winner is not None for winner in map_winners(raw)) >= 1
    assert all(winner is None for winner in map_winners(holm))


def map_winners(table):
    return [row["winner"] for row in table["differences"]]


def test_resamples_of_the_same_items_are_paired():
    random = np.random.default_rng(2)
    shared = random.normal(size=500)
    noise = random.normal(size=(2, 500)) * 0.01
    several = {
        model: [
            Measured(score("s", shared + shift + own), resamples=shared + shift + own)
        ]
        for model, shift, own in (("one", 0.2, noise[0]), ("other", 0.0, noise[1]))
    }

    row = compare_models(several, CONFIG)["differences"][0]

    assert row["method"] == "paired_resamples"
    assert row["winner"] == "one"
    assert row["gain"]["high"] - row["gain"]["low"] < 0.1


def test_without_anything_to_pair_the_intervals_decide():
    several = {model: [Measured(one[0].score)] for model, one in models().items()}

    table = compare_models(several, CONFIG)

    assert {row["method"] for row in table["differences"]} == {"independent_intervals"}
    assert winners(table)["small", "large"] == "large"
    assert winners(table)["small", "twin"] is None
    paired = compare_models(models(), CONFIG)
    widths = [row["gain"]["high"] - row["gain"]["low"] for row in table["differences"]]
    narrow = [row["gain"]["high"] - row["gain"]["low"] for row in paired["differences"]]
    assert all(wide > 2 * thin for wide, thin in zip(widths, narrow, strict=True))


def test_the_order_of_items_makes_no_difference():
    for options in ({}, {"better": "like_real", "null": 0.4}):
        given = models(**options)
        order = np.random.default_rng(3).permutation(80)
        turned = {
            model: [Measured(one[0].score, per_item=np.asarray(one[0].per_item)[order])]
            for model, one in given.items()
        }
        assert compare_models(given, CONFIG) == compare_models(turned, CONFIG)


@pytest.mark.parametrize(
    ("several", "message"),
    [
        ({"one": [measured("a", [1, 2])]}, "needs two models"),
        (
            {"one": [measured("a", [1, 2])], "other": [measured("b", [1, 2])]},
            "do not share the metrics",
        ),
        (
            {"one": [measured("a", [1, 2])], "other": [measured("a", [1, 2, 3])]},
            "do not pair",
        ),
        (
            {
                "one": [measured("a", [1, 2], extractor="x")],
                "other": [measured("a", [1, 2], extractor="y")],
            },
            "not comparable",
        ),
        (
            {model: [measured("a", [1, 2], better="like_real")] for model in "xy"},
            "measure its null",
        ),
        (
            {model: [measured("a", [1, 2]), measured("a", [3, 4])] for model in "xy"},
            "two scores of",
        ),
        (
            {
                model: [Measured(score("a", [1, 2]), per_item=np.array([5.0, 6.0]))]
                for model in "xy"
            },
            "have mean 5.5, and the score is 1.5",
        ),
    ],
)
def test_what_does_not_compare_is_refused(several, message):
    with pytest.raises(DataError, match=message):
        compare_models(several, CONFIG)


def test_an_unknown_baseline_is_refused():
    with pytest.raises(ConfigurationError, match="'huge' is none of the models"):
        compare_models(models(), CONFIG.model_copy(update={"baseline": "huge"}))
