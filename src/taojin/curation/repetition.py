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


def ngram_keys(words: Segments, size: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Hash the n-grams of all documents.

    Returns:
        A 64-bit key for each n-gram (equal n-grams have equal keys within this
        part; keys of different parts say nothing), and the index of its first word.
    """
    starts = np.flatnonzero(_has_room(words, size))
    keys = np.zeros(len(starts), dtype=np.uint64)
    for shift in range(size):
        following = words.ids[starts + shift].astype(np.uint64) + np.uint64(1)
        keys = (keys ^ following) * _MULTIPLIER
        keys ^= keys >> _SHIFT
    return keys, starts


def _repeated_pieces(
    name: str, pieces: Segments, num_chars: NDArray[np.int64]
) -> Columns:
    copies = later_copies(pieces.documents, pieces.ids)
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
    documents, chars = words.documents, words.chars[words.ids]
    columns: Columns = {}
    for size in (*NGRAM_SIZES_TOP, *NGRAM_SIZES_DUPLICATE):
        keys, starts = ngram_keys(words, size)
        if size in NGRAM_SIZES_TOP:
            covered = _top_ngram_chars(words, documents, chars, (keys, starts, size))
            columns[f"share_top_{size}_gram_chars"] = ratio(covered, num_chars)
        else:
            repeated = starts[later_copies(documents[starts], keys)]
            marks = _mark_spans(len(chars), repeated, size)
            covered = words.total_of_pieces(np.where(marks, chars, 0))
            columns[f"share_duplicate_{size}_gram_chars"] = ratio(covered, num_chars)
    return columns


def _top_ngram_chars(
    words: Segments,
    documents: NDArray[np.int64],
    chars: NDArray[np.int64],
    ngrams: tuple[NDArray[Any], NDArray[np.int64], int],
) -> NDArray[np.int64]:
    """Characters of the most frequent n-gram times its count; the longest of equals.

    0 where no n-gram occurs twice.
    """
    keys, starts, size = ngrams
    covered = np.zeros(words.num_documents, dtype=np.int64)
    if not len(keys):
        return covered
    order = np.lexsort((keys, documents[starts]))
    groups, sorted_keys = documents[starts][order], keys[order]
    new = np.flatnonzero(
        np.concatenate(
            [
                [True],
                (groups[1:] != groups[:-1]) | (sorted_keys[1:] != sorted_keys[:-1]),
            ]
        )
    )
    counts = np.diff(np.append(new, len(order)))
    running = np.concatenate([[0], np.cumsum(chars)])
    first = starts[order[new]]
    lengths = running[first + size] - running[first]
    best = np.lexsort((lengths, counts, groups[new]))
    last = np.append(np.flatnonzero(np.diff(groups[new][best])), len(best) - 1)
    top = best[last]
    covered[groups[new][top]] = np.where(counts[top] > 1, counts[top] * lengths[top], 0)
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
