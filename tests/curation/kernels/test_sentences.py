import random

import numpy as np
import pytest

from taojin.curation.kernels.sentences import count_sentences
from taojin.curation.kernels.words import split_words


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", 0),
        ("no end", 1),
        ("One. Two.", 2),
        ("One.) Two.", 2),
        ("What?! Yes.", 2),
        ("e.g. this", 1),
        ("One.  ) rest", 2),
        ("One.  ).  Two", 3),
        ("。 a", 2),
    ],
)
def test_sentences_end_after_marks(line, expected):
    assert _count(line) == expected


def test_sentences_are_as_many_as_the_reference_finds():
    text = pytest.importorskip("datatrove.utils.text")
    draw = random.Random(3)  # noqa: S311
    pieces = [
        *[
            ".",
            "!",
            "?",
            ")",
            "(",
            '"',
            "…",
            "。",
            "，",
            "word",
            "Two",
            "3",
            "e.g.",
            "U.S.",
            ":)",
            "-",
            "'",
            "...",
        ],
        "",
    ]
    for _ in range(500):
        spaces = [" ", " ", " ", "  ", "\t", "\u3000", ""]
        line = "".join(
            draw.choice(pieces) + draw.choice(spaces)
            for _ in range(draw.randint(1, 12))
        ).strip()
        expected = len(text.split_into_sentences(line, "en"))
        assert max(_count(line), 1) == expected, line


def _count(line):
    data = line.encode()
    flags = split_words(np.frombuffer(data, np.uint8), np.array([0, len(data)])).flags
    return count_sentences(flags, 0, len(flags))
