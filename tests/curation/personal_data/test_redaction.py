from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from taojin.curation.personal_data import KINDS, Span, find, placeholder, redact
from taojin.curation.personal_data.overlaps import free_extents

LETTER = (
    "Dear jo@firm.de, my card 4532276644577020 and IBAN GB82WEST12345698765432 "
    "were used from 86.231.85.193; call +49 89 6361 4802. 身份证11010519491231002X"
)


def test_every_kind_is_found_in_the_order_of_the_text():
    spans = find(LETTER)
    assert {span.kind for span in spans} == set(KINDS)
    assert [span.start for span in spans] == sorted(span.start for span in spans)


def test_spans_do_not_overlap():
    spans = find(LETTER * 3)
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_redaction_leaves_typed_placeholders_and_counts_them():
    text, counts = redact(LETTER)
    assert counts == dict.fromkeys(KINDS, 1)
    assert all(placeholder(kind) in text for kind in KINDS)
    assert not any(digit in text for digit in "0123456789")


def test_redacting_twice_changes_nothing_more():
    once, _ = redact(LETTER)
    assert redact(once) == (once, {})


def test_only_the_kinds_asked_for_are_redacted():
    text, counts = redact(LETTER, ["email"])
    assert counts == {"email": 1}
    assert text == LETTER.replace("jo@firm.de", "<EMAIL>")


def test_a_card_number_is_not_also_a_phone_number():
    assert find("phone: 4532276644577020") == [Span("payment_card", 7, 23)]


def test_full_width_digits_are_read():
    assert find("手机１３８１２３４５６７８。")[0].kind == "phone"


@pytest.mark.parametrize("text", ["", "\0", "\ud800@\udfff", "🎉" * 50, "@" * 1000])
def test_odd_texts_hold_nothing_and_pass_unchanged(text):
    assert redact(text) == (text, {})


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("0138 +-.:()@aGBX中\n"), max_size=120))
def test_redaction_changes_only_the_spans(text):
    spans = find(text)
    redacted, counts = redact(text)
    assert sum(counts.values()) == len(spans)
    for span in reversed(spans):
        text = text[: span.start] + placeholder(span.kind) + text[span.end :]
    assert redacted == text


def test_a_document_full_of_findings_is_redacted_whole():
    text, counts = redact("jo@firm.de 4532276644577020\n" * 5_000)
    assert counts == {"email": 5_000, "payment_card": 5_000}
    assert text == "<EMAIL> <PAYMENT_CARD>\n" * 5_000


def test_a_space_filled_megabyte_is_passed_over():
    assert find(" " * (1 << 20) + "@") == []


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], [(2, 5)]),
        ([(0, 2), (5, 9)], [(2, 5)]),
        ([(0, 3)], []),
        ([(4, 9)], []),
        ([(3, 4)], []),
        ([(0, 9)], []),
    ],
)
def test_what_another_finding_holds_is_not_free(taken, expected):
    assert free_extents([(2, 5)], taken) == expected
