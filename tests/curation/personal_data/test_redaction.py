import re
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from taojin.curation.personal_data import KINDS, Span, find, placeholder, redact
from taojin.curation.personal_data.overlaps import free_extents

LETTER = (
    "Dear jo@firm.de, my card 4532276644577020 and IBAN GB82WEST12345698765432 "
    "were used from 86.231.85.193; call +49 89 6361 4802. 身份证11010519491231002X "
    "银行卡6212345678901232，车牌京A·12345，护照E12345678. SSN 531-21-7351, "
    "key AKIA7Q2ZC4M9XW1B5T8K"
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
    assert not any(digit in text for digit in "023456789")


def test_one_value_has_one_placeholder_however_it_is_written():
    text, counts = redact(
        "jo@firm.de, Jo@Firm.DE and al@firm.de; 13812345678, +86 138 1234 5678, "
        "１３８１２３４５６７８; 415-623-7788 or +1 415 623 7788"
    )
    assert text == (
        "<EMAIL_1>, <EMAIL_1> and <EMAIL_2>; <PHONE_1>, <PHONE_1>, "
        "<PHONE_1>; <PHONE_2> or <PHONE_2>"
    )
    assert counts == {"email": 3, "phone": 5}


def test_new_values_get_numbers_that_the_text_does_not_use_yet():
    assert redact("<EMAIL_7> wrote to jo@firm.de")[0] == "<EMAIL_7> wrote to <EMAIL_8>"


def test_a_placeholder_announces_nothing():
    assert find("<PHONE_1> 28138825 and <PASSPORT_1> 281388258") == []


def test_what_a_redaction_uncovers_is_redacted_too():
    text, _ = redact("phone: +49 89 6361 4802 and 2813882583")
    assert text == "phone: <PHONE_1> and <PHONE_2>"


def test_addresses_that_touch_are_two():
    assert redact("a@b.org-c@d.org")[0] == "<EMAIL_1>-<EMAIL_2>"


def test_redacting_twice_changes_nothing_more():
    once, _ = redact(LETTER)
    assert redact(once) == (once, {})


def test_only_the_kinds_asked_for_are_redacted():
    text, counts = redact(LETTER, ["email"])
    assert counts == {"email": 1}
    assert text == LETTER.replace("jo@firm.de", "<EMAIL_1>")


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
        text = f"{text[: span.start]}<{span.kind.upper()}>{text[span.end :]}"
    assert re.sub(r"_\d+>", ">", redacted) == text


def test_a_document_full_of_findings_is_redacted_whole():
    text, counts = redact("jo@firm.de 4532276644577020\n" * 5_000)
    assert counts == {"email": 5_000, "payment_card": 5_000}
    assert text == "<EMAIL_1> <PAYMENT_CARD_1>\n" * 5_000


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


def test_of_two_findings_that_overlap_the_earlier_is_free():
    assert free_extents([(4, 8), (2, 5), (8, 9)], []) == [(2, 5), (8, 9)]
