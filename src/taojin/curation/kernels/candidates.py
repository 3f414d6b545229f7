"""Lines that may hold personal data, found by one scan of the bytes.

Recognisers are regular expressions over Python strings, which is slow; most lines hold
nothing that any of them could match. The scan tells by necessary conditions (an "@"
with a dot after it, so many digits in a row) which lines are worth the look. It may
name a line too many, never one too few.

The scan stops only at digits, "@", ":", full-width forms and Chinese characters before
a letter; everything else is passed over byte by byte.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import kernel
from taojin.curation.kernels.copying import doubled

EMAIL = 1
"""A sign of a local part, "@", a name, a dot, two letters."""
IP_ADDRESS = 2
"""Four numbers with dots, or three colons with at most four digits between."""
NUMBER_7 = 4
"""7 digits with at most three of ``space ( ) . / -`` between two of them."""
NUMBER_9 = 8
"""9 such digits."""
NUMBER_13 = 16
"""13 digits with at most one space or hyphen between two of them."""
NUMBER_17 = 32
"""17 such digits."""
IBAN = 64
"""Two letters, two digits, 11 more of either; a space or hyphen may stand between."""
PLATE = 128
"""An abbreviation of a Chinese province before a letter."""
SECRET = 256
"""16 letters, digits, ``_ -`` in a row with a digit among them; ``://`` before "@"."""
ALL_FORMS = 511

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
"""What the licence plates of mainland China begin with, GA 36."""

_DIGIT, _LETTER, _HEX, _GAP, _JOINT, _EVENT, _HAN = 1, 2, 4, 8, 16, 32, 64
_REACH = 256
_MAX_GAP = 3
_SECRET_CHARS = 16
_IBAN_CHARS = 15
_FULL_WIDTH_LEAD = 0xEF
_FULL_WIDTH_HARMLESS = frozenset("!(),:;?")
"""Full-width marks of Chinese prose; any other form makes its line a candidate."""


class Candidates(NamedTuple):
    """Lines worth a look, in the order of the text; line ends are left out.

    Attributes:
        documents: Which text the line is of.
        starts: Byte position in ``data``.
        ends: One past the last byte.
        forms: Bits of what was seen there.
    """

    documents: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    forms: NDArray[np.int64]


def find_candidate_lines(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], wanted: int = ALL_FORMS
) -> Candidates:
    """Find the lines that show any of the wanted forms.

    Args:
        data: Bytes of all texts; need not be valid UTF-8.
        offsets: Where texts start, and where the last one ends.
        wanted: Bits of forms; others are not looked for.
    """
    return Candidates(*_scan(data, offsets, _CLASSES, _PROVINCE_CODES, wanted).T)


def _class_table() -> NDArray[np.uint8]:
    table = np.zeros(256, dtype=np.uint8)
    for code in range(128):
        character = chr(code)
        table[code] = (
            _DIGIT * character.isdigit()
            + _LETTER * character.isalpha()
            + _HEX * (character in "0123456789abcdefABCDEF")
            + _GAP * (character in " ()./-")
            + _JOINT * (character in "_-")
            + _EVENT * (character.isdigit() or character in "@:")
        )
    table[0xE4:0xEA] = _HAN
    table[_FULL_WIDTH_LEAD] = _EVENT
    return table


_CLASSES = _class_table()
_PROVINCE_CODES = np.array(sorted(map(ord, PROVINCES)), dtype=np.int64)
_HARMLESS = np.array(
    [chr(code) in _FULL_WIDTH_HARMLESS for code in range(128)], dtype=np.uint8
)


@kernel
def _scan(data, offsets, classes, provinces, wanted):  # noqa: ANN001, ANN202
    size = 0
    found = np.empty((256, 4), dtype=np.int64)
    for document in range(len(offsets) - 1):
        first, end = offsets[document], offsets[document + 1]
        position, line_end = first, first - 1
        number_end = word_end = first
        while position < end:
            kind = classes[data[position]]
            if kind & (_EVENT | _HAN) == 0:
                position += 1
                continue
            forms, step = 0, 1
            if kind & _HAN:
                forms, step = _plate_form(data, position, end, classes, provinces)
            elif kind & _DIGIT:
                forms, number_end, word_end = _digit_forms(
                    data, position, (first, end), classes, (number_end, word_end)
                )
            else:
                forms, step = _mark_forms(data, position, first, end, classes)
            forms &= wanted
            if forms:
                if position < line_end:
                    found[size - 1, 3] |= forms
                else:
                    if size == len(found):
                        found = doubled(found)
                    start, line_end = _line_around(data, position, first, end)
                    found[size, 0], found[size, 1] = document, start
                    found[size, 2], found[size, 3] = line_end, forms
                    size += 1
            position += step
    return found[:size]


@kernel
def _line_around(data, position, first, end):  # noqa: ANN001, ANN202
    start = position
    while start > first and data[start - 1] != ord("\n"):
        start -= 1
    stop = position
    while stop < end and data[stop] != ord("\n"):
        stop += 1
    return start, stop


@kernel
def _plate_form(data, position, end, classes, provinces):  # noqa: ANN001, ANN202
    """A character of three bytes, its first at ``position``: form and bytes."""
    after = position + 3
    if after >= end or classes[data[after]] & _LETTER == 0:
        return 0, 1
    code = (data[position] & 15) << 12
    code |= (data[position + 1] & 63) << 6 | data[position + 2] & 63
    place = np.searchsorted(provinces, code)
    if place < len(provinces) and provinces[place] == code:
        return PLATE, 3
    return 0, 3


@kernel
def _digit_forms(data, position, bounds, classes, done):  # noqa: ANN001, ANN202
    """What a digit belongs to; ``done`` is how far numbers and words were read."""
    first, end = bounds
    number_end, word_end = done
    if position > first and classes[data[position - 1]] & _DIGIT:
        return 0, number_end, word_end  # seen with the first digit of the run
    forms = _joint_forms(data, position, first, classes)
    forms |= _ipv4_form(data, position, end, classes)
    forms |= _iban_form(data, position, bounds, classes)
    if position >= number_end:
        number, number_end = _number_forms(data, position, end, classes)
        forms |= number
    if position >= word_end:
        start = position
        while start > first and classes[data[start - 1]] & (_LETTER | _DIGIT | _JOINT):
            start -= 1
        word_end = position
        while word_end < end and classes[data[word_end]] & (_LETTER | _DIGIT | _JOINT):
            word_end += 1
        if word_end - start >= _SECRET_CHARS:
            forms |= SECRET
    return forms, number_end, word_end


@kernel
def _joint_forms(data, position, first, classes):  # noqa: ANN001, ANN202
    """A typeset dash or space before a digit, after a digit or ")": may be anything."""
    before = 0
    last = data[position - 1] if position > first else 0
    if position - 3 > first and data[position - 3] == 0xE2:
        is_dash = 0x90 <= last <= 0x95 or last == 0xAF
        before = 4 if data[position - 2] == 0x80 and is_dash else 0
    elif position - 2 > first and data[position - 2] == 0xC2 and last == 0xA0:
        before = 3
    if before == 0:
        return 0
    joined = data[position - before]
    is_number = classes[joined] & _DIGIT or joined == ord(")")
    return ALL_FORMS if is_number else 0


@kernel
def _number_forms(data, position, end, classes):  # noqa: ANN001, ANN202
    """Count the digits of a number that may be written in groups."""
    loose = tight = most_tight = gap = 0
    while position < end and gap <= _MAX_GAP:
        kind = classes[data[position]]
        if kind & _DIGIT:
            loose, tight, gap = loose + 1, tight + 1, 0
            most_tight = max(most_tight, tight)
            position += 1
            continue
        size = 1
        if kind & _GAP == 0:
            if _folded(data, position, end) not in (ord("("), ord(")")):
                break
            size = 3
        gap += 1
        if gap > 1 or (data[position] != ord(" ") and data[position] != ord("-")):
            tight = 0
        position += size
    forms = NUMBER_7 * (loose >= 7) + NUMBER_9 * (loose >= 9)
    forms += NUMBER_13 * (most_tight >= 13) + NUMBER_17 * (most_tight >= 17)
    return forms, position


@kernel
def _ipv4_form(data, position, end, classes):  # noqa: ANN001, ANN202
    for part in range(4):
        if part:
            if position >= end or data[position] != ord("."):
                return 0
            position += 1
        size = 0
        while position < end and size < 4 and classes[data[position]] & _DIGIT:
            position += 1
            size += 1
        if size == 0 or size > 3:
            return 0
    return IP_ADDRESS


@kernel
def _iban_form(data, position, bounds, classes):  # noqa: ANN001, ANN202
    first, end = bounds
    start = position - 2
    if start < first or position + 1 >= end:
        return 0
    if classes[data[start]] & _LETTER == 0 or classes[data[start + 1]] & _LETTER == 0:
        return 0
    if classes[data[position + 1]] & _DIGIT == 0:
        return 0
    if start > first:
        before = data[start - 1]
        if classes[before] & (_LETTER | _DIGIT) or before == ord("_"):
            return 0
    num_chars, after_gap = 2, False
    while position < end and num_chars < _IBAN_CHARS:
        if classes[data[position]] & (_LETTER | _DIGIT):
            num_chars, after_gap = num_chars + 1, False
        elif data[position] in (ord(" "), ord("-")) and not after_gap:
            after_gap = True
        else:
            break
        position += 1
    return IBAN if num_chars == _IBAN_CHARS else 0


@kernel
def _mark_forms(data, position, first, end, classes):  # noqa: ANN001, ANN202
    """Forms at "@", ":" or a character of the block of full-width forms; bytes."""
    code = _folded(data, position, end)
    if data[position] == ord("@"):
        forms = _email_form(data, position, first, end, classes)
        return forms | _credentials_form(data, position, first), 1
    if code == ord(":"):
        size = 1 if data[position] == ord(":") else 3
        return _ipv6_form(data, position + size, end, classes), size
    if code < 0:
        return 0, 1
    return (0 if _HARMLESS[code] else ALL_FORMS), 3


@kernel
def _folded(data, position, end):  # noqa: ANN001, ANN202
    """ASCII code of a character, or of the one that it is the wide form of; or -1."""
    if data[position] < 128:
        return np.int64(data[position])
    if data[position] != _FULL_WIDTH_LEAD or position + 2 >= end:
        return np.int64(-1)
    block, place = data[position + 1], np.int64(data[position + 2] & 63)
    if block == 0xBC and place > 0:
        return place + 0x20
    if block == 0xBD and place <= 0x1E:
        return place + 0x60
    return np.int64(-1)


@kernel
def _email_form(data, position, first, end, classes):  # noqa: ANN001, ANN202
    if position == first or position + 1 >= end:
        return 0
    before = data[position - 1]
    if classes[before] & (_LETTER | _DIGIT | _JOINT) == 0 and before != ord("+"):
        return 0
    last = min(end - 2, position + _REACH + _REACH)
    position += 1
    while position < last:
        if data[position] == ord("."):
            after = classes[data[position + 1]] & classes[data[position + 2]]
            if after & _LETTER:
                return EMAIL
        elif classes[data[position]] & (_LETTER | _DIGIT | _JOINT) == 0:
            return 0
        position += 1
    return 0


@kernel
def _credentials_form(data, position, first):  # noqa: ANN001, ANN202
    """A user's name and password may stand between ``://`` and "@"."""
    last = max(first + 2, position - _REACH)
    position -= 1
    while position >= last and data[position] > ord(" "):
        if data[position] == ord("/"):
            is_url = data[position - 1] == ord("/") and data[position - 2] == ord(":")
            return SECRET if is_url else 0
        position -= 1
    return 0


@kernel
def _ipv6_form(data, position, end, classes):  # noqa: ANN001, ANN202
    """Two more colons follow one, with at most four hexadecimal digits between."""
    for _ in range(2):
        size = 0
        while position < end and size < 4 and classes[data[position]] & _HEX:
            position += 1
            size += 1
        if position >= end or _folded(data, position, end) != ord(":"):
            return 0
        position += 1 if data[position] == ord(":") else 3
    return IP_ADDRESS
