from functools import cache

import numpy as np
import pytest
from sklearn.metrics import f1_score

from taojin.core.errors import DataError
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.tasks import (
    accuracy,
    class_table,
    macro_f1,
    mean_rouge_l,
    rouge_l,
)

CONFIG = IntervalConfig(num_resamples=300)
REFERENCES = ["a", "a", "a", "b", "b", "c"]
PREDICTIONS = ["a", "a", "b", "b", "a", "x"]


def longest_common(first, second):
    """The textbook recursion."""

    @cache
    def length(i, j):
        if i == len(first) or j == len(second):
            return 0
        if first[i] == second[j]:
            return 1 + length(i + 1, j + 1)
        return max(length(i + 1, j), length(i, j + 1))

    return length(0, 0)


def test_accuracy_is_the_share_of_right_answers():
    estimate = accuracy(REFERENCES, PREDICTIONS, CONFIG)

    assert estimate.value == pytest.approx(0.5)
    assert estimate.low < 0.5 < estimate.high
    assert estimate.num_samples == 6


def test_macro_f1_agrees_with_scikit_learn():
    drawn = np.random.default_rng(0)
    references = drawn.choice(list("abcd"), 200).tolist()
    predictions = [
        r if drawn.random() < 0.7 else str(drawn.choice(list("abcde")))
        for r in references
    ]

    estimate = macro_f1(references, predictions, CONFIG)

    expected = f1_score(references, predictions, labels=list("abcd"), average="macro")
    assert estimate.value == pytest.approx(expected)
    assert estimate.low < expected < estimate.high


def test_scores_fall_as_answers_get_worse_and_do_not_depend_on_order():
    drawn = np.random.default_rng(1)
    references = drawn.choice(list("abc"), 300).tolist()
    guesses = drawn.choice(list("abc"), 300).tolist()

    def corrupted(share):
        cut = round(share * 300)
        return guesses[:cut] + references[cut:]

    levels = [corrupted(share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    for score in (accuracy, macro_f1):
        values = [score(references, level, CONFIG).value for level in levels]
        assert values == sorted(values, reverse=True)
        assert values[0] == 1.0
        turned = score(references[::-1], levels[2][::-1], CONFIG).value
        assert turned == pytest.approx(values[2])


def test_guessing_is_inside_its_null_band():
    drawn = np.random.default_rng(2)
    references, guesses = (
        drawn.choice(list("ab"), 400).tolist(),
        drawn.choice(list("ab"), 400).tolist(),
    )

    estimate = accuracy(references, guesses, CONFIG)

    assert estimate.low < 0.5 < estimate.high


def test_the_class_table_counts_by_hand():
    rows = {row["label"]: row for row in class_table(REFERENCES, PREDICTIONS)}

    assert list(rows) == ["a", "b", "c"]
    assert rows["a"]["num_examples"] == 3
    assert rows["a"]["precision"] == pytest.approx(2 / 3)
    assert rows["a"]["recall"] == pytest.approx(2 / 3)
    assert rows["b"]["f1"] == pytest.approx(0.5)
    assert rows["b"]["most_confused_with"] == "a"
    assert rows["c"] == {
        "label": "c",
        "num_examples": 1,
        "precision": 0.0,
        "recall": 0.0,
        "f1": 0.0,
        "most_confused_with": "x",
    }
    assert class_table(["a"], ["a"])[0]["most_confused_with"] is None


@pytest.mark.parametrize(
    ("reference", "candidate", "expected"),
    [
        # Lin 2004, section 3.1: 3 of 4 words in order.
        ("police killed the gunman", "police kill the gunman", 3 / 4),
        ("police killed the gunman", "the gunman kill police", 2 / 4),
        ("a b c d", "a b", 2 * 2 / 6),
        ("Return the SUM.", "return the sum", 1.0),
        ("返回数组的和", "返回列表的和", 2 * 4 / 12),
        ("one", "two", 0.0),
        ("", "two", 0.0),
        ("one", "😀", 0.0),
        ("", "", 0.0),
    ],
)
def test_rouge_l_by_hand(reference, candidate, expected):
    assert rouge_l(reference, candidate) == pytest.approx(expected)


def test_rouge_l_agrees_with_the_textbook_recursion():
    drawn = np.random.default_rng(3)
    for _ in range(50):
        first = [
            str(word) for word in drawn.choice(list("abcde"), drawn.integers(1, 40))
        ]
        second = [
            str(word) for word in drawn.choice(list("abcde"), drawn.integers(1, 40))
        ]
        expected = 2 * longest_common(tuple(first), tuple(second))
        expected /= len(first) + len(second)
        assert rouge_l(" ".join(first), " ".join(second)) == pytest.approx(expected)


def test_mean_rouge_l_falls_as_words_are_replaced():
    drawn = np.random.default_rng(4)
    references = [
        " ".join(drawn.choice(list("abcdefgh"), 12).tolist()) for _ in range(40)
    ]

    def corrupted(count):
        return [" ".join(["z"] * count + text.split()[count:]) for text in references]

    values = [
        mean_rouge_l(references, corrupted(count), CONFIG).value
        for count in (0, 3, 6, 9, 12)
    ]

    assert values == sorted(values, reverse=True)
    assert (values[0], values[-1]) == (1.0, 0.0)


@pytest.mark.parametrize("score", [accuracy, macro_f1, mean_rouge_l])
def test_examples_without_an_answer_each_are_refused(score):
    with pytest.raises(DataError, match="2 references have 1 predictions"):
        score(["a", "b"], ["a"], CONFIG)
    with pytest.raises(DataError, match="there are none"):
        score([], [], CONFIG)
