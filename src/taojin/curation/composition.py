"""What a document is made of: characters, words and lines.

Word signals follow Rae et al. 2021 (Gopher), appendix A1.1, with words cut at white
space: mean length, symbol-to-word ratio, alphabetic words, stop words, bullet and
ellipsis lines. The others are this project's.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from taojin.curation.segments import Segments, later_copies, ratio

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

Columns = dict[str, NDArray[Any]]

GOPHER_STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")

_SENTENCE_END = r"\p{L}[)\]'\"`*]*[.!?][)\]'\"`*]*$|[。！？]"
_BULLET = r"^(?:[•‣▪◦●]|[·*+–\-]\s)"
_ELLIPSIS = r"(?:\.\.\.|…)$"
_PROMPT = r"^(?:>>>|\.\.\.(?:\s|$)|\$\s|In \[\d+\]|Out\[\d+\])"
_LICENCE_PHRASES = (
    "copyright (c)",
    "copyright ©",
    "all rights reserved",
    "licensed under",
    "permission is hereby granted",
    "redistribution and use",
    "without warrant",
    "warranty of any kind",
    "warranties or conditions",
    "in no event shall",
    "merchantability",
    "general public license",
)
_CHARACTER_CLASSES = {
    "letter": (r"\p{L}", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    "digit": (r"\p{Nd}", b"0123456789"),
    "upper": (r"\p{Lu}", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
}


def measure_characters(text: pa.ChunkedArray) -> Columns:
    """Count bytes and code points; shares of letters, digits, capitals, non-ASCII."""
    num_chars = as_numpy(pc.utf8_length(text))
    num_ascii = _count_ascii(text, bytes(range(128)))
    columns: Columns = {
        "num_bytes": as_numpy(pc.binary_length(text)),
        "num_chars": num_chars,
        "share_non_ascii_chars": ratio(num_chars - num_ascii, num_chars),
    }
    foreign = np.flatnonzero(num_ascii < num_chars)
    foreign_text = text.take(pa.array(foreign))
    for name, (pattern, ascii_members) in _CHARACTER_CLASSES.items():
        counts = _count_ascii(text, ascii_members)
        counts[foreign] = as_numpy(pc.count_substring_regex(foreign_text, pattern))
        columns[f"share_{name}_chars"] = ratio(counts, num_chars)
    return columns


def measure_words(text: pa.ChunkedArray, words: Segments) -> Columns:
    """Measure the words of each document."""
    vocabulary, num_words = words.vocabulary, words.counts
    alphabetic = _matches(vocabulary, r"\p{L}")
    copies = later_copies(words.keys)
    hashes = as_numpy(pc.count_substring(text, "#"))
    ellipses = as_numpy(pc.count_substring(text, "...")) + as_numpy(
        pc.count_substring(text, "…")
    )
    return {
        "num_words": num_words,
        "mean_word_length": ratio(words.total(words.chars), num_words),
        "symbol_to_word_ratio": ratio(np.maximum(hashes, ellipses), num_words),
        "share_alphabetic_words": ratio(words.total(alphabetic), num_words),
        "share_unique_words": ratio(
            num_words - words.total_of_pieces(copies), num_words
        ),
        "num_stop_words": _count_distinct(words, GOPHER_STOP_WORDS),
        "num_sentence_ends": words.total(_matches(vocabulary, _SENTENCE_END)),
    }


def measure_lines(lines: Segments, paragraphs: Segments) -> Columns:
    """Measure the lines of each document."""
    kinds = {"bullet": _BULLET, "ellipsis": _ELLIPSIS, "doctest": _PROMPT}
    columns: Columns = {
        f"share_{kind}_lines": ratio(
            lines.total(_matches(lines.vocabulary, pattern)), lines.counts
        )
        for kind, pattern in kinds.items()
    }
    columns["num_lines"] = lines.counts
    columns["num_paragraphs"] = paragraphs.counts
    columns["num_licence_phrases"] = lines.total(_count_phrases(lines.vocabulary))
    return columns


def as_numpy(values: pa.ChunkedArray | pa.Array) -> NDArray[np.int64]:
    """Copy Arrow integers to a writable NumPy array."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return values.to_numpy(zero_copy_only=False).astype(np.int64)


def _matches(vocabulary: pa.Array, pattern: str) -> NDArray[np.int64]:
    found = pc.match_substring_regex(vocabulary, pattern)
    return found.to_numpy(zero_copy_only=False).astype(np.int64)


def _count_phrases(vocabulary: pa.Array) -> NDArray[np.int64]:
    lowered = pc.utf8_lower(vocabulary)
    counts = np.zeros(len(vocabulary), dtype=np.int64)
    for phrase in _LICENCE_PHRASES:
        counts += as_numpy(pc.count_substring(lowered, phrase))
    return counts


def _count_distinct(words: Segments, wanted: tuple[str, ...]) -> NDArray[np.int64]:
    """How many of the wanted words each document has, in any case."""
    lowered = pc.utf8_lower(words.vocabulary)
    bare = pc.utf8_trim(lowered, characters=".,;:!?\"'()[]`*")
    ranks = pc.index_in(bare, value_set=pa.array(wanted, type=bare.type))
    rank = ranks.fill_null(-1).to_numpy(zero_copy_only=False)[words.ids]
    found = np.flatnonzero(rank >= 0)
    pairs = np.unique(words.documents[found] * len(wanted) + rank[found])
    return np.bincount(pairs // len(wanted), minlength=words.num_documents)


def _count_ascii(text: pa.ChunkedArray, members: bytes) -> NDArray[np.int64]:
    """Count the bytes of each text that are among ``members``, straight from Arrow."""
    table = np.zeros(256, dtype=bool)
    table[list(members)] = True
    counts = [_count_in_chunk(chunk, table) for chunk in text.chunks]
    return np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64)


def _count_in_chunk(chunk: pa.Array, table: NDArray[np.bool_]) -> NDArray[np.int64]:
    offsets_buffer, data = chunk.buffers()[1:]
    width = np.int64 if pa.types.is_large_string(chunk.type) else np.int32
    offsets = np.frombuffer(offsets_buffer, dtype=width)
    offsets = offsets[chunk.offset : chunk.offset + len(chunk) + 1]
    counts = np.zeros(len(chunk), dtype=np.int64)
    filled = np.flatnonzero(np.diff(offsets))
    if len(filled):
        content = np.frombuffer(data, dtype=np.uint8)[: offsets[-1]]
        starts = offsets[:-1][filled]
        hits = table[content]
        counts[filled] = np.add.reduceat(hits, starts, dtype=np.int64)
    return counts
