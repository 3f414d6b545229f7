"""Sentences of the reference filters, counted over words.

The rule is that of spaCy's sentencizer: a sentence ends after a sentence mark and the
punctuation that follows it. White space wider than one space counts as a word that is
no punctuation, so it too starts a sentence after a mark.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import lean_kernel
from taojin.curation.kernels.words import MARK, SENTENCE_END, SPACE_BEFORE


@lean_kernel
def count_sentences(flags: NDArray[np.uint8], first: int, last: int) -> int:
    """Count the sentences of a stretch of words.

    For a line whose ends carry no white space this is the number of sentences that
    datatrove's ``split_into_sentences(line, "en")`` cuts it into, except for the empty
    line: none here, one there.

    Args:
        flags: Flags of words, see :class:`~taojin.curation.kernels.words.Words`.
        first: First word.
        last: Word after the last one; ``first`` for none.

    Returns:
        Sentences, 0 where there are no words.
    """
    if first >= last:
        return 0
    num_sentences = 1
    is_ended = False
    for word in range(first, last):
        if is_ended and flags[word] & SPACE_BEFORE:
            num_sentences += 1
            is_ended = False
        if flags[word] & SENTENCE_END:
            is_ended = True
        elif is_ended and not flags[word] & MARK:
            num_sentences += 1
            is_ended = False
    return num_sentences
