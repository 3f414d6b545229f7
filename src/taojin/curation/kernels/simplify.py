"""Text as copies are compared: lower case, no marks and punctuation, numbers as zero.

The rule is that of datatrove's ``simplify_text`` with its default settings, so that
signatures made from its result are the same.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

import numpy as np

from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels import folding
from taojin.curation.kernels.folding import Folding

_PUNCTUATION = frozenset(
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«»´–—’“”„…━∶►、。〈〉《》「」【】～"
    "！％（），．１：；？"
) | {chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))}
"""What becomes a space: the reference's list, controls included."""

# Digits that Unicode has had since version 15, which Python 3.11 does not know.
_NEWER_ZEROS = (
    0x10D40, 0x116D0, 0x116DA, 0x11BF0, 0x11DE0, 0x11F50, 0x16130, 0x16D70, 0x1CCF0,
    0x1E4F0, 0x1E5F1,
)  # fmt: skip
_NEWER_DIGITS = frozenset(
    chr(zero + value) for zero in _NEWER_ZEROS for value in range(10)
)
_SIGMA = "Σ"
"""Its lower case depends on whether a word ends there."""

# Elsewhere no character has a case, a decomposition, a mark or a digit.
_TABLED = (
    range(0x3400),
    range(0xA000, 0xD800),
    range(0xF900, 0x20000),
    range(0x2F800, 0x2FA20),
    range(0xE0100, 0xE01F0),
)
_NUM_CODE_POINTS = 0x110000


def simplify_texts(texts: TextBuffers) -> TextBuffers:
    """Simplify the texts of a batch; see :func:`simplify`."""
    return folding.fold_texts(texts, _simplifying(), simplify)


def lower_texts(texts: TextBuffers) -> TextBuffers:
    """Put the texts of a batch in lower case, with single spaces between words."""
    return folding.fold_texts(texts, _lowering(), lower)


def simplify(text: str) -> str:
    """Simplify one text.

    Lower case; each number, with a fraction, as ``0``; punctuation and white space as
    single spaces; letters without their marks. What vanishes for being a mark can
    leave two spaces behind.
    """
    zeroed = _number_pattern().sub("0", text.lower())
    spaced = "".join(" " if c in _PUNCTUATION else c for c in zeroed)
    return _without_marks(" ".join(spaced.split())).strip()


def lower(text: str) -> str:
    """Put one text in lower case, with single spaces between words."""
    return " ".join(text.lower().split())


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


@cache
def _number_pattern() -> re.Pattern[str]:
    digit = rf"[\d{''.join(sorted(_NEWER_DIGITS))}]"
    return re.compile(f"{digit}+(?:[{folding.DECIMAL_SEPARATORS}]{digit}+)?")


@cache
def _simplifying() -> Folding:
    actions, replacements = {}, {}
    for character in _tabled_characters():
        lowered = character.lower()
        if lowered.isdecimal() or lowered in _NEWER_DIGITS:
            actions[character] = folding.DIGIT
        elif lowered.isspace() or lowered in _PUNCTUATION:
            actions[character] = folding.SPACE
        elif (simple := _without_marks(lowered)) != character:
            replacements[character] = simple
        if _ends_in_spacing_mark(lowered):
            actions[character] = folding.NON_STARTER
            replacements.setdefault(character, character)
    return _make_folding(actions, replacements)


@cache
def _lowering() -> Folding:
    actions = {c: folding.SPACE for c in _tabled_characters() if c.isspace()}
    changed = (c for c in _tabled_characters() if c.lower() != c)
    return _make_folding(actions, {c: c.lower() for c in changed})


def _ends_in_spacing_mark(character: str) -> bool:
    """Tell whether canonical order could move what remains of a character."""
    last = unicodedata.normalize("NFD", character)[-1]
    return unicodedata.combining(last) != 0 and unicodedata.category(last) != "Mn"


def _tabled_characters() -> Iterable[str]:
    return (chr(code) for codes in _TABLED for code in codes)


def _make_folding(actions: dict[str, int], replacements: dict[str, str]) -> Folding:
    table = np.zeros(_NUM_CODE_POINTS, dtype=np.uint8)
    places = np.zeros(_NUM_CODE_POINTS, dtype=np.int32)
    pool = bytearray()
    for character, replacement in replacements.items():
        encoded = replacement.encode()
        table[ord(character)] = folding.REPLACE
        places[ord(character)] = len(pool)
        pool += bytes([len(encoded)]) + encoded
    for character, action in actions.items():
        table[ord(character)] = action
    table[ord(_SIGMA)] = folding.CONTEXTUAL
    separators = np.array([ord(c) for c in folding.DECIMAL_SEPARATORS], dtype=np.int64)
    return Folding(table, places, np.frombuffer(bytes(pool), np.uint8), separators)
