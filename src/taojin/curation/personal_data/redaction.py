"""Find personal data in a text and replace it."""

import re
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Collection, Iterator

from taojin.curation.personal_data.addresses import find_emails, find_ip_addresses
from taojin.curation.personal_data.credentials import find_secrets
from taojin.curation.personal_data.forms import plain_forms
from taojin.curation.personal_data.identifiers import (
    find_cn_bank_cards,
    find_cn_resident_ids,
    find_ibans,
    find_payment_cards,
)
from taojin.curation.personal_data.kinds import (
    ALL_KINDS,
    KINDS,
    PersonalDataKind,
    Span,
)
from taojin.curation.personal_data.names import find_persons
from taojin.curation.personal_data.official import (
    find_cn_licence_plates,
    find_passports,
    find_us_ssns,
)
from taojin.curation.personal_data.overlaps import Extent, free_extents
from taojin.curation.personal_data.phones import find_phones
from taojin.curation.personal_data.placeholders import PLACEHOLDER, Numbering

_RECOGNISERS: dict[PersonalDataKind, Callable[[str], Iterator[Extent]]] = {
    "email": find_emails,
    "secret": find_secrets,
    "iban": find_ibans,
    "cn_resident_id": find_cn_resident_ids,
    "cn_bank_card": find_cn_bank_cards,
    "payment_card": find_payment_cards,
    "us_ssn": find_us_ssns,
    "cn_licence_plate": find_cn_licence_plates,
    "ip_address": find_ip_addresses,
    "passport": find_passports,
    "phone": find_phones,
    "person": find_persons,
}
"""Each takes a text and yields findings that lie within one line, and that depend on
nothing outside of that line. So a line can be searched alone."""

_WINDOW_CHARS = 512
_MARGIN_CHARS = 160
"""More than any recogniser looks back or ahead."""

_HIDDEN = "<#>"
"""What recognisers see of a placeholder, whatever its kind and number."""


def find(text: str, kinds: Collection[PersonalDataKind] = KINDS) -> list[Span]:
    """Find personal data.

    The recognisers aim at precision in technical prose: what a checksum, a range or
    a reserved name shows to be an example (``192.168.0.1``, ``user@example.com``,
    ``555-0100``), a version or a hash is left alone.

    What is found is hidden and the text searched again until nothing more is found.
    So a redacted text, searched again, holds nothing.

    Args:
        text: Any text, lone surrogates and NUL included.
        kinds: What to look for.

    Returns:
        Spans that do not overlap, in the order of the text. Overlaps are settled
        among ``kinds`` alone.
    """
    hidden = [match.span() for match in PLACEHOLDER.finditer(text)]
    found: list[Span] = []
    while new := _find_visible(text, hidden, kinds):
        while new:
            found += new
            for _, start, end in new:
                insort(hidden, (start, end))
            # Where each finding uncovers one more, as in a long row of numbers,
            # searching the whole text each time would take forever.
            new = _find_near(text, new, hidden, kinds)
    return sorted(found, key=lambda span: span.start)


def redact(
    text: str, kinds: Collection[PersonalDataKind] = KINDS
) -> tuple[str, dict[str, int]]:
    """Replace personal data by placeholders, see ``placeholders``.

    Returns:
        The text, and how many spans of each kind were replaced (kinds that did not
        occur are absent). Redacting the result again changes nothing.
    """
    spans = find(text, kinds)
    if not spans:
        return text, {}
    numbering = Numbering(PLACEHOLDER.findall(text))
    pieces: list[str] = []
    position = 0
    for kind, start, end in spans:
        pieces += [text[position:start], numbering.placeholder(kind, text[start:end])]
        position = end
    pieces.append(text[position:])
    return "".join(pieces), dict(Counter(span.kind for span in spans))


def _find_visible(
    text: str, hidden: list[Extent], kinds: Collection[PersonalDataKind]
) -> list[Span]:
    """Search once what is not hidden."""
    shown, seams = _hide(text, hidden)
    shown = plain_forms(shown)
    taken = [match.span() for match in re.finditer(_HIDDEN, shown)]
    found: list[Span] = []
    for kind in ALL_KINDS:
        if kind in kinds:
            extents = free_extents(_RECOGNISERS[kind](shown), taken)
            if extents:
                found += [Span(kind, *extent) for extent in extents]
                taken = sorted([*taken, *extents])
    return [_move(span, seams) for span in found]


def _find_near(
    text: str,
    new: list[Span],
    hidden: list[Extent],
    kinds: Collection[PersonalDataKind],
) -> list[Span]:
    """Search again around what was found, within its lines.

    Near the ends of a window that are no ends of the line nothing is taken: the
    recognisers do not see there what comes before or after.
    """
    found: list[Span] = []
    for first, last in _windows(text, new, hidden):
        own = hidden[bisect_left(hidden, (first, first)) : bisect_left(hidden, (last,))]
        inside = [(start - first, end - first) for start, end in own]
        is_start = first == 0 or text[first - 1] == "\n"
        is_end = last == len(text) or text[last] == "\n"
        low = 0 if is_start else _MARGIN_CHARS
        high = last - first - (0 if is_end else _MARGIN_CHARS)
        found += [
            Span(kind, start + first, end + first)
            for kind, start, end in _find_visible(text[first:last], inside, kinds)
            if low <= start and end <= high
        ]
    return found


def _windows(
    text: str, new: list[Span], hidden: list[Extent]
) -> Iterator[tuple[int, int]]:
    """Stretches of text around findings; joined where they meet, hiding nothing half."""
    joined: list[tuple[int, int]] = []
    for _, start, end in sorted(new, key=lambda span: span.start):
        first = text.rfind("\n", max(0, start - _WINDOW_CHARS), start) + 1
        first = first or max(0, start - _WINDOW_CHARS)
        last = text.find("\n", end, end + _WINDOW_CHARS)
        last = min(len(text), end + _WINDOW_CHARS) if last < 0 else last
        before = bisect_left(hidden, (first,)) - 1
        if before >= 0 and hidden[before][1] > first:
            first = hidden[before][0]
        before = bisect_left(hidden, (last,)) - 1
        last = max(last, hidden[before][1])
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    yield from joined


def _hide(text: str, hidden: list[Extent]) -> tuple[str, list[Extent]]:
    """Shorten what is hidden; each seam is a position in the result and in the text."""
    pieces: list[str] = []
    seams = [(0, 0)]
    position = size = 0
    for start, end in hidden:
        pieces += [text[position:start], _HIDDEN]
        size += start - position + len(_HIDDEN)
        seams.append((size, end))
        position = end
    return "".join([*pieces, text[position:]]), seams


def _move(span: Span, seams: list[Extent]) -> Span:
    shown, position = seams[bisect_right(seams, (span.start, len(seams) << 40)) - 1]
    return Span(span.kind, span.start - shown + position, span.end - shown + position)
