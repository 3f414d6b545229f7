"""What the repair scan looks for: signs of single code points, and of pairs.

Pairs are those with which every pattern of ftfy's measure of badness begins or ends,
over the same classes of characters. So a line that ftfy would call bad has a sign; one
that has none need not be asked about.
"""

import unicodedata
from functools import cache

import numpy as np
from ftfy.badness import MOJIBAKE_CATEGORIES
from numpy.typing import NDArray

from taojin.curation.kernels.characters import NUM_CODE_POINTS

CONTROL = 1
"""A control or format character, or a line break that is none in plain text."""
UNICODE = 2
"""The text may not be in normal form C."""
MOJIBAKE = 4
"""Characters as they arise when bytes are read in a wrong encoding."""
DAMAGE = 8
"""A replacement character, bytes that are no UTF-8, or what damage often leaves."""

KIND_BITS = 5
"""The lowest bits of an entry: the class of the character for pairs."""
CLASS_SHIFT = 16
"""Bits from here on: the canonical combining class."""

_KIND_LETTER, _KIND_SPACE, _KIND_FIRST = 1, 2, 3
KIND_LATIN = 31
"""Any other character of U+00A1 to U+00FE."""

_SPECIAL = {
    "lead_space": "ÂÃ",
    "oe": "Œœ",
    "caron": "ŠšŸŽž",
    "low_quote": "‚",
    "u_grave": "Ù",
    "dje": "Ђ",
}
"""Characters with rules of their own, which are taken out of their class."""

_ACCENTED = "upper_accented lower_accented lead_space caron oe"
_MARKS = "start_punctuation end_punctuation currency numeric law low_quote"
_PAIRS = (
    (f"bad {_ACCENTED} box {_MARKS} lower_common upper_common", "bad"),
    ("bad", f"{_ACCENTED} box {_MARKS}"),
    (
        "lower_accented oe caron lower_common box end_punctuation currency numeric",
        "upper_accented lead_space u_grave oe caron",
    ),
    ("box end_punctuation currency numeric", "lower_accented oe caron"),
    (f"{_ACCENTED} box end_punctuation", "currency"),
    (f"{_ACCENTED} box", "numeric law"),
    (
        f"{_ACCENTED} box currency end_punctuation numeric law",
        "start_punctuation low_quote end_punctuation",
    ),
    ("box", f"kaomoji end_punctuation {_ACCENTED} {_MARKS} u_grave"),
    (f"{_ACCENTED} {_MARKS} box", "box"),
    ("upper_accented lead_space caron", "kaomoji common"),
    ("lead_space upper_accented", "caron oe"),
    ("u_grave upper_accented", f"common bad {_MARKS} kaomoji caron"),
    ("numeric", "numeric kaomoji common lower_common u_grave"),
    ("low_quote", f"{_ACCENTED} kaomoji u_grave"),
    ("lower_common upper_common", "dje currency"),
    ("upper_common dje", f"{_MARKS} kaomoji"),
)
"""Classes of a character, and those that no good text has after it."""

_UTF8_READ_AS_GBK = "锛銆鈥鐨涓鏄浜杩"
"""What the first two bytes of common Chinese characters and marks become in GBK."""
_DAMAGED = "\ufffd锟烫屯"
"""U+FFFD; its bytes in GBK; memory that was never set, in GBK."""

_FORMAT_RANGES = (
    (0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x180E, 0x180E),
    (0x061C, 0x061C), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F),
    (0xFDD0, 0xFDEF), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xFFFE, 0xFFFF),
    (0xE0000, 0xE007F),
)  # fmt: skip
_MARKED_WITHIN = ((0x300, 0x323B0), (0xE0000, 0xE0200))
"""Where combining marks and characters with decompositions are, beyond Latin-1."""
_JAMO_RANGES = ((0x1161, 0x1175), (0x11A8, 0x11C2))
_LATIN_RANGE = (0xA1, 0xFE)


@cache
def sign_table() -> NDArray[np.uint32]:
    """Make the table of signs, one entry a code point.

    An entry holds, from its lowest bit: the class for pairs (``KIND_BITS`` bits); the
    bits ``CONTROL`` to ``DAMAGE``, shifted by as many; from ``CLASS_SHIFT`` on the
    canonical combining class. Made once a process in about 0.2 seconds; read-only.
    """
    table = np.zeros(NUM_CODE_POINTS, dtype=np.uint32)
    table[_LATIN_RANGE[0] : _LATIN_RANGE[1] + 1] = KIND_LATIN
    for code in range(128):
        character = chr(code)
        table[code] = _KIND_LETTER * character.isalpha() + _KIND_SPACE * (
            character == " "
        )
    for kind, characters in enumerate(_classes().values(), _KIND_FIRST):
        table[[ord(character) for character in characters]] = kind
    for character in _UTF8_READ_AS_GBK:
        table[ord(character)] |= MOJIBAKE << KIND_BITS
    for character in _DAMAGED:
        table[ord(character)] |= DAMAGE << KIND_BITS
    for first, last in _FORMAT_RANGES:
        table[first : last + 1] |= CONTROL << KIND_BITS
    table[0x80:0xA0] |= MOJIBAKE << KIND_BITS
    _mark_unicode(table)
    table.flags.writeable = False
    return table


@cache
def pair_table() -> NDArray[np.int64]:
    """Make the table of pairs: for each class the bits of those that make a sign."""
    numbers = {name: place for place, name in enumerate(_classes(), _KIND_FIRST)}
    table = np.zeros(1 << KIND_BITS, dtype=np.int64)
    for firsts, seconds in _PAIRS:
        bits = sum(1 << numbers[name] for name in set(seconds.split()))
        for name in firsts.split():
            table[numbers[name]] |= bits
    table[numbers["lead_space"]] |= 1 << _KIND_SPACE
    table[numbers["oe"]] = (1 << 32) - 1 - (1 << _KIND_LETTER)
    return table


def _classes() -> dict[str, str]:
    """Characters by class; a special one is in its own class only."""
    classes = {
        name: _expand(pattern)
        for name, pattern in MOJIBAKE_CATEGORIES.items()
        if name != "c1"
    }
    special = set("".join(_SPECIAL.values()))
    plain = {
        name: "".join(c for c in characters if c not in special)
        for name, characters in classes.items()
    }
    return plain | _SPECIAL


def _expand(pattern: str) -> str:
    """Write out the ranges of the inside of a character class."""
    characters: list[str] = []
    place = 0
    while place < len(pattern):
        if pattern[place + 1 : place + 2] == "-" and place + 2 < len(pattern):
            last = ord(pattern[place + 2])
            characters += map(chr, range(ord(pattern[place]), last + 1))
            place += 3
        else:
            characters.append(pattern[place])
            place += 1
    return "".join(characters)


def _mark_unicode(table: NDArray[np.uint32]) -> None:
    """Mark what is not in normal form C, or joins what stands before it."""
    for low, high in _MARKED_WITHIN:
        for code in range(low, high):
            character = chr(code)
            combining = unicodedata.combining(character)
            table[code] |= combining << CLASS_SHIFT
            decomposed = unicodedata.decomposition(character)
            if not decomposed or decomposed[0] == "<":
                continue
            if not unicodedata.is_normalized("NFC", character):
                table[code] |= UNICODE << KIND_BITS
    for code in range(0xC0, 0x323B0):
        first, _, second = unicodedata.decomposition(chr(code)).partition(" ")
        if second and first[0] != "<":
            table[int(second, 16)] |= UNICODE << KIND_BITS
    for low, high in _JAMO_RANGES:
        table[low : high + 1] |= UNICODE << KIND_BITS
