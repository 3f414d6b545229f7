"""The hashed table of an n-gram model, and the kernel that reads it.

A slot is 32 bits: a tag of the n-gram (15 bits and a one), the cost of its last byte
after the others, and the cost of backing off from it as a context; costs are in steps
of ``1 / STEPS_A_BIT`` bits. Open addressing, linear probing.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel

STEPS_A_BIT = 10

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_OF_LENGTH = np.uint64(0xD6E8FEB86659FD93)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_NEWLINES = np.uint64(0x0A0A0A0A0A0A0A0A)
_MIX, _BYTE, _TAG_SHIFT = np.uint64(32), np.uint64(8), np.uint64(48)
_BITS_A_BYTE, _BITS_A_KEY = 8, 64

Tables = tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.int32], int]
"""Slots, costs of single bytes, costs of backing off after them, order."""


@lean_kernel
def insert_entries(
    slots: NDArray[np.uint32],
    keys: NDArray[np.uint64],
    costs: NDArray[np.int32],
    length: int,
) -> None:
    """Add n-grams of one length; no key twice.

    Args:
        slots: Changed; has free slots left.
        keys: Packed bytes, the last one lowest.
        costs: Of the last byte, 0 to 255.
        length: Bytes of a key.
    """
    last = len(slots) - 1
    for index in range(len(keys)):
        hashed = _hash(keys[index], length)
        at = np.int64(hashed & np.uint64(last))
        while slots[at] != 0:
            at = (at + 1) & last
        slots[at] = np.uint32(_tag(hashed) << 16 | int(costs[index]) << 8)


@lean_kernel
def add_escapes(
    slots: NDArray[np.uint32],
    keys: NDArray[np.uint64],
    costs: NDArray[np.int32],
    length: int,
) -> None:
    """Note the cost of backing off at contexts that are in the table."""
    for index in range(len(keys)):
        at = _find(slots, keys[index], length)
        if at >= 0:
            slots[at] = slots[at] & np.uint32(0xFFFFFF00) | np.uint32(costs[index])


@lean_kernel
def text_costs(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    owners: NDArray[np.int64],
    tables: Tables,
    costs: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    """Add up costs and bytes of windows under their owners.

    An n-gram whose last byte is left off is looked for only if it was found one byte
    earlier: nothing longer can be in the table.
    """
    slots, _, byte_escapes, order = tables
    for index in range(len(starts)):
        key, found, total = _NEWLINES, 1, 0
        escape = byte_escapes[0x0A]
        for at in range(starts[index], ends[index]):
            before = key
            key = key << _BYTE | np.uint64(data[at])
            length = min(found + 1, order)
            if length == found:  # the longest context is one byte shorter
                escape = _escape(slots, byte_escapes, before, length - 1)
            cost, found, escape = _cost(tables, before, key, length, escape)
            total += cost
        costs[owners[index]] += total
        counts[owners[index]] += ends[index] - starts[index]


@lean_kernel
def _cost(
    tables: Tables, before: np.uint64, key: np.uint64, length: int, escape: int
) -> tuple[int, int, int]:
    """Cost of a byte: of the longest known n-gram, and of backing off to it.

    Returns:
        The cost, the length of that n-gram, and what backing off from it costs.
    """
    slots, byte_costs, byte_escapes, _ = tables
    cost = 0
    while length > 1:
        at = _find(slots, key, length)
        if at >= 0:
            slot = int(slots[at])
            return cost + (slot >> 8 & 0xFF), length, slot & 0xFF
        cost += escape
        length -= 1
        if length > 1:
            escape = _escape(slots, byte_escapes, before, length - 1)
    last = np.int64(key & np.uint64(0xFF))
    return cost + byte_costs[last], 1, byte_escapes[last]


@lean_kernel
def _escape(
    slots: NDArray[np.uint32],
    byte_escapes: NDArray[np.int32],
    context: np.uint64,
    length: int,
) -> int:
    if length <= 1:
        return int(byte_escapes[np.int64(context & np.uint64(0xFF))])
    at = _find(slots, context, length)
    return int(slots[at]) & 0xFF if at >= 0 else 0


@lean_kernel
def _find(slots: NDArray[np.uint32], key: np.uint64, length: int) -> np.int64:
    """Position of an n-gram in the table, -1 where it is not."""
    last = len(slots) - 1
    hashed = _hash(key, length)
    tag = _tag(hashed)
    at = np.int64(hashed & np.uint64(last))
    for _ in range(len(slots)):
        slot = int(slots[at])
        if slot == 0:
            return np.int64(-1)
        if slot >> 16 == tag:
            return at
        at = (at + 1) & last
    return np.int64(-1)


@lean_kernel
def _hash(key: np.uint64, length: int) -> np.uint64:
    """Hash the last ``length`` bytes of a key."""
    kept = key & (_ALL >> np.uint64(_BITS_A_KEY - _BITS_A_BYTE * length))
    hashed = (kept + np.uint64(length) * _OF_LENGTH) * _MULTIPLIER
    hashed = (hashed ^ (hashed >> _MIX)) * _MULTIPLIER
    return hashed ^ (hashed >> _MIX)


@lean_kernel
def _tag(hashed: np.uint64) -> np.int64:
    return np.int64(hashed >> _TAG_SHIFT) | 1
