"""Personal data in a column of texts; Python sees only the lines that may hold any.

The results are those of :func:`taojin.curation.personal_data.redaction.find` on every
text; texts without findings pass as bytes.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.text_buffers import TextBuffers, text_buffers
from taojin.curation.kernels import candidates
from taojin.curation.kernels.edits import replace_ranges
from taojin.curation.personal_data.kinds import KINDS, PersonalDataKind
from taojin.curation.personal_data.placeholders import PLACEHOLDER, Numbering
from taojin.curation.personal_data.redaction import find

_FORMS: dict[PersonalDataKind, int] = {
    "email": candidates.EMAIL,
    "secret": candidates.SECRET,
    "iban": candidates.IBAN,
    "cn_resident_id": candidates.NUMBER_17,
    "cn_bank_card": candidates.NUMBER_13,
    "payment_card": candidates.NUMBER_13,
    "us_ssn": candidates.NUMBER_9,
    "cn_licence_plate": candidates.PLATE,
    "ip_address": candidates.IP_ADDRESS,
    "passport": candidates.NUMBER_7,
    "phone": candidates.NUMBER_7,
}
"""What a line must show to hold a kind; names of persons show nothing."""

_PLACEHOLDER = re.compile(PLACEHOLDER.pattern.encode())

_ENCODING = ("utf-8", "surrogateescape")
"""Bytes that are no UTF-8 come back as they were."""


class _Found(NamedTuple):
    """Personal data in a column: bytes ``start`` to ``end`` of all texts' bytes."""

    kind: PersonalDataKind
    document: int
    start: int
    end: int
    written: str


def count_personal_data(
    text: pa.ChunkedArray | pa.Array, kinds: Collection[PersonalDataKind] = KINDS
) -> dict[PersonalDataKind, NDArray[np.int64]]:
    """Count personal data in each text.

    Returns:
        One array a kind of ``kinds``, one number a text.
    """
    buffers = text_buffers(text)
    return _count(_find_all(buffers, kinds), buffers.num_texts, kinds)


def redact_texts(
    text: pa.ChunkedArray | pa.Array, kinds: Collection[PersonalDataKind] = KINDS
) -> tuple[pa.Array, dict[str, int], dict[PersonalDataKind, NDArray[np.int64]]]:
    """Replace personal data in each text by placeholders.

    Args:
        text: Texts; null counts as empty.
        kinds: What to replace.

    Returns:
        The texts (large strings), how many spans of each kind were replaced (kinds
        that did not occur are absent), and the counts of
        :func:`count_personal_data`.
    """
    buffers = text_buffers(text)
    found = list(_find_all(buffers, kinds))
    ranges = [(each.start, each.end) for each in found]
    texts = replace_ranges(*buffers, ranges, list(_placeholders(buffers, found)))
    counts = _count(found, buffers.num_texts, kinds)
    totals = {kind: int(each.sum()) for kind, each in counts.items() if each.any()}
    return texts, dict(totals), counts


def _find_all(
    buffers: TextBuffers, kinds: Collection[PersonalDataKind]
) -> Iterator[_Found]:
    """Find in all texts, in their order."""
    view = buffers.data.data
    ordered = tuple(kinds)
    for document, start, end, forms in _places(buffers, ordered):
        text = str(view[start:end], *_ENCODING)
        for kind, first, last in find(text, _kinds_with(forms, ordered)):
            written = text[first:last]
            before = start + _num_bytes(text[:first])
            yield _Found(kind, document, before, before + _num_bytes(written), written)


def _places(
    buffers: TextBuffers, kinds: tuple[PersonalDataKind, ...]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield what to search: text, first byte, one past the last byte, forms there."""
    data, offsets = buffers
    if set(kinds) <= _FORMS.keys():
        wanted = 0
        for kind in kinds:
            wanted |= _FORMS[kind]
        lines = candidates.find_candidate_lines(data, offsets, wanted)
        yield from zip(*(column.tolist() for column in lines), strict=True)
    else:
        places = offsets.tolist()
        for document, extent in enumerate(pairwise(places)):
            yield document, *extent, candidates.ALL_FORMS


@cache
def _kinds_with(
    forms: int, kinds: tuple[PersonalDataKind, ...]
) -> tuple[PersonalDataKind, ...]:
    """Kinds that can be where these forms are."""
    every = candidates.ALL_FORMS
    return tuple(kind for kind in kinds if _FORMS.get(kind, every) & forms)


def _placeholders(buffers: TextBuffers, found: list[_Found]) -> Iterator[bytes]:
    view = buffers.data.data
    for document, own in groupby(found, key=lambda each: each.document):
        start, end = buffers.offsets[document], buffers.offsets[document + 1]
        written = _PLACEHOLDER.findall(view[start:end])
        numbering = Numbering((kind.decode(), number) for kind, number in written)
        for each in own:
            yield numbering.placeholder(each.kind, each.written).encode()


def _count(
    found: Iterable[_Found], num_texts: int, kinds: Collection[PersonalDataKind]
) -> dict[PersonalDataKind, NDArray[np.int64]]:
    counts: dict[PersonalDataKind, NDArray[np.int64]] = {
        kind: np.zeros(num_texts, dtype=np.int64) for kind in kinds
    }
    for each in found:
        counts[each.kind][each.document] += 1
    return counts


def _num_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(*_ENCODING))
