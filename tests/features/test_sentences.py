import pytest

from taojin.features.sentences import first_sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Return it. Then more.", "Return it."),
        ("Return the\n  sum of it.\n\nDetails.", "Return the sum of it."),
        ("Return a value\n\nParameters\n------", "Return a value"),
        ("Use e.g. this one. Not that.", "Use e.g. this one."),
        (
            "Reads v1.2.3 files of numpy.array type. Ok.",
            "Reads v1.2.3 files of numpy.array type.",
        ),
        ('Says "stop." Goes on.', 'Says "stop."'),
        ("Really? Yes!", "Really?"),
        ("返回总和。然后更多。", "返回总和。"),
        ("他说“好！”然后走了。", "他说“好！”"),
        ("``x`` is taken. So.", "``x`` is taken."),
        ("  \n lead", "lead"),
        ("😀 emoji first", ""),
        (":param x: no prose", ""),
        (">>> f(1)", ""),
        ("------", ""),
        ("", ""),
        ("a" * 100_000, "a" * 100_000),
    ],
)
def test_first_sentence(text, sentence):
    assert first_sentence(text) == sentence
