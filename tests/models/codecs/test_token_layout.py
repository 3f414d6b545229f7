import numpy as np
import pytest
from pydantic import ValidationError

from taojin.core.errors import ConfigurationError
from taojin.models.codecs.token_layout import ANY, END, TokenLayout

LAYOUT = TokenLayout(
    labels=("one", "two"), speakers=("ann", "bo"), num_codebooks=2, codebook_size=5
)


def test_tokens_have_a_meaning_each():
    assert LAYOUT.prefix("two", "ann") == [3, 4]
    assert LAYOUT.prefix(None, None) == [ANY, ANY]
    assert LAYOUT.first_code == 6
    assert LAYOUT.vocab_size == 16


def test_codes_come_back_from_their_tokens():
    codes = np.array([[0, 4], [3, 0]])

    tokens = LAYOUT.tokens(codes)

    assert tokens == [6, 15, 9, 11]
    np.testing.assert_array_equal(LAYOUT.codes(tokens), codes)
    np.testing.assert_array_equal(LAYOUT.codes(tokens[:3]), codes[:1])


def test_tokens_of_the_wrong_book_are_refused():
    with pytest.raises(ValueError, match="code book"):
        LAYOUT.codes([15, 6])


def test_an_end_may_come_between_moments_only_and_not_at_once():
    assert LAYOUT.allowed(0) == [(6, 11)]
    assert LAYOUT.allowed(1) == [(11, 16)]
    assert LAYOUT.allowed(2) == [(END, END + 1), (6, 11)]
    assert LAYOUT.allowed(3) == [(11, 16)]


def test_an_unknown_name_is_refused_and_the_known_ones_are_listed():
    with pytest.raises(ConfigurationError, match=r"label 'three' .*'one', 'two'"):
        LAYOUT.prefix("three", None)
    with pytest.raises(ConfigurationError, match=r"speaker 'cy' .*'ann', 'bo'"):
        LAYOUT.prefix(None, "cy")


def test_many_known_names_are_not_all_listed():
    many = TokenLayout(
        labels=tuple(f"w{place:03}" for place in range(300)),
        num_codebooks=1,
        codebook_size=2,
    )

    with pytest.raises(ConfigurationError, match="and 280 more") as caught:
        many.prefix("x", None)

    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("names", [("a", "a"), ("",)])
def test_names_are_told_apart(names):
    with pytest.raises(ValidationError, match="labels"):
        TokenLayout(labels=names, num_codebooks=1, codebook_size=2)
