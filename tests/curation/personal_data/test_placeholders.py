import pytest

from taojin.curation.personal_data.placeholders import (
    Numbering,
    identity,
    placeholder,
)


def test_a_placeholder_names_kind_and_number():
    assert placeholder("cn_resident_id", 12) == "<CN_RESIDENT_ID_12>"
    assert placeholder("email") == "<EMAIL_1>"


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("email", "Jo@Firm.de", "jo@firm.de"),
        ("iban", "GB82 WEST 1234 5698 7654 32", "gb82west12345698765432"),
        ("payment_card", "4532-2766-4457-7020", "4532276644577020"),
        ("cn_resident_id", "１１０１０５19491231002x", "110105 19491231 002X"),
        ("cn_licence_plate", "京A·12345", "京a12345"),
        ("phone", "+86 138-1234-5678", "008613812345678"),
        ("phone", "1-415-623-7788", "(415) 623-7788"),
        ("phone", "+49 (0)89 6361", "0049 0 89 6361"),
    ],
)
def test_two_writings_of_a_value_are_one(kind, first, second):
    assert identity(kind, first) == identity(kind, second)


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("email", "jo@firm.de", "jo@firm.com"),
        ("secret", "aB3dE6gH", "AB3DE6GH"),
        ("phone", "13812345678", "13812345679"),
        ("phone", "415-623-7788 x12", "415-623-7788"),
        ("phone", "+44 138 1234 5678", "138 1234 5678"),
    ],
)
def test_other_values_are_others(kind, first, second):
    assert identity(kind, first) != identity(kind, second)


def test_kinds_are_numbered_apart_and_after_what_is_there():
    numbering = Numbering([("EMAIL", "3"), ("EMAIL", "2")])
    assert numbering.placeholder("email", "a@b.org") == "<EMAIL_4>"
    assert numbering.placeholder("phone", "13812345678") == "<PHONE_1>"
    assert numbering.placeholder("email", "A@B.org") == "<EMAIL_4>"
    assert numbering.placeholder("email", "c@b.org") == "<EMAIL_5>"
