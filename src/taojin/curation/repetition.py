"""How much of a document repeats itself.

Definitions follow Rae et al. 2021 (Gopher), appendix A1.1. Where that leaves room,
a piece counts as duplicate if the same piece stands earlier in the document, and
shares of characters are taken of all characters of the text.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from taojin.curation.segments import Segments, later_copies, ratio
from taojin.curation.signal_schema import NGRAM_SIZES_DUPLICATE, NGRAM_SIZES_TOP

Columns = dict[str, NDArray[Any]]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


def measure_repetition(
    words: Segments,
    lines: Segments,
    paragraphs: Segments,
    num_chars: NDArray[np.int64],
) -> Columns:
    """Measure repeated lines, paragraphs and word n-grams of each document."""
    return {
        **_repeated_pieces("line", lines, num_chars),
        **_repeated_pieces("paragraph", paragraphs, num_chars),
        **_repeated_ngrams(words, num_chars),
    }


def ngram_keys(
    words: Segments, size: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash the n-grams of all documents.

    Returns:
        A 64-bit key for each n-gram, equal for equal n-grams of one document only
        (but for a chance of about 10^-6 in a part of ten million words), and the
        index of its first word.
    """
    starts = np.flatnonzero(_has_room(words, size))
    keys = words.documents[starts].astype(np.uint64)
    for shift in range(size):
        keys *= _MULTIPLIER
        keys ^= words.ids[starts + shift].astype(np.uint64)
        keys ^= keys >> _SHIFT
    return keys * _MULTIPLIER, starts


def _repeated_pieces(
    name: str, pieces: Segments, num_chars: NDArray[np.int64]
) -> Columns:
    copies = later_copies(pieces.keys)
    chars = np.where(copies, pieces.chars[pieces.ids], 0)
    return {
        f"share_duplicate_{name}s": ratio(
            pieces.total_of_pieces(copies), pieces.counts
        ),
        f"share_duplicate_{name}_chars": ratio(
            pieces.total_of_pieces(chars), num_chars
        ),
    }


def _repeated_ngrams(words: Segments, num_chars: NDArray[np.int64]) -> Columns:
    chars = words.chars[words.ids]
    columns: Columns = {}
    for size in (*NGRAM_SIZES_TOP, *NGRAM_SIZES_DUPLICATE):
        keys, starts = ngram_keys(words, size)
        if size in NGRAM_SIZES_TOP:
            covered = _top_ngram_chars(words, keys, starts, size)
            columns[f"share_top_{size}_gram_chars"] = ratio(covered, num_chars)
        else:
            repeated = starts[later_copies(keys)]
            marks = _mark_spans(len(chars), repeated, size)
            covered = words.total_of_pieces(np.where(marks, chars, 0))
            columns[f"share_duplicate_{size}_gram_chars"] = ratio(covered, num_chars)
    return columns


def _top_ngram_chars(
    words: Segments, keys: NDArray[np.uint64], starts: NDArray[np.int64], size: int
) -> NDArray[np.int64]:
    """Characters of the most frequent n-gram times its count; the longest of equals.

    0 where no n-gram occurs twice.
    """
    covered = np.zeros(words.num_documents, dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    new = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))[: len(keys)]
    counts = np.diff(np.append(new, len(order)))
    repeated = counts > 1
    counts, first = counts[repeated], starts[order[new[repeated]]]
    running = np.concatenate([[0], np.cumsum(words.chars[words.ids])])
    lengths = running[first + size] - running[first]
    documents = words.documents[first]
    best = np.lexsort((lengths, counts, documents))
    # Of each document the last in this order is the best.
    is_last = np.append(documents[best][1:] != documents[best][:-1], True)[: len(best)]
    top = best[is_last]
    covered[documents[top]] = counts[top] * lengths[top]
    return covered


def _has_room(words: Segments, size: int) -> NDArray[np.bool_]:
    """Mark words that have ``size - 1`` words of their document after them."""
    ends = np.repeat(words.offsets[1:], words.counts)
    return np.arange(len(words.ids)) + size <= ends


def _mark_spans(length: int, starts: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    """Mark ``size`` elements from each start; overlaps are marked once."""
    steps = np.zeros(length + 1, dtype=np.int64)
    np.add.at(steps, starts, 1)
    np.add.at(steps, starts + size, -1)
    return np.cumsum(steps[:-1]) > 0
