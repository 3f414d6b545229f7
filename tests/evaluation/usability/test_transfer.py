import numpy as np
import pytest
from scipy.stats import spearmanr

from taojin.core.errors import CountMismatchError, DataError
from taojin.evaluation.baselines import BaselineConfig
from taojin.evaluation.features import FeatureTable
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.usability import (
    FeatureStudentConfig,
    LabelledItems,
    TransferConfig,
    feature_student,
    text_student,
    train_on_generated,
)

CONFIG = TransferConfig(num_seeds=3, intervals=IntervalConfig(num_resamples=400))
CENTRES = {"a": (0.0, 0.0, 0.0), "b": (1.2, 0.0, 0.8), "c": (0.0, 1.4, 0.4)}
STUDENT = feature_student(FeatureStudentConfig())
WORDS = {
    "en": {
        "sport": ["ball", "goal", "team", "win"],
        "food": ["rice", "soup", "cook", "salt"],
    },
    "zh": {"sport": list("球队赢赛"), "food": list("饭汤厨盐")},
}
FILLERS = {
    "en": ["the", "of", "to", "and", "in", "it", "was", "on"],
    "zh": list("的了在是我们有和"),
}


def items(seed, num_items=200, wrong=0.0, extractor="x"):
    """Blobs of three labels; a share of the labels is wrong."""
    random = np.random.default_rng(seed)
    labels = random.choice(list(CENTRES), num_items)
    values = np.array([CENTRES[label] for label in labels])
    values = values + random.normal(size=values.shape)
    told = np.where(
        random.random(num_items) < wrong,
        random.choice(list(CENTRES), num_items),
        labels,
    )
    return LabelledItems.of_features(FeatureTable(values, extractor), told.tolist())


def texts(seed, language, num_items=120, wrong=0.0):
    random = np.random.default_rng(seed)
    own = WORDS[language]
    labels = random.choice(list(own), num_items)
    joint = " " if language == "en" else ""
    written = [
        joint.join(
            random.permutation(
                [*random.choice(own[label], 1), *random.choice(FILLERS[language], 5)]
            )
        )
        for label in labels
    ]
    told = np.where(
        random.random(num_items) < wrong, random.choice(list(own), num_items), labels
    )
    return LabelledItems(written, told.tolist())


def transfer(sides):
    generated, real, test = sides
    return train_on_generated(generated, real, test, STUDENT, CONFIG)


def measure(generated, student=STUDENT, config=CONFIG, seed=0):
    scores = train_on_generated(
        generated, items(seed + 2, 400), items(seed + 3, 300), student, config
    )
    return {score.name: score for score in scores}


def test_real_items_teach_like_real_items():
    ratio = measure(items(1))["train_generated_ratio"]

    assert ratio.null is not None
    assert ratio.null.low <= ratio.estimate.value <= ratio.null.high
    assert ratio.estimate.low < 1.0 < ratio.estimate.high


def test_the_null_lies_in_its_band_about_as_often_as_it_says():
    config = TransferConfig(
        num_seeds=2, max_train_items=40, intervals=IntervalConfig(num_resamples=200)
    )
    inside = 0
    for seed in range(0, 160, 4):
        found = measure(items(seed + 1, 60), config=config, seed=seed)
        estimate = found["train_generated_ratio"].estimate
        inside += estimate.low <= 1.0 <= estimate.high

    assert inside / 40 > 0.8


def test_the_ratio_falls_with_the_share_of_wrong_labels():
    levels = (0.0, 0.5, 0.75, 0.9, 1.0)
    found = [measure(items(1, wrong=level)) for level in levels]
    ratios = [one["train_generated_ratio"].estimate.value for one in found]

    assert spearmanr(levels, ratios)[0] == pytest.approx(-1.0)
    assert found[-1]["train_generated_ratio"].estimate.high < 0.9
    accuracies = [one["train_real_accuracy"] for one in found]
    assert all(one == accuracies[0] for one in accuracies)


def test_wrong_items_add_less_than_real_ones():
    good, bad = (
        measure(items(1, wrong=wrong))["augmentation_gain"] for wrong in (0, 1)
    )

    assert bad.null is not None
    assert good.null == bad.null
    assert bad.estimate.value < good.estimate.value
    assert bad.estimate.value < bad.null.value


@pytest.mark.parametrize("language", ["en", "zh"])
def test_texts_teach_in_both_languages(language):
    student = text_student(BaselineConfig(max_features=500))
    sides = texts(2, language, 160), texts(3, language, 100)
    config = CONFIG.model_copy(update={"num_seeds": 2})
    ratios = [
        train_on_generated(texts(1, language, wrong=wrong), *sides, student, config)[2]
        for wrong in (0.0, 1.0)
    ]

    assert ratios[0].estimate.low <= 1.0 <= ratios[0].estimate.high
    assert ratios[1].estimate.high < 1.0
    assert ratios[0].extractor is None


def test_the_order_of_items_makes_no_difference():
    sides = items(1), items(2, 400), items(3, 300)
    turned = tuple(side.take(range(len(side) - 1, -1, -1)) for side in sides)

    assert transfer(sides) == transfer(turned)


def test_numbers_are_equal_and_reported():
    found = measure(items(1, 90))["train_generated_ratio"]

    assert (found.num_generated, found.num_real) == (90, 300)
    assert found.extractor == "x"
    assert measure(items(1, 350))["train_generated_ratio"].num_generated == 200


def test_every_side_trains_on_as_many_items_and_never_on_the_same_real_ones():
    seen = []

    def student(train, others, seed):
        seen.append((train, seed))
        return STUDENT(train, others, seed)

    measure(items(1, 90), student)
    generated, real, other, augmented, more = (train for train, _ in seen[:5])

    assert [len(t) for t in (generated, real, other, augmented, more)] == [
        *(90, 90, 90, 180, 180)
    ]
    rows = [{tuple(row) for row in side.items} for side in (generated, real, other)]
    assert not rows[1] & rows[2]
    assert not rows[0] & rows[1]
    assert len({seed for _, seed in seen}) == CONFIG.num_seeds
    counts = [
        sorted(side.labels.count(label) for label in CENTRES) for side in (real, other)
    ]
    assert all(abs(a - b) <= 1 for a, b in zip(*counts, strict=True))


def test_a_difference_of_the_size_called_detectable_is_found_four_times_in_five():
    """A student whose chance to be right is known stands for the training."""
    config = TransferConfig(num_seeds=2, intervals=IntervalConfig(num_resamples=200))

    def runs(gap, seed):
        random = np.random.default_rng(seed)
        arms = iter(["generated", "real", "other", "augmented", "more"] * 2)

        def student(_, others, __):
            chance = 0.8 - gap * (next(arms) == "generated")
            truth = items(3, 300)
            order = {
                tuple(v): label
                for v, label in zip(truth.items, truth.labels, strict=True)
            }
            return [
                order[tuple(other)] if random.random() < chance else "none"
                for other in others
            ]

        sides = items(1), items(2, 400), items(3, 300)
        return train_on_generated(*sides, student, config)[2]

    size = np.mean([runs(0.0, seed).min_detectable or 0.0 for seed in range(5)]) * 0.8
    num_found = 0
    for seed in range(60):
        ratio = runs(size, 100 + seed)
        num_found += ratio.estimate.high < 1.0

    # Two seeds repeat the same items' noise: a smaller gap is found as often.
    assert num_found / 60 > 0.7


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        ((items(1, 10), items(2), items(3)), "10 generated items, and at least 20"),
        ((items(1), items(2, 30), items(3)), "30 real train items, and at least 40"),
        ((items(1), items(2), items(3, 10)), "10 real test items, and at least 20"),
        (
            (items(1, extractor="y"), items(2), items(3)),
            "features come from .'x', 'y'.; make all with one extractor",
        ),
        (
            (LabelledItems(items(1).items, ["a"] * 200, "x"), items(2), items(3)),
            "generated items have the labels .'a'.",
        ),
        (
            (LabelledItems(items(1).items, ["u", "v"] * 100, "x"), items(2), items(3)),
            "none of the real ones",
        ),
    ],
)
def test_too_little_to_judge_is_refused(sides, message):
    with pytest.raises(DataError, match=message):
        transfer(sides)


def test_a_student_that_is_never_right_gives_no_ratio():
    with pytest.raises(DataError, match="never right"):
        measure(items(1), lambda train, others, seed: ["none"] * len(others))  # noqa: ARG005


def test_a_student_answers_every_item():
    with pytest.raises(CountMismatchError, match="1 labels for 300 test items"):
        measure(items(1), lambda *_: ["a"])


def test_labels_are_one_an_item_and_not_empty():
    with pytest.raises(DataError, match="2 items have 1 labels"):
        LabelledItems(["x", "y"], ["a"])
    with pytest.raises(DataError, match="1 of 2 labels are empty"):
        LabelledItems(["x", "y"], ["a", ""])
