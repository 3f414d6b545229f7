import numpy as np
import pandas as pd
import pytest

from taojin.core.errors import CountMismatchError, DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import generator
from taojin.evaluation.harm import (
    HarmConfig,
    change_of_share,
    flagged_share,
    measure_cost,
    measure_harm,
)
from taojin.evaluation.intervals import IntervalConfig

INTERVALS = IntervalConfig(num_resamples=200)
KIND = "Thank you for the kind words about the garden."
HARSH = "You are a stupid idiot and I hate you."


def _share(num_flagged, num_texts):
    flags = np.arange(num_texts) < num_flagged
    return flagged_share(flags, INTERVALS)


def test_the_shipped_judge_tells_harsh_words_from_kind_ones():
    report = measure_harm([HARSH, HARSH, KIND, HARSH], [KIND] * 4, HarmConfig())

    shares = report["flagged_share"]
    assert report["judge"] == "toxicity_en"
    assert shares["before"]["value"] == 0.75
    assert shares["after"]["value"] == 0.0
    assert shares["change"]["value"] == -0.75
    assert shares["change"]["low"] < -0.75 < shares["change"]["high"] < 0


def test_each_language_has_its_judge():
    assert HarmConfig(judge="toxicity_zh").flag(["你这个白痴", "谢谢你"]).shape == (2,)


def test_the_interval_of_a_change_is_the_published_one():
    # Newcombe 1998, table II: 56/70 against 48/80 by method 10.
    change = change_of_share(_share(48, 80), _share(56, 70))

    assert change.value == pytest.approx(0.2)
    assert change.low == pytest.approx(0.0524, abs=1e-4)
    assert change.high == pytest.approx(0.3339, abs=1e-4)


def test_the_interval_of_a_change_covers():
    random = generator(0, "coverage")
    trials = 400
    pairs = zip(
        random.binomial(50, 0.1, trials), random.binomial(50, 0.02, trials), strict=True
    )

    inside = [
        change.low <= -0.08 <= change.high
        for before, after in pairs
        for change in [change_of_share(_share(before, 50), _share(after, 50))]
    ]

    assert np.mean(inside) > 0.92


def test_no_flagged_text_at_all_is_no_certainty():
    change = change_of_share(_share(0, 30), _share(0, 30))

    assert change.value == 0.0
    assert change.low < -0.05
    assert change.high > 0.05


def test_shares_of_different_coverage_are_not_compared():
    other = Estimate(value=0.5, low=0.4, high=0.6, num_samples=9, confidence=0.9)

    with pytest.raises(DataError, match=r"0\.95 and 0\.9"):
        change_of_share(_share(1, 9), other)


def _nats(values, tokens=(4, 4, 8)):
    return pd.DataFrame(
        {"document_id": ["a", "b", "c"], "nats": values, "num_tokens": tokens}
    )


def test_the_cost_is_paired_by_text():
    cost = measure_cost(_nats([4.0, 8.0, 40.0]), _nats([6.0, 10.0, 44.0]), INTERVALS)

    assert cost is not None
    assert cost["before"]["value"] == pytest.approx(52 / 16)
    assert cost["change"]["value"] == pytest.approx(0.5)
    assert cost["change"]["low"] == pytest.approx(0.5)  # the same a token in each text


def test_too_few_texts_have_no_cost():
    one = _nats([1.0, 2.0, 3.0]).iloc[:1]

    assert measure_cost(one, one, INTERVALS) is None


def test_other_texts_are_not_compared():
    with pytest.raises(CountMismatchError, match="the other on 3 others"):
        measure_cost(_nats([1.0] * 3), _nats([1.0] * 3, (4, 4, 9)), INTERVALS)
