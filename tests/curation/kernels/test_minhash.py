import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.text_buffers import TextBuffers, text_buffers
from taojin.curation.kernels.characters import character_classes
from taojin.curation.kernels.minhash import (
    MERSENNE_PRIME,
    Units,
    find_minima,
    hash_bands,
    is_unspaced,
    split_characters,
)
from taojin.curation.kernels.xxh64 import xxh64

FACTORS = np.array([3, 2**61 - 2, 2**40 + 1], dtype=np.uint64)
TERMS = np.array([0, 2**61 - 2, 12345], dtype=np.uint64)


def buffers(*texts):
    return text_buffers(pa.array(texts, pa.large_string()))


def units(*texts):
    """Single letters as units."""
    data = np.frombuffer("".join(texts).encode(), dtype=np.uint8)
    starts = np.arange(len(data))
    offsets = np.cumsum([0, *map(len, texts)])
    return Units(data, offsets, starts, starts + 1)


def expected_minima(text, ngram):
    shingles = [text[i : i + ngram].encode() for i in range(len(text) - ngram + 1)]
    hashes = [
        int(xxh64(np.frombuffer(s, np.uint8), 0, len(s), np.uint64(0)))
        for s in shingles
    ]
    return [
        min(((h * a + b) % 2**64) % MERSENNE_PRIME for h in hashes)
        for a, b in zip(FACTORS.tolist(), TERMS.tolist(), strict=True)
    ]


@settings(deadline=None)
@given(st.text(alphabet="abc", min_size=3, max_size=20))
def test_minima_are_those_of_exact_arithmetic(text):
    minima = find_minima(units("zzzz", text), 3, FACTORS, TERMS)
    assert minima[1].tolist() == expected_minima(text, 3)


def test_a_value_of_the_prime_itself_counts_as_zero():
    one_unit = units("a")
    hashed = xxh64(one_unit.data, 0, 1, np.uint64(0))
    terms = np.array([(MERSENNE_PRIME - int(hashed)) % 2**64], dtype=np.uint64)
    minima = find_minima(one_unit, 1, np.ones(1, dtype=np.uint64), terms)
    assert minima.tolist() == [[0]]


def test_texts_shorter_than_a_shingle_have_no_minima():
    minima = find_minima(units("", "ab", "abc"), 3, FACTORS, TERMS)
    assert (minima[:2] == 2**64 - 1).all()
    assert (minima[2] < MERSENNE_PRIME).all()


def test_bands_are_equal_exactly_where_all_their_minima_are():
    minima = np.arange(24, dtype=np.uint64).reshape(2, 12)
    minima[1, :4] = minima[0, :4]
    minima[1, 4:7] = minima[0, 4:7]
    minima[1, 8:] = minima[0, 8:][::-1]
    bands = hash_bands(minima, 3)
    assert (bands[0] == bands[1]).tolist() == [True, False, False]


def test_band_hashes_never_change_between_releases():
    minima = np.arange(8, dtype=np.uint64).reshape(1, 8)
    assert hash_bands(minima, 2).tolist() == [[9995957488711160402, 763823077769191843]]


def test_characters_are_units_without_spaces():
    found = split_characters(*buffers("你好 吗", "", "a é"))
    content = found.data.tobytes()
    pieces = [
        content[a:b].decode() for a, b in zip(found.starts, found.ends, strict=True)
    ]
    assert pieces == ["你", "好", "吗", "a", "é"]
    assert found.offsets.tolist() == [0, 3, 3, 5]
    assert content.decode() == "你好吗aé"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain English", False),
        ("中文文本", True),
        ("mixed 中文文本 words", True),
        ("some words and 一 or 二", False),
        ("ไทยเป็นภาษา", True),
        ("한국어 텍스트", False),
        ("123 ... ", False),
        ("", False),
    ],
)
def test_scripts_without_spaces_are_told_by_their_share(text, expected):
    texts = buffers("ascii first", text)
    assert is_unspaced(*texts, character_classes()).tolist() == [False, expected]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=4))
def test_no_bytes_can_break_it(pieces):
    data = np.frombuffer(b"".join(pieces), dtype=np.uint8)
    offsets = np.cumsum([0, *map(len, pieces)], dtype=np.int64)
    texts = TextBuffers(data, offsets)
    is_unspaced(*texts, character_classes())
    minima = find_minima(split_characters(*texts), 3, FACTORS, TERMS)
    assert minima.shape == (len(pieces), 3)
