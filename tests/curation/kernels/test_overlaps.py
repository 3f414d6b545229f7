import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.text_buffers import text_buffers
from taojin.curation.kernels.overlaps import find_overlaps, make_table
from taojin.curation.kernels.plain_words import plain_words
from taojin.curation.kernels.windows import hash_windows

WORDS = st.lists(st.sampled_from("abc"), max_size=12)


def words_of(texts):
    column = pa.array([" ".join(text) for text in texts], pa.large_string())
    return plain_words(text_buffers(column))


def table_of(sets, sizes):
    """All windows of each text; text t belongs to set t."""
    words = words_of(sets)
    keys, groups, starts, lengths = [], [], [], []
    for size in sizes:
        found, first = hash_windows(words.hashes, words.offsets, size)
        keys.append(found)
        starts.append(first)
        groups.append(np.searchsorted(words.offsets, first, side="right") - 1)
        lengths.append(np.full(len(first), size, np.int64))
    joined = map(np.concatenate, (keys, groups, starts, lengths))
    keys, groups, starts, lengths = joined
    return make_table(keys, groups, (starts, lengths), words.hashes)


def windows(text, size):
    return [tuple(text[i : i + size]) for i in range(len(text) - size + 1)]


@settings(deadline=None)
@given(
    texts=st.lists(WORDS, max_size=5),
    sets=st.lists(WORDS, min_size=1, max_size=3),
    sizes=st.sets(st.integers(1, 4), min_size=1),
)
def test_overlaps_are_those_of_the_definition(texts, sets, sizes):
    table = table_of(sets, sorted(sizes))
    num_texts_with = np.zeros(len(table.keys), np.int64)
    found = find_overlaps(words_of(texts), table, len(sets), num_texts_with)
    expected, first_word = [], 0
    for number, text in enumerate(texts):
        for group, other in enumerate(sets):
            matches = sorted(
                (start + size, start)
                for size in sizes
                for start, window in enumerate(windows(text, size))
                if window in windows(other, size)
            )
            if matches:
                ends = {end for end, _ in matches}
                end, start = matches[0]
                edges = (start + first_word, end + first_word)
                expected.append((number, group, len(ends), *edges))
        first_word += len(text)
    assert list(zip(*(values.tolist() for values in found), strict=True)) == expected
    words = np.array([word for text in sets for word in text])
    for entry, count in enumerate(num_texts_with.tolist()):
        start, size = table.starts[entry], table.sizes[entry]
        ngram = tuple(words[start : start + size])
        assert count == sum(ngram in windows(text, size) for text in texts)


def test_more_matches_than_there_is_room_for_are_all_found():
    table = table_of([["a"] * 9, ["a"] * 9], [1, 2])
    num_texts_with = np.zeros(len(table.keys), np.int64)
    found = find_overlaps(words_of([["a"] * 9000, ["b"]]), table, 2, num_texts_with)
    assert found.counts.tolist() == [9000, 9000]
    assert num_texts_with.tolist() == [1] * 4


def test_an_equal_key_of_other_words_is_no_match():
    words = words_of([["a", "b", "c"]])
    keys, starts = hash_windows(words.hashes, words.offsets, 2)
    sizes = np.full(2, 2, np.int64)
    groups = np.zeros(2, np.int64)
    table = make_table(keys, groups, (starts[::-1].copy(), sizes), words.hashes)
    num_texts_with = np.zeros(2, np.int64)
    found = find_overlaps(words, table, 1, num_texts_with)
    assert len(found.texts) == 0


def test_an_empty_table_matches_nothing():
    table = table_of([[]], [3])
    found = find_overlaps(words_of([["a", "b"]]), table, 1, np.zeros(0, np.int64))
    assert len(found.texts) == 0
