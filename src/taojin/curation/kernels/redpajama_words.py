"""RedPajama-V2's words: how a text reads in lower case, decomposed, without marks.

A word is what stands between white space, without ASCII punctuation. Characters come
one by one, so two things that depend on their neighbours are left out: the form of a
sigma at the end of a word, and the order of several combining marks.
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import kernel, lean_kernel
from taojin.curation.kernels.characters import (
    NUMERIC,
    PUNCTUATION,
    SPACE,
    SYMBOL,
    character_classes,
    decode_at,
)
from taojin.curation.kernels.hashing import hash_bytes, mix

# Beyond these and ASCII no character has a lower-case or decomposed form of its own.
_FOLDED = ((0x80, 0x3400), (0xA640, 0xAC00), (0xF900, 0x1F200), (0x2F800, 0x2FA20))
_HANGUL_START, _HANGUL_END = 0xAC00, 0xD7A4
_NUM_VOWELS, _NUM_FINALS = 21, 28
_NUM_SLOTS = 2048  # a power of two
_MAX_STOP_WORD = 13
_FIVE_BYTES = (1 << 40) - 1
_SEED = np.uint64(0x452821E638D01377)

# English stop words of stopwords-json that are one word here, that is without marks.
_STOP_WORDS = """
a able about above according accordingly across actually after afterwards again
against all allow allows almost alone along already also although always am
among amongst an and another any anybody anyhow anyone anything anyway anyways
anywhere apart appear appreciate appropriate are around as aside ask asking
associated at available away awfully b be became because become becomes becoming
been before beforehand behind being believe below beside besides best better
between beyond both brief but by c came can cannot cant cause causes certain
certainly changes clearly co com come comes concerning consequently consider
considering contain containing contains corresponding could course currently d
definitely described despite did different do does doing done down downwards
during e each edu eg eight either else elsewhere enough entirely especially et
etc even ever every everybody everyone everything everywhere ex exactly example
except f far few fifth first five followed following follows for former formerly
forth four from further furthermore g get gets getting given gives go goes going
gone got gotten greetings h had happens hardly has have having he hello help
hence her here hereafter hereby herein hereupon hers herself hi him himself his
hither hopefully how howbeit however i ie if ignored immediate in inasmuch inc
indeed indicate indicated indicates inner insofar instead into inward is it its
itself j just k keep keeps kept know known knows l last lately later latter
latterly least less lest let like liked likely little look looking looks ltd m
mainly many may maybe me mean meanwhile merely might more moreover most mostly
much must my myself n name namely nd near nearly necessary need needs neither
never nevertheless new next nine no nobody non none noone nor normally not
nothing novel now nowhere o obviously of off often oh ok okay old on once one
ones only onto or other others otherwise ought our ours ourselves out outside
over overall own p particular particularly per perhaps placed please plus
possible presumably probably provides q que quite qv r rather rd re really
reasonably regarding regardless regards relatively respectively right s said
same saw say saying says second secondly see seeing seem seemed seeming seems
seen self selves sensible sent serious seriously seven several shall she should
since six so some somebody somehow someone something sometime sometimes somewhat
somewhere soon sorry specified specify specifying still sub such sup sure t take
taken tell tends th than thank thanks thanx that thats the their theirs them
themselves then thence there thereafter thereby therefore therein theres
thereupon these they think third this thorough thoroughly those though three
through throughout thru thus to together too took toward towards tried tries
truly try trying twice two u un under unfortunately unless unlikely until unto
up upon us use used useful uses using usually uucp v value various very via viz
vs w want wants was way we welcome well went were what whatever when whence
whenever where whereafter whereas whereby wherein whereupon wherever whether
which while whither who whoever whole whom whose why will willing wish with
within without wonder would x y yes yet you your yours yourself yourselves z
zero
"""


class Tables(NamedTuple):
    """What tells words apart.

    Attributes:
        classes: See :func:`~taojin.curation.kernels.characters.character_classes`.
        stop_words: Hash table of the hashes of stop words; 0 where a slot is free.
        indices: By code point below 0x30000: 0 where its lower-case, decomposed form
            is itself, otherwise one more than the row of its form.
        forms: Code points of each form, 0 behind the last.
        form: Room for one form.
    """

    classes: NDArray[np.uint16]
    stop_words: NDArray[np.uint64]
    indices: NDArray[np.uint16]
    forms: NDArray[np.int64]
    form: NDArray[np.int64]


class Word(NamedTuple):
    """A normalised word.

    Attributes:
        key: Hash of its characters.
        length: Its characters; 0 if there is no word.
        num_numeric: Those that have a numeric value.
        head: First five characters, if it has as many, each as a byte; characters
            above 254 as 255.
        tail: Last five characters, likewise; fewer in a shorter word.
    """

    key: np.uint64
    length: int
    num_numeric: int
    head: int
    tail: int


def make_tables() -> Tables:
    """Make the tables; all but the room are made once a process and read-only."""
    indices, forms = _folding()
    room = np.zeros(forms.shape[1], np.int64)
    return Tables(character_classes(), _stop_words(), indices, forms, room)


@cache
def _folding() -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    indices = np.zeros(0x30000, np.uint16)
    rows: list[str] = []
    for first, end in _FOLDED:
        for code in range(first, end):
            character = chr(code)
            form = unicodedata.normalize("NFD", character.lower())
            if form != character:
                rows.append(form)
                indices[code] = len(rows)
    width = max(map(len, rows))
    forms = np.array([[*map(ord, row.ljust(width, "\0"))] for row in rows], np.int64)
    for table in (indices, forms):
        table.flags.writeable = False
    return indices, forms


@cache
def _stop_words() -> NDArray[np.uint64]:
    table = np.zeros(_NUM_SLOTS, np.uint64)
    for word in _STOP_WORDS.split():
        letters = np.frombuffer(word.encode(), np.uint8)
        key = hash_bytes(letters, 0, len(letters))
        slot = int(key) % _NUM_SLOTS
        while table[slot]:
            slot = (slot + 1) % _NUM_SLOTS
        table[slot] = key
    table.flags.writeable = False
    return table


@lean_kernel
def is_stop_word(
    data: NDArray[np.uint8], start: int, end: int, table: NDArray[np.uint64]
) -> bool:
    """Tell whether bytes are an English stop word, in lower case."""
    if end - start > _MAX_STOP_WORD or not 0x61 <= data[start] <= 0x7A:
        return False
    key = hash_bytes(data, start, end)
    slot = key & np.uint64(_NUM_SLOTS - 1)
    while table[slot]:
        if table[slot] == key:
            return True
        slot = (slot + np.uint64(1)) & np.uint64(_NUM_SLOTS - 1)
    return False


@kernel
def read_word(
    data: NDArray[np.uint8],
    position: int,
    end: int,
    tables: Tables,
) -> tuple[Word, int]:
    """Read the next word, and the white space behind it.

    Args:
        data: Bytes of texts.
        position: Where to start.
        end: Where to stop.
        tables: See :func:`make_tables`.

    Returns:
        The word, and where the next one starts at the earliest.
    """
    classes = tables.classes
    key, length, num_numeric = _SEED, 0, 0
    head, tail = 0, 0
    while position < end:
        code, step = decode_at(data, position, end)
        position += step
        bits = classes[code]
        if bits & SPACE:
            break
        if code < 0x80 and bits & (PUNCTUATION | SYMBOL):
            continue
        for index in range(_fold(code, tables)):
            folded = tables.form[index]
            key = mix(key, np.uint64(folded))
            length += 1
            num_numeric += classes[folded] & NUMERIC != 0
            tail = (tail << 8 | min(folded, 0xFF)) & _FIVE_BYTES
            if length == 5:
                head = tail
    return Word(key, length, num_numeric, head, tail), position


@lean_kernel
def _fold(code: int, tables: Tables) -> int:
    """Write the form of a character to ``tables.form``; returns its code points."""
    form, forms = tables.form, tables.forms
    if code < 0x80:
        form[0] = code | 0x20 if 0x41 <= code <= 0x5A else code
        return 1
    if _HANGUL_START <= code < _HANGUL_END:
        index = code - _HANGUL_START
        form[0] = 0x1100 + index // (_NUM_VOWELS * _NUM_FINALS)
        form[1] = 0x1161 + index // _NUM_FINALS % _NUM_VOWELS
        form[2] = 0x11A7 + index % _NUM_FINALS
        return 3 if index % _NUM_FINALS else 2
    row = np.int64(tables.indices[code]) if code < len(tables.indices) else 0
    if row == 0:
        form[0] = code
        return 1
    length = 0
    while length < forms.shape[1] and forms[row - 1, length]:
        form[length] = forms[row - 1, length]
        length += 1
    return length
