"""Tables of the English word rule, as kernels read them.

The rule is that of spaCy's blank English pipeline, on which the reference filters
build. Its facts (classes of characters, special cases, units) are in
``tables/english.json``, read off the libraries by ``tests/oracle/english_tables.py``.
"""

import json
from collections import defaultdict
from functools import cache
from importlib import resources
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.curation.kernels.characters import (
    ALPHA,
    ALPHANUMERIC,
    DECIMAL,
    NUM_CODE_POINTS,
    PUNCTUATION,
    character_classes,
)

PREFIX = 1 << 0
"""Cut off the start of a word."""
SUFFIX = 1 << 1
"""Cut off the end of a word."""
INFIX = 1 << 2
"""Splits a word."""
LETTER = 1 << 3
"""Letter of the rule: fewer scripts than Unicode's."""
LOWER = 1 << 4
"""Letter of the rule that is not upper case."""
UPPER = 1 << 5
"""Letter of the rule that is not lower case."""
QUOTE = 1 << 6
"""Quotation mark or bracket of the rule."""
BEFORE_DOT = 1 << 7
"""A final dot after it is cut off."""
HOST = 1 << 8
"""Stands in the host name of a web address."""
DECIMAL_DIGIT = 1 << 9
"""``\\d`` of regular expressions."""
WORD_CHARACTER = 1 << 10
"""``\\w`` of regular expressions."""
ALPHABETIC = 1 << 11
"""``str.isalpha``."""
MARK = 1 << 12
"""Unicode punctuation."""
SYMBOL = 1 << 13
"""Symbol of the reference filters: a word of these alone does not count."""
SENTENCE_END = 1 << 14
"""Ends a sentence where it is a word of its own."""

SPECIAL_CASE = 1 << 0
"""Kind of string: split as listed, whatever the rules say."""
AFFIXED = 1 << 1
"""Kind of string: a special case that is also looked for among split words."""
NOT_LAST = 1 << 2
"""Kind of string: a part of an affixed special case that others follow."""
NOT_FIRST = 1 << 3
"""Kind of string: a part of an affixed special case that follows others."""
PREFIX_STRING = 1 << 4
"""Kind of string: a prefix of several characters."""
SUFFIX_STRING = 1 << 5
"""Kind of string: a suffix of several characters."""
NUMBER_SUFFIX = 1 << 6
"""Kind of string: a suffix where a digit comes before it: a unit, a currency."""
HYPHEN = 1 << 7
"""Kind of string: splits words where it stands between letters."""
STOP_WORD = 1 << 8
"""Kind of string: a stop word of the reference filters."""

_CLASSES = {
    "prefix": PREFIX,
    "suffix": SUFFIX,
    "infix": INFIX,
    "letter": LETTER,
    "lower": LOWER | BEFORE_DOT,
    "upper": UPPER,
    "quote": QUOTE,
    "before_dot": BEFORE_DOT,
    "symbol": SYMBOL,
    "sentence_end": SENTENCE_END,
}
_KINDS = {
    "prefixes": PREFIX_STRING,
    "suffixes": SUFFIX_STRING,
    "suffixes_of_numbers": NUMBER_SUFFIX,
    "hyphens": HYPHEN,
    "stop_words": STOP_WORD,
}


LONGEST = 12
"""Code points of the longest special case, part or affix."""
MOST_PARTS = 11
"""Words that the affix rules make of a special case, at most."""

_MOST_PIECES = 3
_LENGTH, _KIND = 0, 1
_PIECES = 2
_PARTS = _PIECES + 1 + _MOST_PIECES
_CODES = _PARTS + 1 + MOST_PARTS
_HASH_BITS = 0x7FFFFFFF
_FACTOR = 0x5851F42D4C957F2D


class EnglishTables(NamedTuple):
    """What the kernels of the word rule look up.

    Attributes:
        classes: Bits of every code point (``PREFIX`` and so on).
        slots: Hash table of strings: ``hash << 32 | row + 1``, 0 where there is none.
        strings: A row for each string: its length, its kinds (``SPECIAL_CASE`` and so
            on), how many words it is split into and where they end, the same for the
            parts that affixes alone would make of it, its code points.
    """

    classes: NDArray[np.uint16]
    slots: NDArray[np.int64]
    strings: NDArray[np.int64]


@cache
def english_tables() -> EnglishTables:
    """Read the tables; once a process."""
    source = resources.files("taojin.curation.kernels").joinpath("tables/english.json")
    facts = json.loads(source.read_text(encoding="utf-8"))
    kinds: dict[str, int] = defaultdict(int)
    for name, kind in _KINDS.items():
        for text in facts[name]:
            kinds[text] |= kind
    pieces = {"".join(words): words for words in facts["special_cases"]}
    parts = {"".join(words): words for words in facts["affixed_special_cases"]}
    for text in pieces:
        kinds[text] |= SPECIAL_CASE
    for text, words in parts.items():
        kinds[text] |= AFFIXED
        for word in words[:-1]:
            kinds[word] |= NOT_LAST
        for word in words[1:]:
            kinds[word] |= NOT_FIRST
    strings = np.array(
        [
            [
                len(text),
                kind,
                *_padded_ends(pieces.get(text, []), _MOST_PIECES),
                *_padded_ends(parts.get(text, []), MOST_PARTS),
                *_padded([ord(character) for character in text], LONGEST),
            ]
            for text, kind in kinds.items()
        ],
        np.int64,
    )
    return EnglishTables(_classes(facts["characters"]), _slots(strings), strings)


@lean_kernel
def find_string(
    codes: NDArray[np.int64], first: int, end: int, tables: EnglishTables
) -> int:
    """Look up ``codes[first:end]``: row of the string, -1 where it is not known."""
    if end <= first or end - first > LONGEST:
        return -1
    hashed = _hash_codes(codes, first, end)
    mask = len(tables.slots) - 1
    slot = hashed & mask
    while tables.slots[slot] != 0:
        if tables.slots[slot] >> 32 == hashed:
            row = (tables.slots[slot] & 0xFFFFFFFF) - 1
            string = tables.strings[row]
            position = 0
            if string[_LENGTH] == end - first:
                while (
                    position < end - first
                    and string[_CODES + position] == codes[first + position]
                ):
                    position += 1
                if position == end - first:
                    return row
        slot = (slot + 1) & mask
    return -1


@lean_kernel
def find_kinds(
    codes: NDArray[np.int64], first: int, end: int, tables: EnglishTables
) -> int:
    """Kinds of the string ``codes[first:end]``, as bits; 0 where it is not known."""
    row = find_string(codes, first, end, tables)
    return tables.strings[row, _KIND] if row >= 0 else 0


@lean_kernel
def num_pieces(row: int, tables: EnglishTables) -> int:
    """Words of a special case."""
    return tables.strings[row, _PIECES]


@lean_kernel
def piece_end(row: int, piece: int, tables: EnglishTables) -> int:
    """Where a word of a special case ends, in code points from its start."""
    return tables.strings[row, _PIECES + 1 + piece]


@lean_kernel
def num_parts(row: int, tables: EnglishTables) -> int:
    """Parts that affixes alone make of a special case; 0 if it has no affixes."""
    return tables.strings[row, _PARTS]


@lean_kernel
def part_end(row: int, part: int, tables: EnglishTables) -> int:
    """Where such a part ends, in code points from the start of the special case."""
    return tables.strings[row, _PARTS + 1 + part]


@lean_kernel
def _hash_codes(codes: NDArray[np.int64], first: int, end: int) -> int:
    state = 17
    for position in range(first, end):
        state = (state ^ codes[position]) * _FACTOR
        state ^= (state >> 29) & 0x7FFFFFFFF
    return state & _HASH_BITS


def _padded_ends(words: list[str], size: int) -> list[int]:
    """How many words there are, where each ends, and zeros up to a size."""
    return [len(words), *_padded(list(accumulate(map(len, words))), size)]


def _padded(numbers: list[int], size: int) -> list[int]:
    return numbers + [0] * (size - len(numbers))


def _slots(strings: NDArray[np.int64]) -> NDArray[np.int64]:
    slots = np.zeros(1 << (2 * len(strings)).bit_length(), np.int64)
    for row, string in enumerate(strings):
        hashed = _hash_codes(string, _CODES, _CODES + int(string[_LENGTH]))
        slot = hashed & (len(slots) - 1)
        while slots[slot]:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = hashed << 32 | row + 1
    return slots


def _classes(characters: dict[str, str]) -> NDArray[np.uint16]:
    classes = np.zeros(NUM_CODE_POINTS, np.uint16)
    for name, bits in _CLASSES.items():
        for span in characters[name].split():
            first, _, last = span.partition("-")
            classes[int(first, 16) : int(last or first, 16) + 1] |= bits
    unicode = character_classes()
    for bit, has in (
        (DECIMAL_DIGIT, unicode & DECIMAL),
        (WORD_CHARACTER, unicode & ALPHANUMERIC),
        (ALPHABETIC, unicode & ALPHA),
        (MARK, unicode & PUNCTUATION),
    ):
        classes[has != 0] |= bit
    classes[ord("_")] |= WORD_CHARACTER
    for first, last in (("0", "9"), ("A", "Z"), ("a", "z"), ("\u00a1", "\uffff")):
        classes[ord(first) : ord(last) + 1] |= HOST
    return classes
