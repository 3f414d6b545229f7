"""Numbers that authorities give: passports, social security, licence plates."""

import re
from collections.abc import Iterator

from taojin.curation.kernels.candidates import PROVINCES

_SSN = re.compile(
    r"(?<![\w.+\-/])(?!000|666|9)(\d{3})([\- ]?)(?!00)(\d{2})\2(?!0000)(\d{4})"
    r"(?![\w\-]|[./]\d|,\d{1,3}(?![\d\-]))",
    re.ASCII,
)
_SSN_CONTEXT = re.compile(
    r"(?:\bssn\b|social security|社会安全|社保号)[^\n]{0,32}\Z", re.IGNORECASE
)
_SSN_FILLERS = frozenset({"078051120", "219099999", "123456789", "111223333"})
"""Numbers of advertisements and forms, which were never anybody's."""

_PASSPORT = re.compile(
    r"(?<!\w)(?<!\w[.\-])[A-Za-z]{0,2}\d{7,9}(?![\w\-]|\.\d|,\d{1,3}(?![\d\-]))",
    re.ASCII,
)
_PASSPORT_CN = re.compile(r"(?:[EGDSPHK]\d{8}|E[A-HJ-NP-Z]\d{7}|[DSP]E\d{7})\Z")
_PASSPORT_CONTEXT = re.compile(r"(?:passport|护照)[^\n]{0,24}\Z", re.IGNORECASE)
_PASSPORT_CHARS = (8, 9)

_PLATE = re.compile(
    rf"[{PROVINCES}]([A-HJ-NP-Z])([·•. \-]?)"
    r"([A-HJ-NP-Z0-9]{5,6}|[A-HJ-NP-Z0-9]{4}[学警挂港澳])(?![0-9A-Za-z_])",
    re.IGNORECASE,
)
_PLATE_ELECTRIC = re.compile(r"[A-HJK][A-HJ-NP-Z0-9]\d{4}\Z|\d{5}[A-HJK]\Z", re.ASCII)
_PLATE_CONTEXT = re.compile(
    r"[车牌驶驾辆]|\b(?:plate|vehicle|car|truck|licen[cs]e)\b", re.IGNORECASE
)
_PLATE_CHARS = 6
_MAX_PLATE_LETTERS = 2
_CONTEXT_CHARS = 40
_HAN_FIRST, _HAN_LAST = "\u4e00", "\u9fff"


def find_us_ssns(text: str) -> Iterator[tuple[int, int]]:
    """Find social security numbers of the United States.

    Ranges that were never given out are left. Written with hyphens they stand for
    themselves; otherwise a word before must announce them.
    """
    for match in _SSN.finditer(text):
        digits = match[1] + match[3] + match[4]
        if digits in _SSN_FILLERS or len(set(digits)) <= 2:
            continue
        if match[2] == "-" or _SSN_CONTEXT.search(_before(text, match.start())):
            yield match.span()


def find_passports(text: str) -> Iterator[tuple[int, int]]:
    """Find numbers of passports, of China and others, after a word that says so."""
    for match in _PASSPORT.finditer(text):
        written = match.group().upper()
        if not _PASSPORT_CN.match(written) and len(written) not in _PASSPORT_CHARS:
            continue
        if _PASSPORT_CONTEXT.search(_before(text, match.start())):
            yield match.span()


def find_cn_licence_plates(text: str) -> Iterator[tuple[int, int]]:
    """Find licence plates of vehicles of mainland China, GA 36.

    Five letters and digits, or six of a vehicle of new energy; no I and no O. The
    signs of provinces are common characters: where Chinese text runs on before one,
    and where letters are small, the line must speak of a vehicle.
    """
    for match in _PLATE.finditer(text):
        number = match[3].upper()
        if len(number) == _PLATE_CHARS and not _PLATE_ELECTRIC.match(number):
            continue
        letters = sum(c.isascii() and c.isalpha() for c in number)
        if letters > _MAX_PLATE_LETTERS:
            continue
        if match[2] in {"·", "•"} or _stands_alone(text, match):
            yield match.span()


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    before = _before(text, match.start())
    runs_on = bool(before) and _HAN_FIRST <= before[-1] <= _HAN_LAST
    if not runs_on and match.group() == match.group().upper():
        return True
    after = text[match.end() : match.end() + 12].partition("\n")[0]
    line = before.rpartition("\n")[2]
    return bool(_PLATE_CONTEXT.search(line) or _PLATE_CONTEXT.search(after))


def _before(text: str, start: int) -> str:
    return text[max(0, start - _CONTEXT_CHARS) : start]
