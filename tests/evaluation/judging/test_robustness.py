import pytest
from pydantic import ValidationError

from taojin.core.errors import DataError
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.judging.robustness import (
    OTHER,
    Labelled,
    ShiftsConfig,
    classifier_robustness,
    likelihood_robustness,
)

INTERVALS = IntervalConfig(num_resamples=200)
TEXTS = {
    "animals": "the small otter and the heron share a river",
    "money": "the broker sold every bond before the market closed",
}


def by_words(texts):
    return ["animals" if "otter" in text else "money" for text in texts]


@pytest.fixture
def examples():
    return [
        Labelled(f"{text} {number}", label)
        for label, text in TEXTS.items()
        for number in range(40)
    ]


def settings(**changes):
    return ShiftsConfig.model_validate({"shifts": ["typos"], **changes})


def test_a_classifier_that_knows_one_word_loses_more_the_more_is_mistyped(examples):
    strengths = (0.2, 0.4, 0.6, 0.8, 1.0)

    found = classifier_robustness(
        examples, by_words, settings(strengths=strengths), INTERVALS
    )

    drops = [one["score"]["estimate"]["value"] for one in found["shifts"].values()]
    assert drops == sorted(drops)
    assert found["unshifted"]["value"] == 1.0
    assert drops[-1] == pytest.approx(0.5, abs=0.06)
    assert found["shifts"]["typos at 1"]["is_found"]


def test_one_that_sees_no_shift_loses_nothing(examples):
    found = classifier_robustness(
        examples,
        lambda texts: by_words([text.lower() for text in texts]),
        settings(shifts=["casing"]),
        INTERVALS,
    )

    for drop in found["shifts"].values():
        assert drop["score"]["estimate"]["value"] == 0.0
        assert not drop["is_found"]


def test_a_shift_that_changes_no_text_is_named_and_not_measured(examples):
    config = settings(shifts=["typos", "simplified_to_traditional"])

    found = classifier_robustness(examples, by_words, config, INTERVALS)

    assert found["unchanged"] == ["simplified_to_traditional"]
    assert all(name.startswith("typos") for name in found["shifts"])


def test_chinese_texts_are_shifted_too(examples):
    chinese = [Labelled(f"门前的水很深，请小心 {n}", "money") for n in range(10)]
    config = settings(shifts=["simplified_to_traditional"])

    found = classifier_robustness(
        [*examples, *chinese],
        lambda texts: ["money" if "门" in text else "" for text in texts],
        config,
        INTERVALS,
    )

    assert found["shifts"]["simplified_to_traditional at 1"]["score"]["estimate"][
        "value"
    ] == pytest.approx(1 / 9)


def test_groups_are_compared_and_small_ones_stand_together(examples):
    rare = [Labelled(f"an otter, number {n}", f"rare {n}") for n in range(4)]

    found = classifier_robustness(
        [*examples, *rare], by_words, settings(min_group_items=5), INTERVALS
    )

    assert set(found["groups"]) == {"animals", "money", OTHER}
    assert found["groups"][OTHER]["score"]["num_generated"] == 4


def test_a_group_on_which_the_classifier_fails_is_found(examples):
    found = classifier_robustness(
        examples, lambda texts: ["money"] * len(texts), settings(), INTERVALS
    )

    assert found["groups"]["animals"]["score"]["estimate"]["value"] == 1.0
    assert found["groups"]["animals"]["is_found"]


def test_one_group_alone_gives_a_warning(examples):
    alike = [Labelled(one.text, "money") for one in examples]

    found = classifier_robustness(alike, by_words, settings(), INTERVALS)

    assert found["groups"] == {}
    assert "two of them" in found["warnings"][0]


def test_the_order_of_examples_makes_no_difference(examples):
    first, second = (
        classifier_robustness(some, by_words, settings(max_examples=30), INTERVALS)
        for some in (examples, examples[::-1])
    )

    assert first == second


def test_shifted_text_is_more_surprising_or_not_by_its_own_bytes(base, write_texts):
    documents = [Labelled(text, OTHER) for text in write_texts(20, 1)]

    found = likelihood_robustness(
        documents, base, settings(max_documents=12), INTERVALS
    )

    assert found["quantity"] == "bits_per_byte"
    assert found["num_shifted"] == 12
    assert 6.0 < found["unshifted"]["value"] < 10.0
    shifted = found["shifts"]["typos at 1"]
    assert shifted["score"]["estimate"]["value"] == pytest.approx(
        shifted["after"]["value"] - shifted["before"]["value"]
    )


def test_a_shift_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(ValidationError, match=r"rot13.*casing"):
        settings(shifts=["rot13"])


def test_one_text_is_too_few(examples):
    with pytest.raises(DataError, match="at least 2"):
        classifier_robustness(examples[:1], by_words, settings(), INTERVALS)
