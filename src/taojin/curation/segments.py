"""Texts cut into pieces (words, lines, paragraphs), all documents of a part at once.

Pieces are kept as numbers into a list of the distinct ones, so whatever depends on
a piece alone is computed once for each distinct piece, in Arrow or NumPy.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

# Scripts that set no spaces between words; each character counts as a word.
_UNSPACED = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])"
_BLANK_LINE = r"\n[ \t\r]*\n\s*"


@dataclass(frozen=True)
class Segments:
    """Pieces of documents.

    Attributes:
        ids: Number of each piece in ``vocabulary``, document after document.
        offsets: Where each document's pieces start, and the end of the last;
            one more than documents.
        vocabulary: The distinct pieces.
        chars: Length in code points of each distinct piece.
    """

    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]
    vocabulary: pa.Array
    chars: NDArray[np.int64]

    @property
    def num_documents(self) -> int:
        """Documents, those without pieces included."""
        return len(self.offsets) - 1

    @property
    def counts(self) -> NDArray[np.int64]:
        """Pieces of each document."""
        return np.diff(self.offsets)

    @property
    def documents(self) -> NDArray[np.int64]:
        """Document of each piece."""
        return np.repeat(np.arange(self.num_documents), self.counts)

    @property
    def keys(self) -> NDArray[np.int64]:
        """A number for each piece; equal for equal pieces of one document only."""
        return self.documents * max(len(self.vocabulary), 1) + self.ids

    def total(self, per_distinct: NDArray[Any]) -> NDArray[Any]:
        """Add up a property of distinct pieces over the pieces of each document."""
        return self.total_of_pieces(per_distinct[self.ids])

    def total_of_pieces(self, per_piece: NDArray[Any]) -> NDArray[Any]:
        """Add up a property of pieces over each document."""
        wide = np.float64 if per_piece.dtype.kind == "f" else np.int64
        running = np.concatenate([[0], np.cumsum(per_piece, dtype=wide)])
        return running[self.offsets[1:]] - running[self.offsets[:-1]]


def split_words(text: pa.ChunkedArray) -> Segments:
    """Cut at Unicode white space; unspaced scripts one character a word."""
    spaced = pc.replace_substring_regex(text, pattern=_UNSPACED, replacement=r" \1 ")
    return _segments(pc.utf8_split_whitespace(spaced))


def split_lines(text: pa.ChunkedArray) -> Segments:
    """Cut at line feeds; white space around a line and empty lines do not count."""
    return _segments(pc.split_pattern(text, pattern="\n"), trim=True)


def split_paragraphs(text: pa.ChunkedArray) -> Segments:
    """Cut at blank lines."""
    return _segments(pc.split_pattern_regex(text, pattern=_BLANK_LINE), trim=True)


def later_copies(keys: NDArray[Any]) -> NDArray[np.bool_]:
    """Mark every element that has occurred before."""
    order = np.argsort(keys, kind="stable")  # equal elements keep their order
    ordered = keys[order]
    marks = np.zeros(len(keys), dtype=bool)
    marks[order[1:][ordered[1:] == ordered[:-1]]] = True
    return marks


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    """Divide; 0 where there is nothing to take a share of."""
    return np.divide(
        part, whole, out=np.zeros(len(part), dtype=np.float64), where=whole > 0
    )


def _segments(lists: pa.ChunkedArray, *, trim: bool = False) -> Segments:
    combined = lists.combine_chunks()
    pieces = combined.flatten()
    if trim:
        pieces = pc.utf8_trim_whitespace(pieces)
    counts = pc.list_value_length(combined).to_numpy(zero_copy_only=False)
    present = pc.not_equal(pieces, "").to_numpy(zero_copy_only=False)
    documents = np.repeat(np.arange(len(counts)), counts)[present]
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(np.bincount(documents, minlength=len(counts)), out=offsets[1:])
    encoded = pieces.filter(pa.array(present)).dictionary_encode()
    chars = pc.utf8_length(encoded.dictionary).to_numpy(zero_copy_only=False)
    ids = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Segments(ids, offsets, encoded.dictionary, chars.astype(np.int64))
