import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.text_buffers import TextBuffers, text_buffers
from taojin.curation.kernels.plain_words import (
    folded_words,
    plain_words,
    word_codes,
)
from taojin.curation.kernels.windows import hash_windows, link_windows


def words_of(*texts):
    buffers = text_buffers(pa.array(texts, pa.large_string()))
    return buffers, plain_words(buffers)


def folded(buffers, words):
    characters, offsets = folded_words(buffers, words)
    assert offsets[-1] == len(characters)
    assert not len(words.hashes) or (characters[offsets[1:] - 1] == 0).all()
    return characters.tolist()


def spelled(text):
    buffers, words = words_of(text)
    spans = zip(words.starts, words.ends, strict=True)
    return [buffers.data[start:end].tobytes().decode() for start, end in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\n...", []),
        ("one, two-three_four", ["one", "two", "three", "four"]),
        ("naïve co\u0301te 42nd", ["naïve", "co\u0301te", "42nd"]),
        ("淘金project好", ["淘", "金", "project", "好"]),
        ("\u2764\ufe0f love", ["love"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("한국어 단어", ["한국어", "단어"]),
        ("rock'n'roll o'' 'a' b'好", ["rock'n'roll", "o", "a", "b", "好"]),
    ],
)
def test_words_are_runs_of_letters_and_digits_or_single_characters(text, expected):
    assert spelled(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Word", "wORD"),
        ("ＡＢ１２", "ab12"),
        ("ΣΑΣ", "σας"),
        ("a  b", "A,\nB"),
        ("don't 'quote' it's", "dont quote it’s"),
    ],
)
def test_words_are_equal_whatever_their_case_width_and_surroundings(one, other):
    (first, second) = words_of(one), words_of(other)
    assert first[1].hashes.tolist() == second[1].hashes.tolist()
    assert folded(*first) == folded(*second)


def test_words_never_reach_across_texts():
    _, words = words_of("ab", "", "cd e")
    assert words.offsets.tolist() == [0, 1, 1, 3]
    assert len(set(words.hashes.tolist())) == 3


def test_single_characters_of_unspaced_scripts_are_counted():
    _, words = words_of("淘金 gold", "gold", "ก ข")
    assert words.alone.tolist() == [2, 0, 2]


def test_the_folded_form_tells_words_apart_that_join_alike():
    assert folded(*words_of("ab c")) != folded(*words_of("a bc"))


@settings(deadline=None)
@given(st.text())
def test_a_word_is_what_the_interpreter_calls_letters_digits_and_marks(text):
    def counts(character):
        is_mark = unicodedata.category(character)[0] == "M"
        is_variation = "\ufe00" <= character <= "\ufe0f" or character >= "\U000e0100"
        return (character.isalnum() or is_mark) and not is_variation

    expected = "".join(filter(counts, text))
    found = "".join(spelled(text))
    assert found.replace("'", "").replace("’", "") == expected


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_bytes_have_words_within_their_text(texts):
    data = np.frombuffer(b"".join(texts), np.uint8)
    sizes = [len(text) for text in texts]
    offsets = np.cumsum([0, *sizes]).astype(np.int64)
    words = plain_words(TextBuffers(data, offsets))
    for text in range(len(texts)):
        first, last = words.offsets[text : text + 2]
        edges = np.stack([words.starts[first:last], words.ends[first:last]], axis=1)
        edges = edges.reshape(-1)
        assert (edges[::2] < edges[1::2]).all()
        assert (np.diff(edges) >= 0).all()
        assert not len(edges) or offsets[text] <= edges[0]
        assert not len(edges) or edges[-1] <= offsets[text + 1]


def test_the_table_of_codes_folds_to_code_points_that_are_words_themselves():
    codes = word_codes()
    folded = np.unique(codes[codes > 0] & ((1 << 21) - 1))
    assert (codes[folded] > 0).all()


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 2), max_size=12), max_size=6), st.integers(1, 5)
)
def test_windows_have_equal_hashes_if_and_only_if_their_words_are_equal(texts, size):
    hashes = np.array([word for text in texts for word in text], np.uint64)
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    keys, firsts = hash_windows(hashes * np.uint64(0x9E3779B97F4A7C15), offsets, size)
    expected = [
        (first + start, tuple(text[start : start + size]))
        for text, first in zip(texts, offsets, strict=False)
        for start in range(len(text) - size + 1)
    ]
    assert firsts.tolist() == [first for first, _ in expected]
    pairs = set(zip(keys.tolist(), (words for _, words in expected), strict=True))
    assert len(pairs) == len({key for key, _ in pairs})
    assert len(pairs) == len({words for _, words in pairs})


def test_texts_without_words_have_no_windows():
    _, words = words_of("", "...", "")
    keys, firsts = hash_windows(words.hashes, words.offsets, 3)
    assert len(keys) == len(firsts) == 0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40)), unique=True),
    st.integers(1, 6),
)
def test_a_window_is_linked_to_the_first_equal_one_or_to_a_near_one(pairs, size):
    pairs = sorted(pairs)
    keys = np.array([key for key, _ in pairs], np.uint64)
    positions = np.array([position for _, position in pairs], np.int64)
    firsts, links = link_windows(keys, positions, size)
    for (key, position), first, link in zip(pairs, firsts, links, strict=True):
        equal = [other for found, other in pairs if found == key]
        before = [other for other in equal if other <= position - size]
        nearest = max(before, default=equal[0])
        assert first == equal[0]
        assert link == (nearest if position - nearest < 2 * size else equal[0])
