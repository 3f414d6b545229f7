import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.core.text_buffers import text_buffers
from taojin.curation.kernels.composition import SIGNALS, measure_composition
from taojin.curation.kernels.line_index import index_lines
from taojin.curation.kernels.ngrams import make_workspace


def measure(*texts):
    buffers = text_buffers(pa.array(texts, pa.large_string()))
    work = make_workspace(int(np.diff(buffers.offsets).max()) + 1)
    rows = measure_composition(buffers, index_lines(buffers), work)
    return dict(zip(SIGNALS, rows.T, strict=True))


@pytest.mark.parametrize(
    ("text", "signal", "value"),
    [
        ("aé中🎉", "num_bytes", 10),
        ("aé中🎉", "num_chars", 4),
        ("aé中🎉", "share_non_ascii_chars", 0.75),
        ("Äß٣中", "share_letter_chars", 0.75),
        ("Äß٣中", "share_digit_chars", 0.25),
        ("ÄßⅣⒶ", "share_upper_chars", 0.25),
        ("The cat and THE dog.", "num_words", 5),
        ("The cat and THE dog.", "mean_word_length", 3.2),
        ("1 22 --- x4", "share_alphabetic_words", 0.25),
        ("the The the\u3000the", "share_unique_words", 0.5),
        ("中文ab ไทย", "num_words", 6),
        ("The (the) THE of, with nothing", "num_stop_words", 3),
        ("# # a ...", "symbol_to_word_ratio", 0.5),
        ("wait… a .... c", "symbol_to_word_ratio", 0.5),
        ("It works. Does it? (Yes!) 3.14 1. e", "num_sentence_ends", 3),
        ("可以。 好！ok?!", "num_sentence_ends", 2),
        ('"Yes.")] no!!', "num_sentence_ends", 1),
        ("* a\n- b\n• c\n--option\n**bold**", "share_bullet_lines", 0.6),
        ("more...\nand so on…  \nend.", "share_ellipsis_lines", 2 / 3),
        (
            ">>> a = 1\n... b\n...c\nIn [3]: x\nIn []\n$ ls",
            "share_doctest_lines",
            2 / 3,
        ),
        ("a\n\n \n b \n\u2003\n", "num_lines", 2),
        ("a\nb\n\nc\n \t\r\n\n d", "num_paragraphs", 3),
        ("a\n\u00a0\nb\n\x0c\nc", "num_paragraphs", 1),
        ("a\n a \nb\na", "share_duplicate_lines", 0.5),
        ("a\n a \nb\na", "share_duplicate_line_chars", 2 / 9),
        ("a\nb\n\na\nb\n\n a\nb\n\nc", "share_duplicate_paragraphs", 0.5),
        ("ab\n\nab\n\n", "share_duplicate_paragraph_chars", 0.25),
    ],
)
def test_texts_are_measured(text, signal, value):
    assert measure("x\n", text, "\ny")[signal][1] == pytest.approx(value)


def test_licence_phrases_are_counted_in_any_case():
    text = "Copyright (c) 2020 X\nALL RIGHTS RESERVED.\nIt IS provided WITHOUT WARRANTY"
    measured = measure(text, "a copyright notice", "xcopyright ©copyright ©")
    assert measured["num_licence_phrases"].tolist() == [3, 0, 2]


def test_a_text_without_anything_measures_zero():
    assert all(column[0] == 0 for column in measure("", "a").values())


def paragraphs(text):
    pieces = re.split(r"\n[ \t\r]*\n[ \t\n\f\r]*", text)
    return [piece.strip() for piece in pieces if piece.strip()]


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab \n\t\r\x0c\u00a0"), max_size=40))
def test_pieces_of_any_text_are_those_that_patterns_find(text):
    measured = measure("a\n\n", text)
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    for name, pieces in (("line", lines), ("paragraph", paragraphs(text))):
        assert measured[f"num_{name}s"][1] == len(pieces)
        copies = [piece for i, piece in enumerate(pieces) if piece in pieces[:i]]
        share = measured[f"share_duplicate_{name}s"][1]
        assert share == pytest.approx(len(copies) / max(len(pieces), 1))
        share = measured[f"share_duplicate_{name}_chars"][1]
        assert share == pytest.approx(sum(map(len, copies)) / max(len(text), 1))
    assert measured["num_words"][1] == len(text.split())
