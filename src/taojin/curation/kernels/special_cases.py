"""Special cases that the affix rules have cut apart, put together again.

A smiley at the end of a word, for one: the affix rules make ``:`` and ``)`` of it. Of
the matches that overlap, the longest counts, then the first; that also holds for
matches that lose themselves, as in the reference.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
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
from taojin.curation.kernels.word_space import (
    CHOSEN,
    MATCH_LENGTH,
    MATCH_ROW,
    MATCH_WORD,
    SEEN,
    Space,
)

TOO_SMALL = -1
"""Instead of a number of words: there is too little room."""


@lean_kernel
def apply_special_cases(
    first: int, num_ends: int, space: Space, tables: EnglishTables
) -> int:
    """Make the special cases among words the words that they are to be.

    Args:
        first: Where the first run starts in ``space.codes``.
        num_ends: Words, of which ``space.ends`` and ``space.runs`` tell; a match over
            several runs changes nothing, but keeps others from counting.
        space: ``new_ends`` becomes where the words end now; ``matches`` changes.
        tables: See :func:`~taojin.curation.kernels.english.english_tables`.

    Returns:
        How many words there are now, or :data:`TOO_SMALL`.
    """
    ends, new_ends, matches = space.ends, space.new_ends, space.matches
    num_matches = _find_matches(space.codes, first, ends, num_ends, matches, tables)
    if num_matches == TOO_SMALL:
        return TOO_SMALL
    if num_matches == 0:
        for word in range(num_ends):
            new_ends[word] = ends[word]
        return num_ends
    _choose(matches, num_matches, num_ends)
    num_new = 0
    word = 0
    while word < num_ends:
        match = matches[word, CHOSEN]
        length = matches[match, MATCH_LENGTH] if match >= 0 else 1
        if match >= 0 and space.runs[word] == space.runs[word + length - 1]:
            start = ends[word - 1] if word else first
            row = matches[match, MATCH_ROW]
            for piece in range(num_pieces(row, tables)):
                new_ends[num_new] = start + piece_end(row, piece, tables)
                num_new += 1
        else:
            for part in range(word, word + length):
                new_ends[num_new] = ends[part]
                num_new += 1
        word += length
    return num_new


@lean_kernel
def _find_matches(
    codes: NDArray[np.int64],
    first: int,
    ends: NDArray[np.int64],
    num_ends: int,
    matches: NDArray[np.int64],
    tables: EnglishTables,
) -> int:
    """List all matches; how many there are, or :data:`TOO_SMALL`."""
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
                    return TOO_SMALL
                matches[num_matches, MATCH_WORD] = word
                matches[num_matches, MATCH_LENGTH] = last - word
                matches[num_matches, MATCH_ROW] = row
                num_matches += 1
    return num_matches


@lean_kernel
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


@lean_kernel
def _choose(matches: NDArray[np.int64], num_matches: int, num_words: int) -> None:
    """Write for each word the match that starts there and counts, -1 for none."""
    for word in range(num_words):
        matches[word, CHOSEN] = -1
        matches[word, SEEN] = 0
    for length in range(MOST_PARTS, 0, -1):
        for match in range(num_matches):
            if matches[match, MATCH_LENGTH] == length:
                start = matches[match, MATCH_WORD]
                if not matches[start, SEEN] and not matches[start + length - 1, SEEN]:
                    matches[start, CHOSEN] = match
                for word in range(start, start + length):
                    matches[word, SEEN] = 1
