import numpy as np

from taojin.training.semi_supervised.config import SelfTrainingConfig, StudentConfig
from taojin.training.semi_supervised.self_training import self_train
from taojin.training.semi_supervised.student import Known


def clusters(per_class: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three classes along a line each, so that few examples mislead."""
    random = np.random.default_rng(seed)
    classes = np.repeat(np.arange(3), per_class)
    centres = np.eye(3)[classes] * 2.0
    return centres + random.normal(0.0, 0.8, (len(classes), 3)), classes


def run(labelled_per_class: int = 2, **settings):
    features, classes = clusters()
    order = np.random.default_rng(1).permutation(len(classes))
    known = np.concatenate(
        [order[classes[order] == n][:labelled_per_class] for n in range(3)]
    )
    rest = np.setdiff1d(order, known)
    calibration, pool, test = rest[::6], rest[1::2], rest[2::6]
    trained = self_train(
        features,
        Known(known, classes[known]),
        pool,
        Known(calibration, classes[calibration]),
        3,
        SelfTrainingConfig(**settings),
        StudentConfig(),
    )
    return trained, features, classes, pool, test


def test_pseudo_labels_are_as_right_as_they_are_sure():
    trained, _, classes, _, _ = run()
    taken = trained.pseudo_labels

    share = (taken.classes == classes[taken.rows]).mean()

    assert len(taken.rows) > 100
    assert abs(share - taken.confidences.mean()) < 0.06


def test_only_the_pool_gets_pseudo_labels_and_each_text_one():
    trained, _, _, pool, _ = run()
    rows = trained.pseudo_labels.rows

    assert set(rows) <= set(pool)
    assert (np.diff(rows) > 0).all()


def test_an_answer_below_the_threshold_is_not_taken():
    trained, *_ = run(min_confidence=0.8)

    assert trained.pseudo_labels.confidences.min() >= 0.8


def test_no_class_gets_more_than_its_share():
    trained, _, _, pool, _ = run(max_share=0.3, min_confidence=0.0)
    counts = np.bincount(trained.pseudo_labels.classes, minlength=3)

    assert counts.max() <= int(0.3 * len(pool) / 3)
    sizes = [int(row["num_pseudo_labels"] or 0) for row in trained.rounds]
    assert sizes == sorted(sizes)


def test_a_threshold_that_nothing_reaches_leaves_the_supervised_student():
    trained, features, *_, test = run(min_confidence=1.0, calibrate=False)
    alone, *_ = run(num_rounds=1, min_confidence=1.0, calibrate=False)

    assert len(trained.pseudo_labels.rows) == 0
    assert trained.rounds[-1]["mean_confidence"] is None
    first, second = (
        result.student.logits(features[test]) for result in (trained, alone)
    )
    np.testing.assert_array_equal(first, second)


def test_the_temperature_is_fitted_in_every_round():
    trained, *_ = run(num_rounds=3)
    raw, *_ = run(num_rounds=3, calibrate=False)

    assert len({row["temperature"] for row in trained.rounds}) == 3
    assert [row["temperature"] for row in raw.rounds] == [1.0, 1.0, 1.0]


def test_the_same_data_give_the_same_student_and_stay_as_they_are():
    features, _ = clusters()
    before = features.copy()

    first, same, *_, test = run()
    second, *_ = run()

    np.testing.assert_array_equal(same, before)
    np.testing.assert_array_equal(
        first.student.logits(features[test]), second.student.logits(features[test])
    )
