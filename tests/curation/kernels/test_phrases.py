import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from taojin.curation.kernels.phrases import (
    make_automaton,
    sum_phrases,
    which_phrases,
)

VALUES = {"use cookies": 1, "uses cookies": 2, "lorem ipsum": 4, "{": 8}
AUTOMATON = make_automaton(VALUES)


def as_bytes(text):
    return np.frombuffer(text.encode(), np.uint8)


def test_phrases_are_told_apart_in_any_case():
    data = as_bytes("It USES Cookies; to use \u212aookies, use coo\u212aies {lorem {")
    assert which_phrases(data, 0, len(data), AUTOMATON) == 2 | 1 | 8
    assert sum_phrases(data, 0, len(data), AUTOMATON) == 2 + 1 + 8 + 8


def test_only_the_given_bytes_are_searched():
    data = as_bytes("lorem ipsum")
    assert which_phrases(data, 0, len(data) - 1, AUTOMATON) == 0
    assert which_phrases(data, 1, len(data), AUTOMATON) == 0


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["use", "s", " ", "coo", "kies", "Lorem", "ipsum", "{", "é"]),
        max_size=12,
    )
)
def test_found_phrases_are_those_of_the_lowered_text(parts):
    text = "".join(parts)
    data = as_bytes(text)
    expected = sum(text.lower().count(phrase) * n for phrase, n in VALUES.items())
    if len(data):
        assert sum_phrases(data, 0, len(data), AUTOMATON) == expected
