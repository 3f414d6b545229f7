"""FineWeb's additional quality signals (Penedo et al. 2024) as datatrove measures them.

LineIndex end at line feeds; those of white space only do not count. White space around a
line belongs to it: a line that ends in a space has no terminal mark.
"""

import numpy as np
from numpy.typing import NDArray

from taojin.core.compilation import ZERO, lean_kernel
from taojin.core.text_buffers import TextBuffers
from taojin.curation.kernels.line_index import LineIndex, decode_before
from taojin.curation.kernels.ngrams import Workspace, count_copies
from taojin.curation.kernels.words import Words

COUNT_SIGNALS: tuple[str, ...] = ()
RATIO_SIGNALS = (
    "fineweb_share_terminal_lines",
    "fineweb_share_short_lines",
    "fineweb_share_duplicate_line_chars",
    "fineweb_newline_ratio",
)
SIGNALS: tuple[str, ...] = COUNT_SIGNALS + RATIO_SIGNALS

_MAX_SHORT_CHARS = 30

# The marks that end a sentence in any script, as ranges of code points.
TERMINAL_MARKS = (
    (0x0021, 0x0021), (0x002E, 0x002E), (0x003F, 0x003F), (0x0589, 0x0589),
    (0x061D, 0x061F), (0x06D4, 0x06D4), (0x0700, 0x0702), (0x07F9, 0x07F9),
    (0x0837, 0x0837), (0x0839, 0x0839), (0x083D, 0x083E), (0x0964, 0x0965),
    (0x104A, 0x104B), (0x1362, 0x1362), (0x1367, 0x1368), (0x166E, 0x166E),
    (0x1735, 0x1736), (0x17D4, 0x17D6), (0x17D9, 0x17DA), (0x1803, 0x1803),
    (0x1809, 0x1809), (0x1944, 0x1945), (0x1AA8, 0x1AAB), (0x1B5A, 0x1B5B),
    (0x1B5E, 0x1B5F), (0x1B7D, 0x1B7E), (0x1C3B, 0x1C3C), (0x1C7E, 0x1C7F),
    (0x203C, 0x203D), (0x2047, 0x2049), (0x2E2E, 0x2E2E), (0x2E3C, 0x2E3C),
    (0x2E53, 0x2E54), (0x3002, 0x3002), (0xA4FF, 0xA4FF), (0xA60E, 0xA60F),
    (0xA6F3, 0xA6F3), (0xA6F7, 0xA6F7), (0xA876, 0xA877), (0xA8CE, 0xA8CF),
    (0xA92F, 0xA92F), (0xA9C8, 0xA9C9), (0xAA5D, 0xAA5F), (0xAAF0, 0xAAF1),
    (0xABEB, 0xABEB), (0xFE52, 0xFE52), (0xFE56, 0xFE57), (0xFF01, 0xFF01),
    (0xFF0E, 0xFF0E), (0xFF1F, 0xFF1F), (0xFF61, 0xFF61), (0x10A56, 0x10A57),
    (0x10F55, 0x10F59), (0x10F86, 0x10F89), (0x11047, 0x11048), (0x110BE, 0x110C1),
    (0x11141, 0x11143), (0x111C5, 0x111C6), (0x111CD, 0x111CD), (0x111DE, 0x111DF),
    (0x11238, 0x11239), (0x1123B, 0x1123C), (0x112A9, 0x112A9), (0x1144B, 0x1144C),
    (0x115C2, 0x115C3), (0x115C9, 0x115D7), (0x11641, 0x11642), (0x1173C, 0x1173E),
    (0x11944, 0x11944), (0x11946, 0x11946), (0x11A42, 0x11A43), (0x11A9B, 0x11A9C),
    (0x11C41, 0x11C42), (0x11EF7, 0x11EF8), (0x11F43, 0x11F44), (0x16A6E, 0x16A6F),
    (0x16AF5, 0x16AF5), (0x16B37, 0x16B38), (0x16B44, 0x16B44), (0x16E98, 0x16E98),
    (0x1BC9F, 0x1BC9F), (0x1DA88, 0x1DA88),
)  # fmt: skip
_MARKS = np.array(TERMINAL_MARKS, dtype=np.int64)


def measure_fineweb(
    text: TextBuffers, words: Words, lines: LineIndex, work: Workspace
) -> NDArray[np.float64]:
    """Measure a batch; one row a text, one column a signal of ``SIGNALS``."""
    measured = np.zeros((text.num_texts, len(SIGNALS)))
    _measure(text.data, words.offsets, lines, work, measured)
    return measured


@lean_kernel
def is_terminal_mark(code: int) -> bool:
    """Tell whether a code point is among the ``TERMINAL_MARKS``."""
    if code < 0x80:
        return code in (0x21, 0x2E, 0x3F)
    low, high = 0, len(_MARKS)
    while low < high:
        middle = (low + high) // 2
        if _MARKS[middle, 1] < code:
            low = middle + 1
        else:
            high = middle
    return low < len(_MARKS) and _MARKS[low, 0] <= code


@lean_kernel
def _measure(
    data: NDArray[np.uint8],
    word_offsets: NDArray[np.int64],
    lines: LineIndex,
    work: Workspace,
    measured: NDArray[np.float64],
) -> None:
    for text in range(len(lines.offsets) - 1):
        first, last = lines.offsets[text], lines.offsets[text + 1]
        num_lines, num_chars, num_terminal, num_short = ZERO, 0, 0, 0
        for line in range(first, last):
            num_chars += lines.chars[line]
            if lines.core_starts[line] == lines.core_ends[line]:
                continue
            work.keys[num_lines] = lines.hashes[line]
            work.sizes[num_lines] = lines.chars[line]
            num_lines += 1
            num_short += lines.chars[line] <= _MAX_SHORT_CHARS
            code, _ = decode_before(data, lines.starts[line], lines.ends[line])
            num_terminal += is_terminal_mark(code)
        if num_lines == 0:
            continue
        _, copied_chars = count_copies(work, num_lines)
        num_words = word_offsets[text + 1] - word_offsets[text]
        measured[text, 0] = num_terminal / num_lines
        measured[text, 1] = num_short / num_lines
        measured[text, 2] = copied_chars / max(num_chars, 1)
        measured[text, 3] = (last - first - 1) / max(num_words, 1)
