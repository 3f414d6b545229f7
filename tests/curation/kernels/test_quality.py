import pyarrow as pa
import pytest

from taojin.core.text_buffers import text_buffers
from taojin.curation.kernels.quality import SIGNALS, measure_quality
from taojin.curation.kernels.words import split_words


def measure(*texts):
    buffers = text_buffers(pa.array(texts, pa.large_string()))
    rows = measure_quality(buffers, split_words(*buffers))
    return dict(zip(SIGNALS, rows.T, strict=True))


@pytest.mark.parametrize(
    ("text", "signal", "value"),
    [
        ("one, two!", "num_words", 2),
        ("one, three!", "mean_word_length", 4),
        ("# one ##", "hash_ratio", 3 / 4),
        ("one.... two…", "ellipsis_ratio", 2 / 4),
        ("one... two.....", "ellipsis_ratio", 2 / 4),
        ("- a\n \t• b\n—c\n", "share_bullet_lines", 2 / 3),
        ("- a\x0b- b\x0c- c\x1c- d\x1d- e\x1e- f\x85- g\u2028- h\u2029i", None, 8 / 9),
        ("- a\r\nb\rc\n\n", "share_bullet_lines", 1 / 4),
        ("a...\nb…  \nc....\n..\n", "share_ellipsis_lines", 3 / 4),
        ("a é 1 . 中", "share_alphabetic_words", 3 / 5),
        ("the The that with have and of to be the", "num_stop_words", 8),
        ("The BE", "num_stop_words", 0),
    ],
)
def test_texts_are_measured(text, signal, value):
    measured = measure("x. ", text, "- y")
    signal = signal or "share_bullet_lines"
    assert measured[f"gopher_{signal}"][1] == pytest.approx(value)


def test_a_text_without_words_measures_zero():
    assert all(column.tolist() == [0, 0] for column in measure("", " \n\t").values())
