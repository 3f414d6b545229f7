import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from taojin.core.text_buffers import text_buffers
from taojin.curation.kernels import candidates
from taojin.curation.kernels.candidates import ALL_FORMS, find_candidate_lines

FRAGMENTS = [
    *(b"1", b"@", b":", b"://", b"A", b".", b" ", b"-", b"\n"),
    *(b"\xef", b"\xbc", b"\x90", b"\xe4\xba", b"\xac", b"\xe2\x80", b"\xc2", b"\xff"),
]


def lines(*values, wanted=ALL_FORMS):
    found = find_candidate_lines(*text_buffers(pa.array(values)), wanted)
    return list(zip(*(column.tolist() for column in found), strict=True))


def forms(text):
    return sum(form for *_, form in lines(text))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("jo@firm.de", candidates.EMAIL),
        ("x_@a-b.c.de", candidates.EMAIL),
        ("86.231.85.1", candidates.IP_ADDRESS),
        ("2a00:1450::", candidates.IP_ADDRESS),
        ("123 4567", candidates.NUMBER_7),
        ("(12). 345/67", candidates.NUMBER_7),
        ("123-45-6789", candidates.NUMBER_9),
        ("4532 2766 4457-7", candidates.NUMBER_13),
        ("11010519491231002X", candidates.NUMBER_17),
        ("GB82 WEST 1234-569", candidates.IBAN),
        ("京A", candidates.PLATE),
        ("aB3dE6gH9jK2mN5p", candidates.SECRET),
        ("https://bot:pass@", candidates.SECRET),
    ],
)
def test_a_form_is_seen_in_text_and_not_without_its_last_character(text, form):
    assert forms(f"see {text}") & form
    assert not forms(text[:-1]) & form or text[-1] == "X"


@pytest.mark.parametrize(
    "text",
    [
        "@property def f(x): return x @ y",
        "a@b.1 a@b. @x.io",
        "1.2.3 and 1..2.3.4",
        "std::vector::size 12:30:45",
        "123 456, 789 012",
        "1 2 3 4 5 6    7",
        "abcdefghijklmnopqrstuvwxyz",
        "中A 京 京",
        "GB8 WEST AB12-cd",
        "，！（）：；？",
    ],
)
def test_ordinary_text_shows_nothing(text):
    assert forms(text) == 0


@pytest.mark.parametrize(
    "text", ["ｊｏ", "１", "a．b", "1\u20131", ")\u00a02", "1\u20153"]
)
def test_a_line_with_wide_forms_may_hold_anything(text):
    assert forms(f"x {text}") == ALL_FORMS


def test_a_line_is_told_once_without_its_end():
    text = "no\nmail a@b.org and 1234567 \nno\nc@d.org"
    assert lines("", text, "x") == [
        (1, 3, 28, candidates.EMAIL | candidates.NUMBER_7),
        (1, 32, 39, candidates.EMAIL),
    ]


def test_texts_are_not_read_together():
    assert (
        lines("jo@firm.", "de", "123", "4567", "京", "A", "aB3dE6gH", "9jK2mN5p") == []
    )


def test_only_wanted_forms_are_told():
    wanted = candidates.NUMBER_7
    assert lines("a@b.org", "1234567", wanted=wanted) == [(1, 7, 14, wanted)]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(FRAGMENTS),
            max_size=20,
        ).map(b"".join),
        max_size=4,
    )
)
def test_any_bytes_are_read_to_their_end(values):
    data = np.frombuffer(b"".join(values), dtype=np.uint8)
    offsets = np.cumsum([0, *map(len, values)])
    found = find_candidate_lines(data, offsets)
    assert (offsets[found.documents] <= found.starts).all()
    assert (found.ends <= offsets[found.documents + 1]).all()
    assert (found.starts[1:] > found.ends[:-1] - 1).all()
    for start, end in zip(found.starts, found.ends, strict=True):
        assert b"\n" not in data[start:end].tobytes()
