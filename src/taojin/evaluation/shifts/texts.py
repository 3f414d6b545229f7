"""Texts as other writers, keyboards and systems give them."""

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from taojin.evaluation.shifts.chinese_scripts import (
    Conversion,
    character_converter,
    phrase_converter,
)
from taojin.evaluation.shifts.contracts import (
    Shift,
    Shifts,
    item_generator,
    require_strength,
)
from taojin.evaluation.shifts.typing_errors import CONFUSED_CHARACTERS, KEY_NEIGHBOURS

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KANA = "\u3040-\u30ff"
_TYPO_PLACES = re.compile(rf"[{_HAN}]|[^\W\d_{_HAN}{_KANA}]{{3,}}")
_WORDS = re.compile(rf"[^\W\d_{_HAN}{_KANA}]+")
_MARKS = {"latin": ",.;:!?-()\"'", "chinese": "，。；：！？、—（）“”《》"}
_ANY_MARK = re.compile("[" + re.escape("".join(_MARKS.values())) + "]")
_SPACE_PLACES = re.compile(rf"\s+|(?<=[{_HAN}])(?=[{_HAN}])")
_PIECES = re.compile(rf"[^{re.escape(_MARKS['chinese'])}\s]+")
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_NARROW = {
    **{wide: narrow for narrow, wide in _WIDE.items()},
    **dict(zip(map(ord, "\u3000。、“”‘’—"), map(ord, " .,\"\"''-"), strict=True)),
}
_WIDE_CHARACTERS = re.compile("[" + re.escape("".join(map(chr, _WIDE))) + "]")
_NARROW_CHARACTERS = re.compile("[" + re.escape("".join(map(chr, _NARROW))) + "]")
_HAN_RATE = 0.5
"""A word of Chinese has about two characters; at most one of them is hit."""
_NUM_DRAWS = 4

Draws = NDArray[np.float64]
"""Numbers in [0, 1) of one place: which change, where in the word, which letter."""


def typos(texts: Sequence[str], strength: float, seed: int) -> list[str]:
    """Mistype words: a neighbouring key, two letters swapped, one lost or doubled.

    A word of three letters or more is hit once with the chance ``strength``. A Chinese
    character, with half of it, becomes one that sounds or looks alike, or is lost.
    """

    def change(place: str, draws: Draws) -> str:
        return (
            _mistyped_character(place, draws)
            if len(place) == 1
            else _mistyped(place, draws)
        )

    return _changed("typos", _TYPO_PLACES, change, (texts, strength, seed))


def casing(texts: Sequence[str], strength: float, seed: int) -> list[str]:
    """Write words, each with the chance ``strength``, in capitals or without any."""

    def change(place: str, draws: Draws) -> str:
        cased = place.upper() if draws[0] < 0.5 else place.lower()
        return cased if cased != place else place.swapcase()

    return _changed("casing", _WORDS, change, (texts, strength, seed))


def punctuation(texts: Sequence[str], strength: float, seed: int) -> list[str]:
    """Lose a mark or take another for it, each with the chance ``strength``."""

    def change(place: str, draws: Draws) -> str:
        if draws[0] < 0.5:
            return ""
        marks = _MARKS["latin" if place in _MARKS["latin"] else "chinese"]
        return _pick(marks.replace(place, ""), draws[1])

    return _changed("punctuation", _ANY_MARK, change, (texts, strength, seed))


def white_space(texts: Sequence[str], strength: float, seed: int) -> list[str]:
    """Double, lose or break white space, each with the chance ``strength``.

    Between two Chinese characters a space comes in with half the chance.
    """

    def change(place: str, draws: Draws) -> str:
        if not place:
            return " "
        return (place * 2, "", "\n" if place != "\n" else " ")[int(draws[0] * 3)]

    return _changed("white_space", _SPACE_PLACES, change, (texts, strength, seed))


def full_width(texts: Sequence[str], strength: float, seed: int) -> list[str]:
    """Write ASCII as wide as Chinese, each character with the chance ``strength``."""

    def change(place: str, draws: Draws) -> str:  # noqa: ARG001
        return place.translate(_WIDE)

    return _changed("full_width", _WIDE_CHARACTERS, change, (texts, strength, seed))


def half_width(texts: Sequence[str], strength: float, seed: int) -> list[str]:
    """Write wide forms and Chinese marks as ASCII, each by ``strength``."""

    def change(place: str, draws: Draws) -> str:  # noqa: ARG001
        return place.translate(_NARROW)

    return _changed("half_width", _NARROW_CHARACTERS, change, (texts, strength, seed))


def script_shift(conversion: Conversion, *, by_phrases: bool = False) -> Shift[str]:
    """Make a shift to the other script of Chinese.

    What stands between two marks is converted as a whole, each such piece with the
    chance ``strength``.

    Args:
        conversion: To which script.
        by_phrases: Convert with ``opencc-py``, which knows all characters and chooses
            by phrases; otherwise by a table of the most frequent characters.

    Raises:
        ConfigurationError: If by phrases, and ``opencc-py`` is not installed.
    """
    convert = (phrase_converter if by_phrases else character_converter)(conversion)

    def change(place: str, draws: Draws) -> str:  # noqa: ARG001
        return convert(place)

    def shift(items: Sequence[str], strength: float, seed: int) -> list[str]:
        return _changed(conversion, _PIECES, change, (items, strength, seed))

    return shift


TEXT_SHIFTS: Shifts[str] = {
    "typos": typos,
    "casing": casing,
    "punctuation": punctuation,
    "white_space": white_space,
    "full_width": full_width,
    "half_width": half_width,
    "simplified_to_traditional": script_shift("simplified_to_traditional"),
    "traditional_to_simplified": script_shift("traditional_to_simplified"),
}
"""All shifts of text that need no extra."""


def _changed(
    name: str,
    places: re.Pattern[str],
    change: Callable[[str, Draws], str],
    shifted: tuple[Sequence[str], float, int],
) -> list[str]:
    texts, strength, seed = shifted
    require_strength(strength)
    if strength == 0.0:
        return list(texts)
    return [
        _changed_text(text, places, change, (name, strength, seed)) for text in texts
    ]


def _changed_text(
    text: str,
    places: re.Pattern[str],
    change: Callable[[str, Draws], str],
    how: tuple[str, float, int],
) -> str:
    name, strength, seed = how
    num_places = sum(1 for _ in places.finditer(text))
    # All numbers are drawn whatever the strength: a higher one hits the same places,
    # in the same way, and more.
    numbers = iter(item_generator(seed, name, text).random((num_places, _NUM_DRAWS)))
    halved = name in {"typos", "white_space"}

    def replace(match: re.Match[str]) -> str:
        own = next(numbers)
        place = match.group()
        is_chinese = halved and (not place or bool(re.match(f"[{_HAN}]", place)))
        chance = strength * (_HAN_RATE if is_chinese else 1.0)
        return change(place, own[1:]) if own[0] < chance else place

    return places.sub(replace, text)


def _mistyped(word: str, draws: Draws) -> str:
    at = int(draws[1] * len(word))
    kind = int(draws[0] * 4)
    near = KEY_NEIGHBOURS.get(word[at].lower(), "")
    if kind == 0 and near:
        letter = _pick(near, draws[2])
        letter = letter.upper() if word[at].isupper() else letter
        return word[:at] + letter + word[at + 1 :]
    swap = at + 1 if at + 1 < len(word) else at - 1
    first, last = sorted((at, swap))
    if kind <= 1 and word[first] != word[last]:
        return word[:first] + word[last] + word[first] + word[last + 1 :]
    if kind == 2:
        return word[:at] + word[at + 1 :]
    return word[: at + 1] + word[at:]


def _mistyped_character(character: str, draws: Draws) -> str:
    alike = CONFUSED_CHARACTERS.get(character, "")
    return _pick(alike, draws[1]) if alike and draws[0] < 0.75 else ""


def _pick(choices: str, draw: float) -> str:
    return choices[int(draw * len(choices))]
