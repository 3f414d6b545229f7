import numpy as np
import pytest
from scipy.stats import norm

from taojin.core.errors import DataError
from taojin.evaluation.audits.results import (
    AuditResult,
    min_detectable_share,
    share_score,
)


def test_a_share_has_its_null_and_what_can_be_told_from_it():
    score = share_score("rate", [True, False, False, False], [False] * 10, 0.95)

    assert score.estimate.value == pytest.approx(0.25)
    assert score.null is not None
    assert (score.null.low, score.null.value) == (0.0, 0.0)
    assert score.min_detectable == min_detectable_share(0.0, 4, 10)
    assert (score.num_generated, score.num_real) == (4, 10)


def test_without_real_items_there_is_no_null():
    for real in (None, []):
        score = share_score("rate", [True, False], real, 0.95)
        assert score.null is score.min_detectable is None


@pytest.mark.parametrize("null", [0.0, 0.02, 0.3])
def test_a_planted_rise_of_the_detectable_size_is_found_four_times_in_five(null):
    num_generated, num_real, repetitions = 300, 500, 4000
    share = null + min_detectable_share(null, num_generated, num_real)
    random = np.random.default_rng(0)
    angles = [
        2 * np.arcsin(np.sqrt(random.binomial(count, p, repetitions) / count))
        for count, p in ((num_generated, share), (num_real, null))
    ]
    deviation = np.sqrt(1 / num_generated + 1 / num_real)

    found = (np.abs(angles[0] - angles[1]) / deviation > norm.isf(0.025)).mean()

    assert found == pytest.approx(0.8, abs=0.05)


def test_more_items_show_smaller_rises_and_none_above_one():
    rises = [min_detectable_share(0.1, n, n) for n in (10, 100, 1000)]

    assert rises == sorted(rises, reverse=True)
    assert min_detectable_share(0.9, 1, 1) == pytest.approx(0.1)


def test_scores_are_found_by_name_and_no_items_are_refused():
    result = AuditResult(scores=(share_score("a", [True], None, 0.95),))

    assert result.score("a").name == "a"
    with pytest.raises(KeyError, match="b"):
        result.score("b")
    with pytest.raises(DataError, match="a: 0 generated items, and at least 1"):
        share_score("a", [], None, 0.95)
