"""Special cases that the affix rules have cut apart, put together again.

A smiley at the end of a word, for one: the affix rules make ``:`` and ``)`` of it. Of
the matches that overlap, the longest counts, then the first; that also holds for
matches that lose themselves, as in the reference.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import kernel
from taojin.curation.kernels.copying import doubled
from taojin.curation.kernels.english import (
    LONGEST,
    MOST_PARTS,
    EnglishTables,
    find_string,
    num_parts,
    num_pieces,
    part_end,
    piece_end,
)


@kernel
def apply_special_cases(
    codes: NDArray[np.int64],
    first: int,
    ends: NDArray[np.int64],
    num_ends: int,
    runs: NDArray[np.int64],
    tables: EnglishTables,
) -> tuple[NDArray[np.int64], int]:
    """Make the special cases among words the words that they are to be.

    Args:
        codes: Code points of one or more runs, one after another.
        first: Where the first run starts.
        ends: Where the words end.
        num_ends: Words.
        runs: Number of each word's run. A match over several runs changes nothing,
            but keeps others from counting.
        tables: See :func:`~taojin.curation.kernels.english.english_tables`.

    Returns:
        Where the words end now, and how many of them there are; the given array
        where nothing matches.
    """
    matches, num_matches = _find_matches(codes, first, ends, num_ends, tables)
    if num_matches == 0:
        return ends, num_ends
    chosen = _choose(matches, num_matches, num_ends)
    new_ends = np.empty(ends[num_ends - 1] - first + 1, np.int64)
    num_new = 0
    word = 0
    while word < num_ends:
        match = chosen[word]
        length = matches[match, 1] if match >= 0 else 1
        if match >= 0 and runs[word] == runs[word + length - 1]:
            start = ends[word - 1] if word else first
            row = matches[match, 2]
            for piece in range(num_pieces(row, tables)):
                new_ends[num_new] = start + piece_end(row, piece, tables)
                num_new += 1
        else:
            for part in range(word, word + length):
                new_ends[num_new] = ends[part]
                num_new += 1
        word += length
    return new_ends, num_new


@kernel
def _find_matches(
    codes: NDArray[np.int64],
    first: int,
    ends: NDArray[np.int64],
    num_ends: int,
    tables: EnglishTables,
) -> tuple[NDArray[np.int64], int]:
    """All matches, as rows of first word, number of words, row of the string."""
    matches = np.empty((4, 3), np.int64)
    num_matches = 0
    for word in range(num_ends):
        start = ends[word - 1] if word else first
        last = word
        while (
            last < num_ends
            and last - word < MOST_PARTS
            and ends[last] - start <= LONGEST
        ):
            row = find_string(codes, start, ends[last], tables)
            last += 1
            if row >= 0 and _has_parts(ends, word, last - word, start, row, tables):
                if num_matches == len(matches):
                    matches = doubled(matches)
                matches[num_matches, 0] = word
                matches[num_matches, 1] = last - word
                matches[num_matches, 2] = row
                num_matches += 1
    return matches, num_matches


@kernel
def _has_parts(
    ends: NDArray[np.int64],
    word: int,
    num_words: int,
    start: int,
    row: int,
    tables: EnglishTables,
) -> bool:
    """Tell whether words are the parts of an affixed special case."""
    if num_parts(row, tables) != num_words:
        return False
    for part in range(num_words):
        if ends[word + part] - start != part_end(row, part, tables):
            return False
    return True


@kernel
def _choose(
    matches: NDArray[np.int64], num_matches: int, num_words: int
) -> NDArray[np.int64]:
    """For each word the match that starts there and counts, -1 for none."""
    chosen = np.full(num_words, -1, np.int64)
    is_seen = np.zeros(num_words, np.uint8)
    for length in range(MOST_PARTS, 0, -1):
        for match in range(num_matches):
            if matches[match, 1] == length:
                start = matches[match, 0]
                if not is_seen[start] and not is_seen[start + length - 1]:
                    chosen[start] = match
                for word in range(start, start + length):
                    is_seen[word] = 1
    return chosen
