import pytest

from taojin.curation.personal_data.official import (
    find_cn_licence_plates,
    find_passports,
    find_us_ssns,
)


def found(recogniser, text):
    return [text[start:end] for start, end in recogniser(text)]


def test_a_social_security_number_with_hyphens_stands_for_itself():
    assert found(find_us_ssns, "Employee 531-21-7351 moved.") == ["531-21-7351"]


@pytest.mark.parametrize("number", ["531 21 7351", "531217351"])
def test_another_writing_of_it_needs_a_word_before(number):
    assert found(find_us_ssns, f"my SSN is {number}.") == [number]
    assert found(find_us_ssns, f"社会安全号码：{number}") == [number]
    assert found(find_us_ssns, f"item {number}.") == []
    assert found(find_us_ssns, f"SSN\n{number}.") == []


@pytest.mark.parametrize(
    "text",
    [
        "000-12-3456 666-12-3456 912-12-3456",
        "531-00-7351 531-21-0000",
        "123-45-6789 078-05-1120 111-11-1112",
        "531-21-73511 a531-21-7351 531-21-7351-2",
        "2024-05-0612",
        "531-217351",
    ],
)
def test_ranges_never_given_out_and_other_numbers_are_no_ssn(text):
    assert found(find_us_ssns, text) == []


@pytest.mark.parametrize(
    "number",
    ["E12345678", "EA1234567", "G12345678", "SE1234567", "c03005988", "340020013"],
)
def test_a_passport_number_needs_a_word_before(number):
    assert found(find_passports, f"Passport no. {number}, valid") == [number]
    assert found(find_passports, f"护照{number}有效") == [number]
    assert found(find_passports, f"order {number}") == []


@pytest.mark.parametrize(
    "text",
    [
        "passport 1234567",
        "passport E1234567890",
        "passport 2024-05-06",
        "护照EAB123456",
    ],
)
def test_a_number_of_another_length_is_no_passport(text):
    assert found(find_passports, text) == []


@pytest.mark.parametrize(
    "plate",
    ["京A12345", "沪B·1A234", "粤BD12345", "粤B12345F", "苏E 8Z999", "川A1234学"],
)
def test_a_licence_plate_is_found(plate):
    assert found(find_cn_licence_plates, f"({plate})") == [plate]


def test_running_text_before_a_plate_must_speak_of_a_vehicle():
    assert found(find_cn_licence_plates, "车牌号新A12345停放") == ["新A12345"]
    assert found(find_cn_licence_plates, "白色新A12345轿车") == ["新A12345"]
    assert found(find_cn_licence_plates, "发布全新A12345型号") == []
    assert found(find_cn_licence_plates, "发布全新A·12345") == ["新A·12345"]


def test_small_letters_are_a_plate_only_beside_a_vehicle():
    assert found(find_cn_licence_plates, "plate 京a12345") == ["京a12345"]
    assert found(find_cn_licence_plates, "见 京a12345") == []


@pytest.mark.parametrize(
    "plate",
    [
        "京I12345",
        "京A1234",
        "京A1234567",
        "京AABC12",
        "京A12345x",
        "京A123O5",
        "人A12345",
    ],
)
def test_other_signs_are_no_plate(plate):
    assert found(find_cn_licence_plates, f"车牌 {plate}") == []
