import sys
import unicodedata
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taojin.curation.kernels import characters
from taojin.curation.kernels.characters import character_classes, decode_at, is_space

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

_STRINGS = {
    "ALPHA": str.isalpha,
    "DECIMAL": str.isdecimal,
    "DIGIT": str.isdigit,
    "NUMERIC": str.isnumeric,
    "UPPER": str.isupper,
    "LOWER": str.islower,
    "SPACE": str.isspace,
    "ALPHANUMERIC": str.isalnum,
}
_CATEGORIES = {"PUNCTUATION": "P", "SYMBOL": "S", "MARK": "M", "CONTROL": "Cc"}
_SCRIPTS = {
    "HAN": r"\p{Han}",
    "KANA": r"[\p{Hiragana}\p{Katakana}]",
    "HANGUL": r"\p{Hangul}",
    "UNSPACED": (
        r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
    ),
}


@pytest.mark.parametrize("name", _STRINGS)
def test_classes_are_those_of_python_strings(name):
    method = _STRINGS[name]
    expected = np.fromiter(map(method, map(chr, range(sys.maxunicode + 1))), bool)
    bits = character_classes() & getattr(characters, name) != 0
    assert np.array_equal(bits, expected)


@pytest.mark.parametrize("name", _CATEGORIES)
def test_classes_are_those_of_unicode_categories(name):
    start = _CATEGORIES[name]
    expected = [
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)).startswith(start)
    ]
    bits = character_classes() & getattr(characters, name)
    assert np.flatnonzero(bits).tolist() == expected


@pytest.mark.parametrize("name", _SCRIPTS)
def test_scripts_are_those_of_unicode(name):
    codes = np.r_[0:0xD800, 0xE000 : sys.maxunicode + 1]
    matches = pc.match_substring_regex(
        pa.array(map(chr, codes.tolist())), pattern=_SCRIPTS[name]
    )
    bits = character_classes() & getattr(characters, name)
    assert np.array_equal(
        np.flatnonzero(bits), codes[matches.to_numpy(zero_copy_only=False)]
    )


def test_white_space_is_that_of_python_strings():
    spaces = [code for code in range(sys.maxunicode + 1) if is_space(code)]
    assert spaces == [c for c in range(sys.maxunicode + 1) if chr(c).isspace()]


@given(st.text())
def test_valid_text_is_decoded(text):
    assert _decode(text.encode()) == [ord(character) for character in text]


@given(st.binary())
def test_bytes_that_are_not_utf8_are_invalid_characters_of_one_byte(data):
    expected = data.decode(errors="surrogateescape")
    assert _decode(data) == [
        characters.INVALID if 0xDC80 <= ord(character) <= 0xDCFF else ord(character)
        for character in expected
    ]


def _decode(data):
    array = np.frombuffer(data, np.uint8)
    position, codes = 0, []
    while position < len(array):
        code, length = decode_at(array, position, len(array))
        codes.append(code)
        position += length
    return codes
