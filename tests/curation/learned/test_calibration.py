import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.curation.learned.calibration import (
    fit_platt,
    measure_reliability,
    sigmoid,
)


def drawn(slope, intercept, count=20_000):
    random = np.random.default_rng(3)
    margins = random.normal(size=count) * 5
    return margins, random.random(count) < sigmoid(slope * margins + intercept)


def test_platt_finds_the_sigmoid_that_labels_were_drawn_from():
    margins, positives = drawn(0.7, -1.0)
    slope, intercept = fit_platt(margins, positives)
    assert slope == pytest.approx(0.7, abs=0.03)
    assert intercept == pytest.approx(-1.0, abs=0.06)


def test_calibration_lowers_the_error_of_overconfident_scores():
    margins, positives = drawn(0.2, 0.3)
    slope, intercept = fit_platt(margins, positives)
    before = measure_reliability(sigmoid(margins), positives).error
    after = measure_reliability(sigmoid(slope * margins + intercept), positives).error
    assert after < 0.01 < before


def test_separable_margins_keep_a_finite_slope():
    margins = np.array([-2.0, -1.0, 1.0, 2.0])
    slope, _ = fit_platt(margins, margins > 0)
    assert 0 < slope < 100


def test_a_text_of_no_weight_does_not_count():
    margins, positives = drawn(0.7, -1.0)
    both = np.r_[margins, margins]
    labels = np.r_[positives, ~positives]
    weights = np.r_[np.ones(len(margins)), np.full(len(margins), 1e-9)]
    slope, _ = fit_platt(both, labels, weights)
    assert slope == pytest.approx(0.7, abs=0.03)
    assert abs(fit_platt(both, labels)[0]) < 0.01


def test_one_label_alone_is_refused():
    with pytest.raises(DataError, match="3 positive and 0 negative"):
        fit_platt(np.zeros(3), np.ones(3, bool))


def test_perfect_scores_have_no_error_and_bins_hold_all_texts():
    positives = np.arange(100) >= 50
    found = measure_reliability(positives.astype(float), positives)
    assert found.error == 0.0
    assert found.counts.sum() == 100
    assert (np.diff(found.scores) >= 0).all()


def test_fewer_texts_than_bins_are_refused():
    with pytest.raises(DataError, match="10 bins"):
        measure_reliability(np.zeros(9), np.zeros(9, bool))
