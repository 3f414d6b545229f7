"""A linear model over hashed n-grams: what its classes weigh, and how texts score.

The score of a text is the weighted share of its n-grams, shrunk towards 0 for texts
with few of them: ``bias + scale * sum(w * |w|) / (number of n-grams + smoothing)``.
The ``w`` are whole numbers of 8 bits, so a model is small and its sums are exact; the
square gives the many small weights and the few large ones the same relative precision.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import kernel, lean_kernel
from taojin.core.text_buffers import TextBuffers, read_only
from taojin.curation.learned.features import (
    FEATURES_A_BYTE,
    SPARE_FEATURES,
    char_ngrams,
    symbol_table,
    word_ngrams,
)
from taojin.curation.learned.windows import Windows

_FEATURES_AT_ONCE = 1 << 16
"""Few enough that the sum of their squared weights fits 32 bits."""

FeatureKind = Literal["chars", "words"]


@dataclass(frozen=True)
class LinearTextModel:
    """A trained model.

    Attributes:
        kind: N-grams of characters (``char_ngrams``) or of words (``word_ngrams``).
        bits: Buckets are 2^bits.
        weights: int8, shape (2^bits, columns): a column a label, or only one, for the
            second of two labels.
        scale: Of a squared weight.
        bias: float64, one a column.
        smoothing: N-grams of nothing that every text is given.
        labels: In the order of the columns.
        max_bytes: Of a document that are read; see ``windows.spread_windows``.
        note: What it was trained on and how good it is, for people.
    """

    kind: FeatureKind
    bits: int
    weights: NDArray[np.int8]
    scale: float
    bias: NDArray[np.float64]
    smoothing: float
    labels: tuple[str, ...]
    max_bytes: int
    note: dict[str, Any] = field(default_factory=dict)


def margins(
    texts: TextBuffers, windows: Windows, num_texts: int, model: LinearTextModel
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Score texts by all their windows together.

    Args:
        texts: Holds the bytes.
        windows: Of the texts; ``owners`` in [0, num_texts).
        num_texts: Texts to score.
        model: The model.

    Returns:
        Margins, float64, shape (num_texts, columns), and how many letters
        (``chars``) or words (``words``) were read of each text, int64.
    """
    num_columns = model.weights.shape[1]
    sums = np.zeros((num_texts, num_columns), np.int64)
    counts = np.zeros((num_texts, 2), np.int64)
    _add_windows(
        texts.data,
        windows.starts,
        windows.ends,
        windows.owners,
        symbol_table(),
        read_only(model.weights),
        (model.kind == "chars", model.bits, _room(windows)),
        sums,
        counts,
    )
    shares = sums / (counts[:, :1] + model.smoothing)
    return model.bias + model.scale * shares, counts[:, 1]


def bucket_lists(
    texts: TextBuffers, windows: Windows, kind: FeatureKind, bits: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """List the n-grams of each window, for training.

    Returns:
        All buckets, int32, and where the list of each window starts in them, int64,
        one more than windows.
    """
    room = int((windows.ends - windows.starts).sum()) * FEATURES_A_BYTE
    found = np.zeros(room + SPARE_FEATURES * (len(windows.starts) + 1), np.int32)
    offsets = np.zeros(len(windows.starts) + 1, np.int64)
    _list_windows(
        texts.data,
        windows.starts,
        windows.ends,
        symbol_table(),
        (kind == "chars", bits),
        found,
        offsets,
    )
    return found[: offsets[-1]].copy(), offsets


def _room(windows: Windows) -> int:
    longest = int((windows.ends - windows.starts).max(initial=0))
    return longest * FEATURES_A_BYTE + SPARE_FEATURES


@kernel
def _add_windows(  # noqa: PLR0913, PLR0917 - arrays that no tuple makes clearer
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    owners: NDArray[np.int64],
    table: NDArray[np.int32],
    weights: NDArray[np.int8],
    settings: tuple[bool, int, int],
    sums: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    """Add up the weights of the n-grams of each window, under its owner."""
    is_chars, bits, room = settings
    found = np.empty(room, np.int32)
    num_columns = weights.shape[1]
    partial = np.zeros(num_columns, np.int32)
    for index in range(len(starts)):
        owner = owners[index]
        if is_chars:
            count, size = char_ngrams(
                data, starts[index], ends[index], table, bits, found
            )
        else:
            count, size = word_ngrams(
                data, starts[index], ends[index], table, bits, found
            )
        for first in range(0, count, _FEATURES_AT_ONCE):
            partial[:] = 0
            last = min(count, first + _FEATURES_AT_ONCE)
            _add_rows(weights, found[first:last], partial)
            for column in range(num_columns):
                sums[owner, column] += partial[column]
        counts[owner, 0] += count
        counts[owner, 1] += size


@lean_kernel
def _add_rows(
    weights: NDArray[np.int8], found: NDArray[np.int32], sums: NDArray[np.int32]
) -> None:
    for feature in range(len(found)):
        row = found[feature]
        for column in range(len(sums)):
            weight = np.int32(weights[row, column])
            sums[column] += weight * np.int32(abs(weight))


@lean_kernel
def _list_windows(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    table: NDArray[np.int32],
    settings: tuple[bool, int],
    found: NDArray[np.int32],
    offsets: NDArray[np.int64],
) -> None:
    is_chars, bits = settings
    for index in range(len(starts)):
        room = found[offsets[index] :]
        if is_chars:
            count, _ = char_ngrams(data, starts[index], ends[index], table, bits, room)
        else:
            count, _ = word_ngrams(data, starts[index], ends[index], table, bits, room)
        offsets[index + 1] = offsets[index] + count
