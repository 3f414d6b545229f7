import pytest

from taojin.evaluation.words import split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Return the X.", ["return", "the", "x"]),
        ("snake_case, don't 3.14", ["snake", "case", "don't", "3", "14"]),
        ("数组ab的和", ["数", "组", "ab", "的", "和"]),
        ("日本のテスト", ["日", "本", "の", "テ", "ス", "ト"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("Größe café", ["größe", "café"]),
        ("😀 ... \0 \ud800", []),
        ("", []),
    ],
)
def test_split_words(text, words):
    assert split_words(text) == words
