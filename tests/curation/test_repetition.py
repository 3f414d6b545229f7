import collections

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import given, settings

from taojin.curation.repetition import measure_repetition
from taojin.curation.segments import split_lines, split_paragraphs, split_words


def measure(*texts):
    text = pa.chunked_array([pa.array(texts, pa.large_string())])
    num_chars = pa.array([len(value) for value in texts]).to_numpy()
    return measure_repetition(
        split_words(text), split_lines(text), split_paragraphs(text), num_chars
    )


def duplicate_share(text, size):
    """The definition in plain Python: characters of words in n-grams seen before."""
    words, seen, covered = text.split(), set(), set()
    for start in range(len(words) - size + 1):
        ngram = tuple(words[start : start + size])
        if ngram in seen:
            covered.update(range(start, start + size))
        seen.add(ngram)
    return sum(len(words[i]) for i in covered) / max(len(text), 1)


def top_share(text, size):
    words = text.split()
    ngrams = [tuple(words[i : i + size]) for i in range(len(words) - size + 1)]
    counts = collections.Counter(ngrams)
    best = max(((n, sum(map(len, g))) for g, n in counts.items()), default=(0, 0))
    return best[0] * best[1] / max(len(text), 1) if best[0] > 1 else 0.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["a", "bb", "ccc", "d"]), max_size=40).map(" ".join),
        min_size=1,
        max_size=4,
    )
)
def test_ngram_shares_agree_with_their_definition_for_every_document(texts):
    measured = measure(*texts)
    for row, text in enumerate(texts):
        for size in (2, 3, 4):
            value = measured[f"share_top_{size}_gram_chars"][row]
            assert value == pytest.approx(top_share(text, size))
        for size in range(5, 11):
            value = measured[f"share_duplicate_{size}_gram_chars"][row]
            assert value == pytest.approx(duplicate_share(text, size))


def test_repeated_lines_and_paragraphs_are_counted_from_the_second_on():
    measured = measure("x\ny\nx\nx", "p one\n\nq\n\np one", "a\nb")
    assert measured["share_duplicate_lines"].tolist() == [0.5, 1 / 3, 0.0]
    assert measured["share_duplicate_line_chars"].tolist() == [2 / 7, 5 / 15, 0.0]
    assert measured["share_duplicate_paragraphs"][1] == 1 / 3
    assert measured["share_duplicate_paragraph_chars"][1] == 5 / 15


def test_what_another_document_says_is_no_repetition():
    measured = measure(*["one two three four five six seven"] * 3)
    assert all(column.tolist() == [0.0] * 3 for column in measured.values())


def test_overlapping_copies_cover_each_character_once():
    shares = measure("a " * 50)
    assert shares["share_duplicate_5_gram_chars"][0] <= 0.5


@pytest.mark.parametrize("text", ["", " ", "x", "\0", "中"])
def test_short_texts_do_not_repeat(text):
    assert all(column.tolist() == [0.0] for column in measure(text).values())
