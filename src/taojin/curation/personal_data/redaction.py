"""Find personal data in a text and replace it."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Literal, NamedTuple, get_args

from taojin.curation.personal_data.addresses import find_emails, find_ip_addresses
from taojin.curation.personal_data.identifiers import (
    find_cn_resident_ids,
    find_ibans,
    find_payment_cards,
)
from taojin.curation.personal_data.overlaps import free_extents
from taojin.curation.personal_data.phones import find_phones

PersonalDataKind = Literal[
    "email", "iban", "cn_resident_id", "payment_card", "ip_address", "phone"
]

KINDS: tuple[PersonalDataKind, ...] = get_args(PersonalDataKind)
"""All kinds, the surest first: where two claim the same characters, the first wins."""

_RECOGNISERS: dict[PersonalDataKind, Callable[[str], Iterator[tuple[int, int]]]] = {
    "email": find_emails,
    "iban": find_ibans,
    "cn_resident_id": find_cn_resident_ids,
    "payment_card": find_payment_cards,
    "ip_address": find_ip_addresses,
    "phone": find_phones,
}

_FEWEST_DIGITS: dict[PersonalDataKind, int] = {
    "iban": 10,
    "cn_resident_id": 17,
    "payment_card": 13,
    "ip_address": 4,
    "phone": 7,
}
"""A text with fewer digits holds none of the kind; most texts are passed over so."""

_FULL_WIDTH = re.compile(r"[！-～]")
_TO_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width forms that Chinese and Japanese input writes for ASCII."""


class Span(NamedTuple):
    """Personal data at ``text[start:end]``."""

    kind: PersonalDataKind
    start: int
    end: int


def placeholder(kind: PersonalDataKind) -> str:
    """Text that stands where data of this kind stood, as ``<EMAIL>``."""
    return f"<{kind.upper()}>"


def find(text: str, kinds: Collection[PersonalDataKind] = KINDS) -> list[Span]:
    """Find personal data.

    The recognisers aim at precision in technical prose: what a checksum, a range or
    a reserved name shows to be an example (``192.168.0.1``, ``user@example.com``,
    ``555-0100``), a version or a hash is left alone.

    Args:
        text: Any text, lone surrogates and NUL included.
        kinds: What to look for.

    Returns:
        Spans that do not overlap, in the order of the text. Overlaps are settled
        among ``kinds`` alone.
    """
    if _FULL_WIDTH.search(text):
        text = text.translate(_TO_HALF_WIDTH)  # position by position
    found: dict[tuple[int, int], PersonalDataKind] = {}
    num_digits = _count_digits(text)
    for kind in KINDS:
        if kind in kinds and num_digits >= _FEWEST_DIGITS.get(kind, 0):
            extents = free_extents(_RECOGNISERS[kind](text), sorted(found))
            found |= dict.fromkeys(extents, kind)
    return [Span(kind, start, end) for (start, end), kind in sorted(found.items())]


def redact(
    text: str, kinds: Collection[PersonalDataKind] = KINDS
) -> tuple[str, dict[str, int]]:
    """Replace personal data by placeholders.

    Returns:
        The text, and how many spans of each kind were replaced (kinds that did not
        occur are absent). Redacting the result again changes nothing.
    """
    spans = find(text, kinds)
    pieces: list[str] = []
    counts: dict[str, int] = {}
    position = 0
    for span in spans:
        pieces += [text[position : span.start], placeholder(span.kind)]
        counts[span.kind] = counts.get(span.kind, 0) + 1
        position = span.end
    pieces.append(text[position:])
    return "".join(pieces), counts


def _count_digits(text: str) -> int:
    """Count digits; of a text that is not all ASCII the characters, which are more."""
    if not text.isascii():
        return len(text)
    content = text.encode()
    return len(content) - len(content.translate(None, b"0123456789"))
