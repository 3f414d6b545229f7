"""Remember the tokens of short pieces: most of a text is pieces that came before."""

from typing import Any

import numpy as np

from taojin.core.compilation import lean_kernel
from taojin.features.byte_pairs.compilation import (
    FACTOR,
    HALF,
    LOW,
    Bytes,
    Numbers,
    Tokens,
    inlined,
    load_word,
)

MEMO_COLUMNS = 8
"""A row of the memo, one cache line: a piece's bytes and length (two columns), the
number of its ids, and these (two a column)."""
MAX_MEMO_BYTES = 15
MAX_MEMO_IDS = 10
SPARE = 2
"""Room that :func:`recall` needs in its output besides that for tokens."""

_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_FACTOR_TOO = np.uint64(0xC2B2_AE3D_27D4_EB4F)


@inlined
def key_of(data: Bytes, at: int, stop: int) -> tuple[Any, Any]:
    """Return a short piece's bytes, and in the highest byte its length."""
    size = np.uint64(stop - at)
    eight = np.uint64(8)
    if at + 16 <= len(data):
        first, second = load_word(data, at), load_word(data, at + 8)
        if size < eight:
            first &= _ALL >> (eight * (eight - size))
            second = np.uint64(0)
        else:
            # Shifted twice: by 64 at once would be by nothing.
            second &= _ALL >> eight >> (eight * (np.uint64(15) - size))
        return first, second | size << np.uint64(56)
    first, second = np.uint64(0), np.uint64(0)
    for index in range(stop - 1, at - 1, -1):
        byte = np.uint64(data[index])
        if index - at < 8:
            first = first << eight | byte
        else:
            second = second << eight | byte
    return first, second | size << np.uint64(56)


@inlined
def slot_of(memo: Numbers, first: Any, second: Any) -> Any:
    """Return the row of a piece, or the empty one where it belongs."""
    mask = np.uint64(len(memo) - 1)
    slot = first * FACTOR ^ second * _FACTOR_TOO
    slot = (slot ^ slot >> HALF) & mask
    while memo[slot, 1] != 0 and (memo[slot, 0] != first or memo[slot, 1] != second):
        slot = (slot + np.uint64(1)) & mask
    return slot


@lean_kernel
def remember(
    memo: Numbers, slot: Any, first: Any, second: Any, ids: Numbers, num_ids: int
) -> None:
    """Enter a piece into an empty row."""
    memo[slot, 0], memo[slot, 1], memo[slot, 2] = first, second, np.uint64(num_ids)
    for index in range(num_ids):
        column = 3 + (index >> 1)
        if index & 1:
            memo[slot, column] |= ids[index] << HALF
        else:
            memo[slot, column] = ids[index]


@inlined
def recall(memo: Numbers, slot: Any, out: Tokens, written: int) -> Any:
    """Copy the ids of a row; return where they end."""
    num_ids = np.int64(memo[slot, 2])
    # Two at once without asking how many there are: what is too much is overwritten.
    out[written] = np.uint32(memo[slot, 3] & LOW)
    out[written + 1] = np.uint32(memo[slot, 3] >> HALF)
    for index in range(2, num_ids):
        pair = memo[slot, 3 + (index >> 1)]
        out[written + index] = np.uint32(pair >> (HALF * np.uint64(index & 1)))
    return written + num_ids
