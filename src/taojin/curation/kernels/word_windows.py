"""Words of one run where its neighbours may keep a special case from counting.

The reference looks for special cases among the words of a whole text, single spaces
overlooked: the bracket after ``x:( (`` makes a longer match, which comes to nothing
but keeps ``:(`` from being put together.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import ZERO, kernel, lean_kernel
from taojin.curation.kernels.characters import space_at
from taojin.curation.kernels.english import MOST_PARTS, EnglishTables
from taojin.curation.kernels.special_cases import TOO_SMALL, apply_special_cases
from taojin.curation.kernels.word_memo import decode, describe_words
from taojin.curation.kernels.word_rules import split_run
from taojin.curation.kernels.word_space import Space, make_space

_SPACE = np.uint8(ord(" "))
_LONGEST_SPACE = 3
_REACH = MOST_PARTS


def split_bytes_in_text(
    data: NDArray[np.uint8],
    text: tuple[int, int],
    run: tuple[int, int],
    tables: EnglishTables,
) -> NDArray[np.int64]:
    """Split a run by the rules, its neighbours considered.

    Args:
        data: UTF-8 bytes.
        text: Where the text starts and ends.
        run: Where the run starts and ends.
        tables: See :func:`~taojin.curation.kernels.english.english_tables`.

    Returns:
        Its words, as rows of ``Memo.words``.
    """
    bounds, target = _window(data, text, run)
    num_codes = int(bounds[-1, 1] - bounds[0, 0])
    while True:
        space = make_space(num_codes)
        num_words = _split(data, bounds, target, space, tables)
        if num_words != TOO_SMALL:
            return space.rows[:num_words].copy()
        num_codes *= 2  # more matches than code points


@lean_kernel
def _split(
    data: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    target: int,
    space: Space,
    tables: EnglishTables,
) -> int:
    """Split the run ``target``; how many words ``space.rows`` has, or ``TOO_SMALL``."""
    codes, offsets, ends = space.codes, space.offsets, space.ends
    num_codes = num_ends = first_code = ZERO
    for number in range(len(bounds)):
        if number == target:
            first_code = num_codes
        start, end = bounds[number, 0], bounds[number, 1]
        num_new = decode(data, start, end, codes[num_codes:], offsets[num_codes:])
        first_end = num_ends
        num_ends = split_run(
            codes, num_codes, num_codes + num_new, tables, ends, num_ends
        )
        for word in range(first_end, num_ends):
            space.runs[word] = number
        num_codes += num_new
    num_new = apply_special_cases(ZERO, num_ends, space, tables)
    if num_new == TOO_SMALL:
        return TOO_SMALL
    start = bounds[target, 0]
    num_codes = decode(data, start, bounds[target, 1], codes, offsets)
    first_word = 0
    while space.new_ends[first_word] <= first_code:
        first_word += 1
    num_words = ZERO
    while (
        first_word + num_words < num_new
        and space.new_ends[first_word + num_words] <= first_code + num_codes
    ):
        # Moved to the front, one by one: what is overwritten has been read.
        end = space.new_ends[first_word + num_words] - first_code
        space.new_ends[num_words] = end
        num_words += 1
    describe_words(data, start, num_words, space, tables)
    return num_words


@kernel
def _window(
    data: NDArray[np.uint8], text: tuple[int, int], run: tuple[int, int]
) -> tuple[NDArray[np.int64], int]:
    """Bounds of the runs around one, single spaces between; its number among them."""
    bounds = np.empty((2 * _REACH + 1, 2), np.int64)
    first = last = _REACH
    bounds[first, 0], bounds[first, 1] = run
    while first > 0:
        space = bounds[first, 0] - 1
        if space <= text[0] or data[space] != _SPACE:
            break
        start = _start_of_run(data, text[0], space)
        if start == space:
            break
        first -= 1
        bounds[first, 0], bounds[first, 1] = start, space
    while last < 2 * _REACH:
        start = bounds[last, 1] + 1
        if start >= text[1] or data[start - 1] != _SPACE:
            break
        end = start
        while end < text[1] and space_at(data, end, text[1]) == 0:
            end += 1
        if end == start:
            break
        last += 1
        bounds[last, 0], bounds[last, 1] = start, end
    return bounds[first : last + 1], _REACH - first


@lean_kernel
def _start_of_run(data: NDArray[np.uint8], first: int, end: int) -> int:
    """Start of the run that ends at a byte; ``end`` if white space stands there."""
    start = end
    while start > first:
        for length in range(1, _LONGEST_SPACE + 1):
            if start - length >= first and (
                space_at(data, start - length, start) == length
            ):
                return start
        start -= 1
    return start
