"""Telephone numbers: international, North American, Chinese, and others by context."""

import re
from collections.abc import Iterator

from taojin.curation.personal_data.overlaps import free_extents

_ENOUGH_DIGITS = re.compile(r"(?:\d[ ()./\-]{0,3}){7}", re.ASCII)

_INTERNATIONAL = re.compile(
    r"(?<![\w+.)\]/\-])(?:\+[1-9]\d{0,2}|00[1-9]\d{1,2}(?=[ \-]))"
    r"(?:[ .\-]?(?:\(\d{1,5}\)|\d{1,5})){2,6}"
    r"(?:[ ]?(?:x|ext\.? ?)\d{1,5})?(?!\w|-\d|\.\d|,\d{1,3}(?![\d\-]))",
    re.ASCII,
)
_NORTH_AMERICAN = re.compile(
    r"(?<![\w.\-/(])(?:1[ .\-])?(?:\([2-9]\d{2}\)[ \-]?|[2-9]\d{2}([.\-]))"
    r"[2-9]\d{2}(?(1)\1|[ .\-])\d{4}(?:[ ]?x\d{1,5})?(?!\w|-\d|[./]\d|,\d{1,3}(?![\d\-]))",
    re.ASCII,
)
_CHINESE_MOBILE = re.compile(
    r"(?<![0-9A-Za-z_.\-+$¥@])(?<![A-Za-z]/)(?:(?:\+|00)?86[ \-]?)?"
    r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])([ \-]?)\d{4}\1\d{4}"
    r"(?![0-9A-Za-z_/\-]|\.\d|,\d{1,3}(?![\d\-]))",
    re.ASCII,
)
_CHINESE_LANDLINE = re.compile(
    r"(?<![\w.\-])(?:\(0(?:10|2\d|[3-9]\d{2})\) ?|0(?:10|2\d|[3-9]\d{2})-)"
    r"[2-8]\d{6,7}(?:-\d{1,5})?(?![\w\-]|\.\d)",
    re.ASCII,
)
_ANY_WRITING = re.compile(
    r"(?<![\w.+\-])\+?\(?\d{1,5}\)?(?: ?/ ?\d{2,5})?(?:[ .\-]?\(?\d{2,5}\)?){1,5}(?:x\d{1,5})?"
    r"(?![\w]|-\d|[.,/:]\d)",
    re.ASCII,
)
_CONTEXT = re.compile(
    r"(?:\bphone|telephone|\btel\b|mobile|cell ?phone|\bfax\b|whatsapp|"
    r"(?:can|please|(?:re)?call) (?:call|me|us|back)\b|reach(?:ed)? (?:me|us|at)\b|"
    r"answering at|hotline|"
    r"电话|手机|热线|传真|致电|联系方式)[^\n]{0,24}\Z",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"(?:bytes|size|count|time|total|offset|seed|memory|num)\w{0,8}[^\w\n]{1,4}\Z",
    re.IGNORECASE,
)
"""What a program prints before a number that is none of telephony."""
_CONTEXT_AFTER = re.compile(r"[ \-]{1,2}(?:office|fax|mobile|cell)\b", re.IGNORECASE)
_DATE = re.compile(
    r"(?:19|20)\d\d[.\- ](?:0?[1-9]|1[0-2])[.\- ]\d{1,2}|\d/\d{1,2}/\d", re.ASCII
)
_SERVICE = re.compile(r"^\D*(?:1\D)?\d11", re.ASCII)
_FICTION = re.compile(
    r"^\D*(?:1\D)?(?:555\D*\d{3}\D*\d{4}|\d{3}\D*555\D*01)|^555\D?\d{4}$",
    re.ASCII,
)
"""North American codes that no subscriber has: N11 services; 555 and 555-01xx."""

_DIGITS_ALLOWED = range(8, 16)
"""E.164 allows 15 digits; eight with the country code is the shortest in use."""

_CONTEXT_DIGITS = range(7, 16)
_CONTEXT_CHARS = 40
_COUNTRY_CODES = frozenset(
    [
        "1",
        "7",
        "20",
        "27",
        "30",
        "31",
        "32",
        "33",
        "34",
        "36",
        "39",
        "40",
        "41",
        "43",
        "44",
        "45",
        "46",
        "47",
        "48",
        "49",
        "51",
        "52",
        "53",
        "54",
        "55",
        "56",
        "57",
        "58",
        "60",
        "61",
        "62",
        "63",
        "64",
        "65",
        "66",
        "81",
        "82",
        "84",
        "86",
        "90",
        "91",
        "92",
        "93",
        "94",
        "95",
        "98",
    ]
)
_ROUND_SIZE = 1 << 20


def find_phones(text: str) -> Iterator[tuple[int, int]]:
    """Find telephone numbers.

    Four writings stand for themselves: international with ``+`` (E.164 lengths and
    country codes), North American with separators, mobile and area numbers of
    mainland China. Any other grouping of 7 to 15 digits counts only after a word
    that announces a number ("phone", "电话").
    """
    if not _ENOUGH_DIGITS.search(text):
        return
    taken: list[tuple[int, int]] = []
    for pattern, accepts in _WRITINGS:
        matches = pattern.finditer(text)
        found = [match.span() for match in matches if accepts(text, match)]
        taken = sorted([*taken, *free_extents(found, taken)])
    yield from taken


def _is_international(text: str, match: re.Match[str]) -> bool:
    del text
    written = match.group()
    digits = _digits(written).removeprefix("00")
    known = any(digits[:size] in _COUNTRY_CODES for size in (1, 2)) or (
        digits[0] in "23456789"
    )
    # "+35236450.6" is a signed number.
    is_decimal = written.count(".") == 1 and written[1:].replace(".", "").isdigit()
    if is_decimal or (digits[0] == "1" and _FICTION.search(written.lstrip("+"))):
        return False
    grouped = not written[1:].isdigit()
    # A bare "+12345678" in technical prose is a signed number.
    enough = len(digits) >= (8 if grouped else 11)
    return known and enough and len(digits) in _DIGITS_ALLOWED and _varied(digits)


def _is_north_american(text: str, match: re.Match[str]) -> bool:
    del text
    written = match.group()
    issued = not (_SERVICE.search(written) or _FICTION.search(written))
    return issued and _varied(_digits(written))


def _is_chinese_mobile(text: str, match: re.Match[str]) -> bool:
    number = int(_digits(match.group())[-11:])
    # 17179869184 is 16 GiB, not a subscriber.
    is_round = number % _ROUND_SIZE == 0 or number % 100_000 == 0
    before = text[max(0, match.start() - _CONTEXT_CHARS) : match.start()]
    return not is_round and not _QUANTITY.search(before)


def _is_chinese_landline(text: str, match: re.Match[str]) -> bool:
    del text
    return _varied(_digits(match.group()))


def _is_announced(text: str, match: re.Match[str]) -> bool:
    digits = _digits(match.group().partition("x")[0])
    if len(digits) not in _CONTEXT_DIGITS or _DATE.search(match.group()):
        return False
    if _FICTION.search(match.group()):
        return False
    before = text[max(0, match.start() - _CONTEXT_CHARS) : match.start()]
    announced = _CONTEXT.search(before) or _CONTEXT_AFTER.match(text, match.end())
    return bool(announced) and _varied(digits)


def _digits(written: str) -> str:
    return re.sub(r"\D", "", written)


def _varied(digits: str) -> bool:
    """Tell fillers (000 000 0000, 1234567890) from numbers."""
    return len(set(digits)) > 2 and not digits.startswith(("012345", "123456"))


_WRITINGS = (
    (_INTERNATIONAL, _is_international),
    (_CHINESE_MOBILE, _is_chinese_mobile),
    (_CHINESE_LANDLINE, _is_chinese_landline),
    (_NORTH_AMERICAN, _is_north_american),
    (_ANY_WRITING, _is_announced),
)
