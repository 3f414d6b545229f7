import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.text_buffers import TextBuffers, text_array, text_buffers
from taojin.curation.kernels.lines import (
    cut_ranges,
    equal_ranges,
    find_lines,
    first_in_text,
    hash_ranges,
    line_stops,
)

TEXT = st.text(st.sampled_from("aB1 .\n\t\r\u3000\u2028好"), max_size=20)


def buffers_of(texts):
    return text_buffers(pa.array(texts, pa.large_string()))


def test_lines_are_trimmed_and_know_whether_they_have_a_letter():
    texts = buffers_of([" one \r\n\n--\n", "", "\u3000好"])
    lines = find_lines(texts)
    assert lines.offsets.tolist() == [0, 3, 3, 4]
    ranges = zip(lines.starts, lines.ends, strict=True)
    trimmed = [texts.data[a:b].tobytes().decode() for a, b in ranges]
    assert trimmed == ["one", "", "--", "好"]
    assert lines.letters.tolist() == [True, False, False, True]
    assert lines.begins.tolist() == [0, 7, 8, 11]
    assert line_stops(texts, lines).tolist() == [7, 8, 11, 17]


@settings(deadline=None)
@given(st.lists(TEXT, max_size=4))
def test_lines_are_those_of_the_interpreter(texts):
    buffers = buffers_of(texts)
    lines = find_lines(buffers)
    expected = [re.findall(r"[^\n]*\n|[^\n]+\Z", text) for text in texts]
    assert np.diff(lines.offsets).tolist() == [len(split) for split in expected]
    ranges = zip(lines.starts, lines.ends, strict=True)
    trimmed = [buffers.data[a:b].tobytes().decode() for a, b in ranges]
    flat = [line for split in expected for line in split]
    assert trimmed == [line.strip() for line in flat]
    assert lines.letters.tolist() == [any(map(str.isalpha, line)) for line in flat]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=4))
def test_any_bytes_have_lines_within_their_text(texts):
    data = np.frombuffer(b"".join(texts), np.uint8)
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    lines = find_lines(TextBuffers(data, offsets))
    for text in range(len(texts)):
        first, last = lines.offsets[text : text + 2]
        assert (lines.begins[first:last] <= lines.starts[first:last]).all()
        assert (lines.starts[first:last] <= lines.ends[first:last]).all()
        assert (lines.ends[first:last] <= offsets[text + 1]).all()
        assert (lines.begins[first:last] >= offsets[text]).all()


@settings(deadline=None)
@given(st.lists(st.binary(max_size=3), min_size=1, max_size=30))
def test_ranges_have_equal_hashes_if_and_only_if_their_bytes_are_equal(pieces):
    data = np.frombuffer(b"".join(pieces), np.uint8)
    offsets = np.cumsum([0, *map(len, pieces)]).astype(np.int64)
    hashes = hash_ranges(TextBuffers(data, offsets), offsets[:-1], offsets[1:])
    for keys in hashes:
        assert len(set(keys.tolist())) == len(set(pieces))
        pairs = zip(keys.tolist(), pieces, strict=True)
        assert len(set(pairs)) == len(set(pieces))
    assert (hashes[0] != hashes[1]).all()


@given(st.lists(st.lists(st.integers(0, 9), max_size=12), max_size=5))
@settings(deadline=None)
def test_a_key_is_marked_where_its_text_has_it_first(texts):
    keys = np.array([key << 60 for text in texts for key in text], np.uint64)
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    expected = [
        key not in text[:place] for text in texts for place, key in enumerate(text)
    ]
    assert first_in_text(keys, offsets).tolist() == expected


def test_ranges_are_compared_byte_for_byte():
    texts, others = buffers_of(["abc", "abd"]), buffers_of(["abc", "ab", ""])
    starts, ends = np.array([0, 3, 0, 2]), np.array([3, 6, 2, 2])
    which = np.array([0, 0, 1, 2])
    equal = equal_ranges(texts, (starts, ends), others, which)
    assert equal.tolist() == [True, False, True, True]


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ([], ["one\ntwo\nthree", "", "four\n"]),
        ([(0, 4)], ["two\nthree", "", "four\n"]),
        ([(4, 8)], ["one\nthree", "", "four\n"]),
        ([(8, 13)], ["one\ntwo", "", "four\n"]),
        ([(0, 13), (13, 18)], ["", "", ""]),
        ([(0, 4), (4, 8)], ["three", "", "four\n"]),
    ],
)
def test_cut_texts_have_no_ragged_end(gaps, expected):
    texts = buffers_of(["one\ntwo\nthree", "", "four\n"])
    edges = np.array(gaps, np.int64).reshape(-1, 2)
    cut = cut_ranges(texts, edges[:, 0].copy(), edges[:, 1].copy())
    assert text_array(*cut).to_pylist() == expected
