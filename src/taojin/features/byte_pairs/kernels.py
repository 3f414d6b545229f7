"""Encode texts: pieces, the memo, and merges where it does not know a piece."""

from typing import NamedTuple

import numpy as np

from taojin.core.compilation import ZERO, lean_kernel
from taojin.features.byte_pairs.compilation import (
    Bytes,
    Numbers,
    Places,
    Tokens,
)
from taojin.features.byte_pairs.memo import (
    MAX_MEMO_BYTES,
    MAX_MEMO_IDS,
    key_of,
    recall,
    remember,
    slot_of,
)
from taojin.features.byte_pairs.merges import merge_piece
from taojin.features.byte_pairs.pieces import piece_end


class Model(NamedTuple):
    """What was learnt, and what characters are.

    Attributes:
        end_id: Token id that is written after each text.
        classes: uint8, class of each code point.
        byte_ids: uint64, token id of each byte.
        pairs: Merges, see :func:`fill_pairs`.
    """

    end_id: int
    classes: Bytes
    byte_ids: Numbers
    pairs: Numbers


class Room(NamedTuple):
    """Where the kernels work.

    Attributes:
        memo: uint64, shape ``(slots, MEMO_COLUMNS)``, a power of two of slots; zeros
            at first. Tokens of pieces that were met before.
        scratch: uint64, shape ``(SCRATCH_ROWS, room)``; room for the bytes of the
            longest text.
        places: int64, shape ``(2, room)``.
    """

    memo: Numbers
    scratch: Numbers
    places: Places


@lean_kernel
def encode(
    model: Model,
    room: Room,
    num_memos: int,
    data: Bytes,
    offsets: Places,
    out: Tokens,
    ends: Places,
) -> int:
    """Encode texts, each followed by ``end_id``.

    Args:
        model: See :class:`Model`.
        room: See :class:`Room`.
        num_memos: Entries of the memo.
        data: uint8, the texts, one after another.
        offsets: int64, where each starts, and where the last one ends.
        out: uint32, room for a token a byte and text, and ``SPARE`` more.
        ends: int64; gets where each text ends in ``out``.

    Returns:
        The entries of the memo.
    """
    end_id, classes, byte_ids, pairs = model
    memo, scratch, places = room
    ids = scratch[0]
    first = second = np.uint64(0)
    written = ZERO
    for number in range(len(offsets) - 1):
        at, end = offsets[number], offsets[number + 1]
        while at < end:
            start, at = at, piece_end(data, at, end, classes)
            slot = np.uint64(0)
            is_short = at - start <= MAX_MEMO_BYTES
            if is_short:
                first, second = key_of(data, start, at)
                slot = slot_of(memo, first, second)
                if memo[slot, 1] != 0:
                    written = recall(memo, slot, out, written)
                    continue
            num_ids = merge_piece(data, start, at, byte_ids, pairs, scratch, places)
            for index in range(num_ids):
                out[written + index] = np.uint32(ids[index])
            written += num_ids
            if is_short and num_ids <= MAX_MEMO_IDS:
                remember(memo, slot, first, second, ids, num_ids)
                num_memos += 1
                if 2 * num_memos > len(memo):
                    memo[:] = 0
                    num_memos = 0
        out[written] = end_id
        written += 1
        ends[number] = written
    return num_memos
