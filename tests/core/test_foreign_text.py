import pytest
from hypothesis import given
from hypothesis import strategies as st

from taojin.core.foreign_text import (
    make_visible,
    markdown_code,
    markdown_text,
    shorten,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\0b\x1b[31m", "a␀b␛[31m"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("\ud800 and \udfff", "\ufffd and \ufffd"),
        ("user\u202egpj.exe", "user⟨U+202E⟩gpj.exe"),
        ("\ufeff\ufffe\U0010ffff", "⟨U+FEFF⟩⟨U+FFFE⟩⟨U+10FFFF⟩"),
        ("\x7f\x9f", "⟨U+007F⟩⟨U+009F⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
    ],
)
def test_what_cannot_be_shown_gets_a_stand_in(text: str, shown: str) -> None:
    assert make_visible(text) == shown


@pytest.mark.parametrize(
    "text", ["淘金 👩‍💻", "עברית", "e\u0301", "tab\tand\nline", ""]
)
def test_what_can_be_shown_stays(text: str) -> None:
    assert make_visible(text) == text


@given(st.text(st.characters(codec=None)))
def test_any_text_becomes_encodable_and_stays_so(text: str) -> None:
    shown = make_visible(text)
    assert make_visible(shown) == shown
    assert not set(shown.encode().decode()) & {"\0", "\r", "\u202e", "\x1b"}


def test_a_cut_text_says_so() -> None:
    assert shorten("four words are here", 11) == "four words…"
    assert shorten("short", 5) == "short"


def test_markdown_means_nothing_but_itself() -> None:
    hostile = "# [x](javascript:1) <b>*a*_b_|`c`\n---"
    written = markdown_text(hostile)
    assert "\n" not in written
    for mark in "#[]<>*_|`":
        assert written.count(mark) == written.count("\\" + mark)


def test_inline_code_cannot_be_left() -> None:
    assert markdown_code("a`|b\n``c") == "`aˋ¦b ˋˋc`"
    assert markdown_code(" \n ") == ""
