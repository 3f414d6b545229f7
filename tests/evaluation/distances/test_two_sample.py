import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from taojin.evaluation.distances.two_sample import (
    TwoSampleConfig,
    score_two_sample,
    two_sample_test,
)
from taojin.evaluation.features import FeatureTable
from taojin.evaluation.separation import area_under_curve

CONFIG = TwoSampleConfig(num_folds=3, num_permutations=10)


def rows(seed, num_items=60, shift=0.0):
    return np.random.default_rng(seed).standard_normal((num_items, 4)) + shift


def test_area_and_variance_are_those_of_the_definition():
    random = np.random.default_rng(0)
    positive = np.array(random.integers(2, 11, 40), np.float64)
    negative = np.array(random.integers(0, 9, 30), np.float64)
    labels = np.repeat([1, 0], [40, 30])
    above = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    expected = (
        np.var(above.mean(axis=1), ddof=1) / 40
        + np.var(above.mean(axis=0), ddof=1) / 30
    )

    area, variance = area_under_curve(positive, negative)

    scores = np.concatenate([positive, negative])
    assert area == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert variance == pytest.approx(expected, abs=1e-12)


def test_a_set_cannot_be_told_from_itself():
    found = two_sample_test(rows(1), rows(1)[::-1], CONFIG)

    assert found.auc == pytest.approx(0.5)


def test_a_shift_is_found_and_nothing_is_not():
    nothing = two_sample_test(rows(1, 120), rows(2, 120), CONFIG)
    shifted = two_sample_test(rows(1, 120), rows(2, 120, shift=0.6), CONFIG)

    assert nothing.p_value > 0.05
    assert shifted.p_value < 0.001
    assert shifted.auc > 0.75


@pytest.mark.long
def test_only_a_network_sees_what_lies_in_combinations():
    random = np.random.default_rng(0)
    real = random.standard_normal((300, 2))
    generated = random.standard_normal((300, 2))
    generated[:, 1] = np.abs(generated[:, 1]) * np.sign(generated[:, 0])
    network = CONFIG.model_copy(update={"classifier": "network", "penalty": 1e-3})

    blind = score_two_sample(
        FeatureTable(generated, "f"), FeatureTable(real, "f"), None, CONFIG
    )
    seeing = two_sample_test(generated, real, network)

    assert blind.estimate.value < 0.6
    assert seeing.auc > 0.7


@pytest.mark.long
def test_the_error_is_that_of_repeated_experiments():
    found = [
        two_sample_test(rows(2 * seed), rows(2 * seed + 1), CONFIG)
        for seed in range(25)
    ]

    spread = np.sqrt(np.mean([(one.auc - 0.5) ** 2 for one in found]))
    error = np.sqrt(np.mean([one.null_error**2 for one in found]))
    assert error == pytest.approx(spread, rel=0.4)
