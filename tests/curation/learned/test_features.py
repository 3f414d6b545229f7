import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.curation.learned.features import (
    FEATURES_A_BYTE,
    SPARE_FEATURES,
    char_ngrams,
    symbol_table,
    word_ngrams,
)

BITS = 20
KERNELS = pytest.mark.parametrize("kernel", [char_ngrams, word_ngrams])


def features(kernel, text):
    content = text if isinstance(text, bytes) else text.encode()
    data = np.frombuffer(content, np.uint8)
    room = np.full(len(data) * FEATURES_A_BYTE + SPARE_FEATURES, -1, np.int32)
    count, size = kernel(data, 0, len(data), symbol_table(), BITS, room)
    assert (room[count:] == -1).all()
    return sorted(room[:count].tolist()), size


def ngrams_of_characters(text):
    """The same in plain Python: n-grams of 1 to 4 that have no space inside."""
    padded = f" {text} "
    return sum(
        " " not in padded[start + 1 : start + size - 1]
        and padded[start : start + size] != " "
        for size in (1, 2, 3, 4)
        for start in range(len(padded) - size + 1)
    )


@pytest.mark.parametrize("text", ["a", "word", "two words", "größe 数组 x", "a,b"])
def test_characters_make_runs_of_one_to_four_within_spaces(text):
    found, _ = features(char_ngrams, text)
    assert len(found) == ngrams_of_characters(text)


def test_words_make_runs_of_one_to_three_and_of_four_characters_inside():
    found, num_words = features(word_ngrams, "two words, 数组")
    assert num_words == 5  # two | words | , | 数 | 组
    assert len(found) == 5 + 4 + 3 + 2  # runs of 1, 2, 3 words; "word", "ords"


@KERNELS
def test_case_digits_and_the_amount_of_space_do_not_matter(kernel):
    found = features(kernel, "On 23 May ÉTÉ")
    assert found == features(kernel, "on \n 77 may  été")


def test_a_rule_of_marks_counts_once():
    assert features(word_ngrams, "a ====== b") == features(word_ngrams, "a = b")
    assert features(word_ngrams, "a =-= b") != features(word_ngrams, "a = b")


@KERNELS
def test_other_words_are_other_features(kernel):
    assert features(kernel, "good") != features(kernel, "doog")


def test_the_order_of_words_matters_to_runs():
    one, _ = features(word_ngrams, "man bites dog")
    other, _ = features(word_ngrams, "dog bites man")
    assert one != other
    assert len(set(one) & set(other)) >= 3


def test_letters_are_counted_digits_and_marks_are_not():
    assert features(char_ngrams, "ab 12 + 数 🎉")[1] == 3


@KERNELS
@settings(deadline=None)  # the first call may compile
@given(content=st.binary(max_size=300))
def test_arbitrary_bytes_stay_within_bounds(kernel, content):
    found, size = features(kernel, content)
    assert all(0 <= bucket < 1 << BITS for bucket in found)
    assert 0 <= size <= len(content)


@KERNELS
def test_every_byte_of_the_longest_forms_is_within_the_table(kernel):
    features(kernel, bytes([0xF4, 0x8F, 0xBF, 0xBF, 0xEF, 0xBF, 0xBF, 0xDF, 0xBF]))
    features(kernel, bytes(range(256)) * 4)
