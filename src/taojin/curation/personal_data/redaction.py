"""Find personal data in a text and replace it."""

from collections.abc import Callable, Collection, Iterator
from typing import Literal, NamedTuple, get_args

from taojin.curation.personal_data.addresses import find_emails, find_ip_addresses
from taojin.curation.personal_data.identifiers import (
    find_cn_resident_ids,
    find_ibans,
    find_payment_cards,
)
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
    found: list[Span] = []
    for kind in KINDS:
        if kind not in kinds:
            continue
        spans = [Span(kind, start, end) for start, end in _RECOGNISERS[kind](text)]
        found += [
            span
            for span in spans
            if all(
                span.end <= other.start or other.end <= span.start for other in found
            )
        ]
    return sorted(found, key=lambda span: span.start)


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
