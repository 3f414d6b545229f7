import numpy as np
import pyarrow as pa
import pytest

from taojin.core.text_buffers import text_buffers
from taojin.curation.kernels.line_index import index_lines
from taojin.curation.kernels.ngrams import make_workspace
from taojin.curation.kernels.repetition import SIGNALS, measure_repetition
from taojin.curation.kernels.words import split_words


def measure(*texts):
    buffers = text_buffers(pa.array(texts, pa.large_string()))
    work = make_workspace(int(np.diff(buffers.offsets).max()) + 1)
    words, lines = split_words(*buffers), index_lines(buffers)
    rows = measure_repetition(buffers, words, lines, work)
    return dict(zip(SIGNALS, rows.T, strict=True))


@pytest.mark.parametrize(
    ("text", "signal", "value"),
    [
        ("ab\n\nab\n\n\ncd", "duplicate_paragraphs", 1 / 3),
        ("ab\n\nab\n\n\ncd", "duplicate_paragraph_chars", 2 / 11),
        (" ab\n \nab\n\n\nab ", "duplicate_paragraphs", 0),
        ("  \n\n ab\n\nab\n", "duplicate_paragraphs", 1 / 2),
        ("ab\n\nab\ncd", "duplicate_lines", 1 / 3),
        ("\nab\n", "duplicate_lines", 1 / 3),
        ("ab\nab \nab", "duplicate_line_chars", 2 / 9),
        ("中文\n中文\n", "duplicate_line_chars", 2 / 6),
        ("a b c a b d e f", "top_2_gram_chars", 3 * 2 / 15),
        ("aa b c d", "top_2_gram_chars", 4 / 8),
        ("a b c d a b c d", "top_3_gram_chars", 5 * 2 / 15),
        ("b a b a", "top_2_gram_chars", 3 * 2 / 7),
        ("a", "top_2_gram_chars", 0),
        ("a b c d e a b c d e f", "duplicate_5_gram_chars", 5 / 21),
        # The second copy is gone behind as a whole, overlaps start no new one.
        ("a a a a a a a a a a a a", "duplicate_5_gram_chars", 10 / 23),
        # Joined without spaces these are the same five words.
        ("1 23 4 5 6 x 12 3 4 5 6", "duplicate_5_gram_chars", 6 / 23),
        ("a b c d e f g h i j " * 2, "duplicate_10_gram_chars", 10 / 40),
    ],
)
def test_texts_are_measured(text, signal, value):
    measured = measure("ab\n\nab", text, "ab\n\nab")
    assert measured[f"gopher_share_{signal}"][1] == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "\n\n", "中"])
def test_a_text_without_repetition_measures_zero_but_for_empty_lines(text):
    measured = measure(text)
    assert measured.pop("gopher_share_duplicate_lines")[0] == (
        0.5 if "\n" in text else 0
    )
    assert all(column[0] == 0 for column in measured.values())
