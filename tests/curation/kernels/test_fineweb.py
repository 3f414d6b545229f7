import numpy as np
import pyarrow as pa
import pytest

from taojin.core.text_buffers import text_buffers
from taojin.curation.kernels.fineweb import SIGNALS, measure_fineweb
from taojin.curation.kernels.line_index import index_lines
from taojin.curation.kernels.ngrams import make_workspace
from taojin.curation.kernels.words import split_words


def measure(*texts):
    buffers = text_buffers(pa.array(texts, pa.large_string()))
    work = make_workspace(int(np.diff(buffers.offsets).max()) + 1)
    words, lines = split_words(*buffers), index_lines(buffers)
    rows = measure_fineweb(buffers, words, lines, work)
    return dict(zip(SIGNALS, rows.T, strict=True))


@pytest.mark.parametrize(
    ("text", "signal", "value"),
    [
        ("a.\nb. \nc\n\n \u2003\nd？\ne\U00016e98", "share_terminal_lines", 3 / 5),
        (f"{'a' * 30}\n{'中' * 31}\n\n{'é' * 30}", "share_short_lines", 2 / 3),
        ("ab\nab\n\nab ", "share_duplicate_line_chars", 2 / 7),
        ("a b\n\nc\n", "newline_ratio", 1),
    ],
)
def test_texts_are_measured(text, signal, value):
    measured = measure("ab\nab.", text, "ab\nab.")
    assert measured[f"fineweb_{signal}"][1] == pytest.approx(value)


def test_a_text_of_white_space_measures_zero():
    assert all(column.tolist() == [0, 0] for column in measure("", " \n\n").values())
