"""Room in which runs are split into words: made once, used for every run.

Kernels that make no arrays of their own need not count references, which would take
longer than splitting does.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MATCH_COLUMNS = 5
MATCH_WORD, MATCH_LENGTH, MATCH_ROW = 0, 1, 2
"""Of a match: its first word, how many words it has, the row of its string."""
CHOSEN, SEEN = 3, 4
"""Of a word: the match that starts there and counts or -1; whether a match has it."""


class Space(NamedTuple):
    """Room for a run; a number for each code point, and one more.

    Attributes:
        codes: Its code points.
        offsets: Byte at which each of them starts, and the last one ends.
        ends: Where its words end by the affix rules.
        runs: Number of each word's run, where there are several.
        new_ends: Where its words end after special cases.
        matches: A row for each match and for each word, see ``MATCH_WORD`` and so on.
        rows: Its words, as rows of ``Memo.words``.
    """

    codes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    ends: NDArray[np.int64]
    runs: NDArray[np.int64]
    new_ends: NDArray[np.int64]
    matches: NDArray[np.int64]
    rows: NDArray[np.int64]


def make_space(num_codes: int) -> Space:
    """Make room for runs of so many code points."""
    size = num_codes + 1
    return Space(
        codes=np.empty(size, np.int64),
        offsets=np.empty(size, np.int64),
        ends=np.empty(size, np.int64),
        runs=np.empty(size, np.int64),
        new_ends=np.empty(size, np.int64),
        matches=np.empty((size, MATCH_COLUMNS), np.int64),
        rows=np.empty((size, 3), np.int64),
    )
