import pytest

from taojin.curation.personal_data.identifiers import (
    find_cn_bank_cards,
    find_cn_resident_ids,
    find_ibans,
    find_payment_cards,
    passes_luhn,
)


def found(recogniser, text):
    return [text[start:end] for start, end in recogniser(text)]


@pytest.mark.parametrize(
    "number",
    [
        "4532276644577020",
        "4532 2766 4457 7020",
        "5474-1232-0947-0398",
        "378282246310005",
        "3782 822463 10005",
        "30569309025904",
        "3530111333300000",
        "6212345678901232",
    ],
)
def test_a_card_number_of_an_issuer_is_found(number):
    assert found(find_payment_cards, f"pay with {number}, please") == [number]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("4532276644577021", "check digit"),
        ("9532276644577025", "no issuer"),
        ("1617187200123456", "microseconds since 1970"),
        ("0.4532276644577020", "a fraction"),
        ("45322766445770201234567", "longer"),
        ("a4532276644577020", "part of a word"),
        ("4532-2766 4457-7020", "two separators"),
        ("4444444444444448", "a filler"),
        ("978-3-16-148410-0", "an ISBN"),
        ("550e8400-e29b-41d4-a716-446655440000", "a UUID"),
        ("45322766-44577020", "two groups of eight"),
        ("https://host/case/5229304507138048", "a path"),
        ("2650 1514 1514 1514 1514 1514", "a table"),
        ("3.141592653589793 2.718281828459045", "constants"),
    ],
)
def test_other_long_numbers_are_no_card_numbers(text, why):
    assert found(find_payment_cards, text) == [], why


def test_any_changed_digit_breaks_the_luhn_check():
    number = "4532276644577020"
    assert passes_luhn(number)
    for place in range(len(number)):
        other = str((int(number[place]) + 1) % 10)
        assert not passes_luhn(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize(
    "number",
    [
        "6222021234567890128",
        "6222 0212 3456 7890 128",
        "622202 1234567890128",
        "6212345678901232",
    ],
)
def test_a_chinese_bank_card_is_found_where_the_line_speaks_of_one(number):
    assert found(find_cn_bank_cards, f"银行卡号：{number}。") == [number]
    assert found(find_cn_bank_cards, f"订单{number}。") == []
    assert found(find_cn_bank_cards, f"银行\n{number}") == []


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("6222021234567890129", "check digit"),
        ("4532276644577020", "an international issuer"),
        ("62220212 34567890128", "grouped like nothing"),
        ("62220212345678901280", "longer"),
    ],
)
def test_other_numbers_are_no_chinese_bank_cards(number, why):
    assert found(find_cn_bank_cards, f"银行卡号：{number}。") == [], why


def test_a_birth_date_may_stand_apart_in_a_resident_id():
    number = "110105 19491231 002X"
    assert found(find_cn_resident_ids, number) == [number]


def test_the_example_of_gb_11643_is_found_between_characters():
    number = "11010519491231002X"
    assert found(find_cn_resident_ids, f"身份证号{number}。") == [number]


def test_a_bearer_born_before_1900_is_not_expected():
    assert found(find_cn_resident_ids, "440524188001010014") == []


def test_a_lower_case_check_character_is_accepted():
    assert found(find_cn_resident_ids, "11010519491231002x") == ["11010519491231002x"]


@pytest.mark.parametrize(
    "number",
    [
        "110105194912310021",  # check character
        "19010519491231002X",  # province
        "11010519491331002X",  # month
        "11010519490230002X",  # day
        "a11010519491231002X",
        "11010519491231002X7",
    ],
)
def test_a_number_with_a_wrong_part_is_no_resident_id(number):
    assert found(find_cn_resident_ids, number) == []


@pytest.mark.parametrize(
    "number",
    [
        "GB82WEST12345698765432",
        "GB82 WEST 1234 5698 7654 32",
        "DE89 3704 0044 0532 0130 00",
        "gb50mvfc38361978683032",
        "NO9386011117947",
        "DE89-3704-0044-0532-0130-00",
    ],
)
def test_an_iban_is_found_in_either_writing(number):
    assert found(find_ibans, f"to {number}, today") == [number]


@pytest.mark.parametrize(
    "text",
    [
        "GB82WEST12345698765433",  # check digits
        "GB82WEST1234569876543",  # too short
        "GB82WEST12345698765432A",  # too long
        "ZZ82WEST12345698765432",  # no country
        "GB82  WEST 1234 5698 7654 32",
        "GB82 WEST-1234 5698 7654 32",
        "GB82 WEST",
        "de40 and more words in lower case",
    ],
)
def test_other_codes_are_no_iban(text):
    assert found(find_ibans, text) == []
