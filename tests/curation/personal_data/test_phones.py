import pytest

from taojin.curation.personal_data.phones import find_phones


def found(text):
    return [text[start:end] for start, end in find_phones(text)]


@pytest.mark.parametrize(
    "number",
    [
        "+49 89 6361 4802",
        "+33123456789",
        "+1-944-435-4352",
        "+86 138 1234 5678",
        "13812345678",
        "138-1234-5678",
        "010-62781234",
        "(978) 645-9740",
        "751-954-9268",
        "833.719.3994",
        "0049 221 7457983",
        "+972-4-8307322",
        "(010)62781234",
    ],
)
def test_a_number_in_a_telling_form_is_found(number):
    assert found(f"You get me at {number} or not.") == [number]


def test_a_chinese_number_is_found_between_characters():
    assert found("手机13812345678，谢谢") == ["13812345678"]


@pytest.mark.parametrize(
    "text",
    [
        "Phone: 73 448 266",
        "请致电 8610 5567",
        "785 8949 office",
        "call me: 2813882583",
        "电话：030 / 7403650",
    ],
)
def test_any_grouping_is_found_where_a_word_announces_it(text):
    assert len(found(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-02 10:11:12 and 20200102101112",
        "17179869184 bytes are 16 GiB",
        "read_bytes=18626220032, count: 18626220031",
        "1617187200 or 1617187200123 since the epoch",
        "3.141592653589793",
        "+1e10, +12345678, x+4915112345",
        "ISBN 978-3-16-148410-0",
        "sha 3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "0x13812345678 a13812345678 13812345678.5",
        "200 300 4000 500 600 7000",
        "call 555-123-4567 or 212-555-0142",
        "911-200-3000",
        "range(1000, 2000, 3000)",
        "phone on 2024-05-06",
        "1.13.2, 2.4.10",
        "from (-33554432 to +33554432)",
        "Decimal('+35236450.6')",
        "UNIX seconds: @15584760000",
        "projects/19306908007/operations",
        "doi 10.1016/0021-9991(79)90025-1",
        "phone=12345678910, phonebook 555-1234",
        "call us on 05/06/2024",
        "000-000-0000",
    ],
)
def test_other_numbers_are_no_phone_numbers(text):
    assert found(text) == []


def test_a_row_of_mobile_numbers_is_found_whole():
    assert len(found("13812345678,13912345678,18812345678")) == 3
