"""Numbers that carry a check digit: bank accounts, cards, resident identities."""

import re
from collections.abc import Container, Iterator
from datetime import date
from itertools import pairwise

_CARD = re.compile(
    r"(?<![\w.+\-/])(?<!\d{4} )[2-6]\d{3}(?:"
    r"[ \-]?\d{4}[ \-]?\d{4}[ \-]?\d{1,4}(?:[ \-]?\d{1,3})?"
    r"|[ \-]?\d{6}[ \-]?\d{4,5})(?![\w\-]|\.\d| \d{4}(?!\d))",
    re.ASCII,
)
_CARD_RANGES = (
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),  # Mastercard, since 2017
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),
    ("300", "305", (14,)),  # Diners Club
    ("36", "36", (14,)),
    ("3528", "3589", (16,)),  # JCB
    ("6011", "6011", (16, 19)),  # Discover
    ("644", "659", (16, 19)),
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
)
"""First digits (from, to) an issuer owns, ISO/IEC 7812, and the lengths it issues."""

_BANK_CARD = re.compile(
    r"(?<![\w.+\-])[1-9](?:[ \-]?\d){15,18}(?![\w\-]|\.\d)", re.ASCII
)
_CARD_GROUPS = {(4, 6, 5), (4, 6, 4), *((4, 4, 4, last) for last in (1, 2, 3, 4))}
_CARD_GROUPS |= {(4, 4, 4, 4, last) for last in (1, 2, 3)}
_BANK_CARD_GROUPS = {(4, 4, 4, 4), (4, 4, 4, 4, 3), (6, 13), (6, 10)}
_BANK_CONTEXT = re.compile(
    r"卡号|银行|储蓄卡|借记卡|信用卡|账号|帐号|账户|开户|转账|汇款"
)
_BANK_CONTEXT_CHARS = 40

_RESIDENT_ID = re.compile(
    r"(?<![0-9A-Za-z_.\-])[1-8]\d{5}( ?)\d{8}\1\d{3}[\dXx](?![0-9A-Za-z_])", re.ASCII
)
_PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_BIRTH_YEARS = range(1900, 2100)

_IBAN = re.compile(
    r"(?<![0-9A-Za-z_])[A-Za-z]{2}\d{2}[ \-]?[0-9A-Za-z]{4}(?![a-z]{5})", re.ASCII
)
_IBAN_LENGTHS = {
    pair[:2]: int(pair[2:])
    for pair in [
        "AD24",
        "AE23",
        "AL28",
        "AT20",
        "AZ28",
        "BA20",
        "BE16",
        "BG22",
        "BH22",
        "BR29",
        "BY28",
        "CH21",
        "CR22",
        "CY28",
        "CZ24",
        "DE22",
        "DK18",
        "DO28",
        "EE20",
        "EG29",
        "ES24",
        "FI18",
        "FO18",
        "FR27",
        "GB22",
        "GE22",
        "GI23",
        "GL18",
        "GR27",
        "GT28",
        "HR21",
        "HU28",
        "IE22",
        "IL23",
        "IQ23",
        "IS26",
        "IT27",
        "JO30",
        "KW30",
        "KZ20",
        "LB28",
        "LC32",
        "LI21",
        "LT20",
        "LU20",
        "LV21",
        "LY25",
        "MC27",
        "MD24",
        "ME22",
        "MK19",
        "MR27",
        "MT31",
        "MU30",
        "NL18",
        "NO15",
        "PK24",
        "PL28",
        "PS29",
        "PT25",
        "QA29",
        "RO24",
        "RS22",
        "SA24",
        "SC31",
        "SE24",
        "SI19",
        "SK24",
        "SM27",
        "ST25",
        "SV28",
        "TL23",
        "TN24",
        "TR26",
        "UA29",
        "VA22",
        "VG24",
        "XK20",
    ]
}
"""Characters of an account number by country, ISO 13616 registry."""


def find_payment_cards(text: str) -> Iterator[tuple[int, int]]:
    """Find card numbers: an issuer's range and length, and the Luhn check digit.

    Digits may be written in groups, with one kind of separator.
    """
    for match in _CARD.finditer(text):
        written = match.group()
        digits = re.sub(r"[ \-]", "", written)
        is_written = _has_groups(written, _CARD_GROUPS) and len(set(digits)) > 2
        if is_written and _is_issued(digits) and passes_luhn(digits):
            yield match.span()


def find_cn_bank_cards(text: str) -> Iterator[tuple[int, int]]:
    """Find card numbers of banks in China: 16 to 19 digits and the Luhn check digit.

    The line must speak of a card, an account or a bank in Chinese before the number.
    UnionPay's range and series of no international issuer count: the cards of those
    are found as payment cards.
    """
    for match in _BANK_CARD.finditer(text):
        digits = re.sub(r"[ \-]", "", match.group())
        is_chinese = digits.startswith("62") or not _is_issued(digits)
        is_written = _has_groups(match.group(), _BANK_CARD_GROUPS)
        if is_chinese and is_written and len(set(digits)) > 2:
            start = max(0, match.start() - _BANK_CONTEXT_CHARS)
            before = text[start : match.start()].rpartition("\n")[2]
            if _BANK_CONTEXT.search(before) and passes_luhn(digits):
                yield match.span()


def passes_luhn(digits: str) -> bool:
    """Tell whether the last digit is the Luhn check digit, ISO/IEC 7812-1 annex B."""
    total = sum(int(digit) for digit in digits[-1::-2])
    total += sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return total % 10 == 0


def find_cn_resident_ids(text: str) -> Iterator[tuple[int, int]]:
    """Find 18-character resident identity numbers of mainland China, GB 11643-1999.

    Province, date of birth and the ISO 7064 MOD 11-2 check character must hold. The
    date may stand between spaces.
    """
    for match in _RESIDENT_ID.finditer(text):
        number = match.group().upper().replace(" ", "")
        if number[:2] in _PROVINCES and _is_birth_date(number[6:14]):
            total = sum(int(d) * w for d, w in zip(number, _ID_WEIGHTS, strict=False))
            if number[17] == _ID_CHECK[total % 11]:
                yield match.span()


def find_ibans(text: str) -> Iterator[tuple[int, int]]:
    """Find bank account numbers: a country's length and MOD 97-10, ISO 13616.

    They may be written in groups of four, separated by a space or a hyphen.
    """
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match.group()[:2].upper())
        if length is not None:
            end = _end_of_iban(text, match.start(), length)
            if end is not None:
                yield match.start(), end


def _is_issued(digits: str) -> bool:
    return any(
        low <= digits[: len(low)] <= high and len(digits) in lengths
        for low, high, lengths in _CARD_RANGES
    )


def _is_birth_date(digits: str) -> bool:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    try:
        return date(year, month, day).year in _BIRTH_YEARS
    except ValueError:
        return False


def _end_of_iban(text: str, start: int, length: int) -> int | None:
    """Where an account number of so many characters ends; null if none starts here."""
    position, taken = start, []
    separator = text[start + 4] if text[start + 4] in " -" else ""
    while len(taken) < length and position < len(text):
        character = text[position]
        if character.isascii() and character.isalnum():
            taken.append(character.upper())
        elif character != separator or len(taken) % 4:
            return None
        position += 1
    rest = text[position : position + 1]
    if len(taken) < length or (rest.isascii() and rest.isalnum()):
        return None
    if any(
        left == right == separator for left, right in pairwise(text[start:position])
    ):
        return None
    numeral = "".join(str(int(c, 36)) for c in taken[4:] + taken[:4])
    return position if int(numeral) % 97 == 1 else None


def _has_groups(written: str, allowed: Container[tuple[int, ...]]) -> bool:
    """Tell whether digits stand in one piece, or in groups with one separator."""
    groups = tuple(len(group) for group in re.split(r"[ \-]", written))
    if len(groups) == 1:
        return True
    return groups in allowed and not (" " in written and "-" in written)
