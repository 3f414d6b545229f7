import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
from ftfy.badness import MOJIBAKE_CATEGORIES, is_bad
from hypothesis import given, settings

from taojin.core.text_buffers import text_buffers
from taojin.curation.repair.scan import find_signed_lines
from taojin.curation.repair.signs import CONTROL, DAMAGE, MOJIBAKE, UNICODE

ALL = CONTROL | UNICODE | MOJIBAKE | DAMAGE
SUSPECTS = "".join(MOJIBAKE_CATEGORIES.values()) + "abZŒœ .,"


def signs(*values, wanted=ALL):
    lines = find_signed_lines(*text_buffers(pa.array(values)), wanted)
    return list(zip(*(column.tolist() for column in lines), strict=True))


def test_whatever_ftfy_calls_bad_has_a_sign():
    places = np.random.default_rng(0).integers(len(SUSPECTS), size=(20_000, 4))
    texts = ["".join(SUSPECTS[place] for place in row) for row in places]
    signed = {row for row, *_, sign in signs(*texts) if sign & MOJIBAKE}
    bad = {row for row, text in enumerate(texts) if is_bad(text)}
    assert len(bad) > 1_000
    assert bad <= signed


def test_lines_are_told_with_their_line_feed():
    assert signs("a\nb\rc\n", "", "\r", "x\u0301") == [
        (0, 2, 6, CONTROL),
        (2, 6, 7, CONTROL),
        (3, 7, 10, UNICODE),
    ]


def test_a_long_run_of_accented_letters_is_a_sign():
    assert signs("ÒÓÔÕÖ", "ÒÓÔÕÖÒ") == [(1, 10, 22, MOJIBAKE)]


def test_only_wanted_signs_are_told():
    assert signs("\r", "e\u0301", wanted=UNICODE) == [(1, 1, 4, UNICODE)]


def test_marks_out_of_order_are_a_sign():
    assert signs("ก\u0e48\u0e38", "ก\u0e38\u0e48") == [(0, 0, 9, UNICODE)]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=5))
def test_any_bytes_are_read_to_their_end(values):
    data = np.frombuffer(b"".join(values), dtype=np.uint8)
    offsets = np.cumsum([0, *map(len, values)])
    lines = find_signed_lines(data, offsets, ALL)
    assert (lines.starts < lines.ends).all()
    assert (offsets[lines.documents] <= lines.starts).all()
    assert (lines.ends <= offsets[lines.documents + 1]).all()
    for start, end, sign in zip(lines.starts, lines.ends, lines.signs, strict=True):
        line = data[start:end].tobytes()
        assert b"\n" not in line[:-1]
        assert bool(sign & DAMAGE) == ("\ufffd" in line.decode("utf-8", "replace"))
