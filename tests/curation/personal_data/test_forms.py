import hypothesis.strategies as st
from hypothesis import given

from taojin.curation.personal_data.forms import plain_forms


def test_wide_forms_become_ascii():
    assert plain_forms("ｊｏ＠ｆｉｒｍ．ｄｅ（１）") == "jo@firm.de(1)"


def test_typeset_hyphens_and_spaces_are_plain_between_digits_alone():
    assert (
        plain_forms("312\u201186\u00a04 a\u2011b 5\u2013c")
        == "312-86 4 a\u2011b 5\u2013c"
    )


@given(st.text())
def test_positions_stay(text):
    assert len(plain_forms(text)) == len(text)
