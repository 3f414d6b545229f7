import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.diversity import (
    DiversityConfig,
    distinct_n,
    measure_diversity,
    self_bleu_4,
)
from taojin.evaluation.intervals import IntervalConfig

INTERVALS = IntervalConfig(num_resamples=200)
CONFIG = DiversityConfig(words_per_text=20)
VOCABULARY = [f"w{number}" for number in range(300)]
HAN = [chr(0x4E00 + number) for number in range(300)]


def texts(count, seed, vocabulary=VOCABULARY, num_words=30):
    drawn = np.random.default_rng(seed)
    joint = "" if vocabulary is HAN else " "
    return [joint.join(drawn.choice(vocabulary, num_words)) for _ in range(count)]


def value(report, metric, side="generated"):
    return report[metric][side]["value"]


def test_distinct_n_by_hand():
    windows = [("a", "b"), ("a", "b"), ("c", "c"), ("d", "e")]

    assert distinct_n(windows, 1, 2, INTERVALS).value == pytest.approx(
        (2 / 4 + 3 / 4) / 2
    )
    assert distinct_n(windows, 2, 2, INTERVALS).value == pytest.approx(
        (1 / 2 + 2 / 2) / 2
    )


def test_distinct_n_does_not_fall_with_the_number_of_texts():
    few, many = ([tuple(t.split()) for t in texts(n, 0)] for n in (40, 400))

    first, second = (distinct_n(some, 1, 4, INTERVALS) for some in (few, many))

    assert first.value == pytest.approx(second.value, abs=0.02)


def test_self_bleu_by_hand():
    # Against (a b c d e): matches 4/4, 3/3, 2/2, 1/1 of the n-grams; brevity penalty.
    same = self_bleu_4([("a", "b", "c", "d")] * 2, INTERVALS)
    # Unigrams 2/4; of bi-, tri- and four-grams none: 0.1/3, 0.1/2, 0.1/1 (method 1).
    apart = self_bleu_4([("a", "b", "x", "y"), ("b", "a", "z", "w")], INTERVALS)

    assert same.value == pytest.approx(1.0)
    assert apart.value == pytest.approx((0.5 * (0.1 / 3) * (0.1 / 2) * 0.1) ** 0.25)


def test_counts_are_clipped_to_one_reference():
    # "a" three times, at most twice in any one other text: 2/3 of the unigrams.
    found = self_bleu_4([("a", "a", "a"), ("a", "a", "b"), ("a", "c", "d")], INTERVALS)
    only = self_bleu_4([("a", "a", "a"), ("a", "a", "b")], INTERVALS)

    assert found.value > 0
    assert only.num_samples == 2


@pytest.mark.parametrize("vocabulary", [VOCABULARY, HAN], ids=["english", "chinese"])
def test_real_against_real_lies_inside_the_band(vocabulary):
    report = measure_diversity(
        texts(120, 1, vocabulary), texts(120, 2, vocabulary), CONFIG, INTERVALS
    )

    for metric in ("distinct_1", "distinct_2", "self_bleu_4"):
        found, other = report[metric]["generated"], report[metric]["reference"]
        assert found["low"] <= other["high"]
        assert other["low"] <= found["high"]


@pytest.mark.parametrize("vocabulary", [VOCABULARY, HAN], ids=["english", "chinese"])
def test_collapse_shows_step_by_step(vocabulary):
    """Monotone when ever more samples are copies of one."""
    fresh = texts(80, 3, vocabulary)
    reports = [
        measure_diversity(
            fresh[:1] * round(80 * share) + fresh[round(80 * share) :],
            texts(80, 4, vocabulary),
            CONFIG,
            INTERVALS,
        )
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]

    bleu = [value(report, "self_bleu_4") for report in reports]
    distinct = [value(report, "distinct_2") for report in reports]
    assert bleu == sorted(bleu)
    assert distinct == sorted(distinct, reverse=True)
    assert bleu[-1] == pytest.approx(1.0)
    assert distinct[-1] == pytest.approx(1 / CONFIG.texts_per_window)


def test_repetition_inside_a_text_shows():
    looping = [" ".join(text.split()[:3] * 10) for text in texts(40, 5)]

    report = measure_diversity(looping, texts(40, 6), CONFIG, INTERVALS)

    assert value(report, "distinct_1") < 0.5 * value(report, "distinct_1", "reference")


def test_the_order_of_texts_makes_no_difference():
    generated, reference = texts(50, 7), texts(50, 8)

    first = measure_diversity(generated, reference, CONFIG, INTERVALS)
    turned = measure_diversity(generated[::-1], reference[::-1], CONFIG, INTERVALS)

    assert first == turned


def test_both_sides_are_compared_at_equal_number_and_length():
    report = measure_diversity(texts(30, 9), texts(200, 10), CONFIG, INTERVALS)

    assert report["num_texts"] == 30
    assert report["words_per_text"] == 20
    assert report["distinct_1"]["reference"]["num_samples"] == 30 // 4


def test_short_samples_lower_the_cut_for_both_and_are_counted():
    generated = [*texts(10, 11, num_words=12), *texts(5, 12, num_words=2)]

    report = measure_diversity(generated, texts(50, 13), CONFIG, INTERVALS)

    assert report["words_per_text"] == 12
    assert report["num_too_short"] == {"generated": 5, "reference": 0}


@pytest.mark.parametrize(
    "generated", [[], [""] * 50, ["one two"] * 50, ["😀"] * 50, texts(7, 14)]
)
def test_too_few_texts_are_an_error_that_says_how_many_are_needed(generated):
    with pytest.raises(
        DataError, match="at least 8 generated texts of at least 4 words"
    ):
        measure_diversity(generated, texts(50, 15), CONFIG, INTERVALS)


def test_odd_characters_are_no_trouble():
    odd = [text + " \ud800 \0 😀" for text in texts(20, 16)]

    assert measure_diversity(odd, texts(20, 17), CONFIG, INTERVALS)["num_texts"] == 20
