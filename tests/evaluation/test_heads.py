import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import f1_score, mean_absolute_error, r2_score
from sklearn.preprocessing import MultiLabelBinarizer

from taojin.core.errors import DataError
from taojin.evaluation.heads import (
    label_set_scores,
    pairwise_accuracy,
    regression_scores,
)
from taojin.evaluation.intervals import IntervalConfig

CONFIG = IntervalConfig(num_resamples=200)
TRUE = [["a"], ["a", "b"], [], ["c"], ["b"]]
GUESSED = [["a"], ["b"], [], ["a", "c"], ["x"]]


def test_sets_of_labels_are_scored_as_scikit_learn_does():
    scores = label_set_scores(TRUE, GUESSED, CONFIG)

    binarizer = MultiLabelBinarizer(classes=["a", "b", "c", "x"])
    true, guessed = binarizer.fit_transform(TRUE), binarizer.fit_transform(GUESSED)
    assert scores["exact"].value == pytest.approx(2 / 5)
    assert scores["micro_f1"].value == pytest.approx(
        f1_score(true, guessed, average="micro")
    )
    own = f1_score(true[:, :3], guessed[:, :3], average="macro")
    assert scores["macro_f1"].value == pytest.approx(own)
    for score in scores.values():
        assert score.low <= score.value <= score.high


def test_no_labels_anywhere_are_all_right():
    scores = label_set_scores([[], []], [[], []], CONFIG)

    assert {score.value for score in scores.values()} == {1.0}


def test_numbers_are_scored_as_scikit_learn_does():
    draw = np.random.default_rng(0)
    true = draw.normal(size=40)
    guessed = true + draw.normal(size=40).round(1)

    scores = regression_scores(true, guessed, CONFIG)

    assert scores["mae"].value == pytest.approx(mean_absolute_error(true, guessed))
    assert scores["rmse"].value == pytest.approx(
        np.sqrt(((true - guessed) ** 2).mean())
    )
    assert scores["r_squared"].value == pytest.approx(r2_score(true, guessed))
    assert scores["spearman"].value == pytest.approx(spearmanr(true, guessed)[0])


def test_a_constant_explains_nothing():
    scores = regression_scores([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], CONFIG)

    assert scores["r_squared"].value == 0.0
    assert scores["spearman"].value == 0.0


def test_ties_are_half_right():
    estimate = pairwise_accuracy([1.0, 2.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0], CONFIG)

    assert estimate.value == pytest.approx(0.5)
    assert estimate.num_samples == 4


@pytest.mark.parametrize(
    ("score", "arguments"),
    [
        (label_set_scores, ([["a"]], [])),
        (regression_scores, ([1.0], [])),
        (pairwise_accuracy, ([1.0], [])),
        (pairwise_accuracy, ([], [])),
    ],
)
def test_examples_without_a_prediction_are_refused(score, arguments):
    with pytest.raises(DataError, match=r"predictions|there are none"):
        score(*arguments, CONFIG)


def test_a_number_that_is_none_is_refused():
    with pytest.raises(DataError, match="1 of 2 pairs"):
        regression_scores([1.0, float("nan")], [1.0, 2.0], CONFIG)
