import pytest

from taojin.generation.config import SamplingConfig
from taojin.generation.endings import StopTexts, readable
from taojin.generation.sampling import sample


def _tokens(tokenizer, text):
    return tokenizer.encode(text).ids


def _ends_after(stop_texts, tokens):
    """Count tokens until the text ends."""
    for length in range(1, len(tokens) + 1):
        if stop_texts.ends(tokens[:length]):
            return length
    return None


@pytest.mark.parametrize(
    ("text", "stop", "kept"),
    [
        ("one\n\ntwo", ["\n\n"], "one"),
        ("数据：淘金。好", ["淘金"], "数据："),
        ("a🎉b", ["🎉"], "a"),
        ("abcabd", ["abd", "xyz"], "abc"),
        ("User: x", ["User:"], ""),
    ],
)
def test_a_text_ends_before_a_stop_text_that_tokens_break(
    byte_tokenizer, text, stop, kept
):
    stop_texts = StopTexts(byte_tokenizer, stop)
    tokens = _tokens(byte_tokenizer, text)

    length = _ends_after(stop_texts, tokens)

    assert length is not None
    assert readable(byte_tokenizer, tokens[:length], 0, stop_texts) == (kept, True)


def test_a_stop_text_is_found_far_into_a_long_text(byte_tokenizer):
    stop_texts = StopTexts(byte_tokenizer, ["END"])
    tokens = _tokens(byte_tokenizer, "x" * 500 + "END")

    assert _ends_after(stop_texts, tokens) == len(tokens)


def test_half_a_stop_text_ends_nothing(byte_tokenizer):
    stop_texts = StopTexts(byte_tokenizer, ["淘金"])
    tokens = _tokens(byte_tokenizer, "数淘数金")

    assert _ends_after(stop_texts, tokens) is None


def test_without_stop_texts_only_the_last_token_ends(byte_tokenizer):
    none = StopTexts(byte_tokenizer, [])
    tokens = _tokens(byte_tokenizer, "abc")

    assert readable(byte_tokenizer, tokens, 0, none) == ("abc", False)
    assert readable(byte_tokenizer, [*tokens, 0], 0, none) == ("abc", True)


def test_a_character_that_was_cut_off_is_left_out(byte_tokenizer):
    tokens = _tokens(byte_tokenizer, "a淘")[:-1]

    assert readable(byte_tokenizer, tokens, 0, StopTexts(byte_tokenizer, [])) == (
        "a",
        False,
    )


def test_rows_end_at_stop_texts_of_their_own(random_model, byte_tokenizer):
    settings = {"max_new_tokens": 24, "min_new_tokens": 24, "temperature": 1.0}
    model, prompts = random_model(), ["a", "b", "c", ""]
    plain = sample(model, byte_tokenizer, prompts, SamplingConfig(**settings))
    stop = (plain[0].text[8], plain[1].text[3])

    stopped = sample(
        model, byte_tokenizer, prompts, SamplingConfig(**settings, stop=stop)
    )

    for before, after in zip(plain, stopped, strict=True):
        places = [before.text.find(one) for one in stop if one in before.text]
        assert after.finished == bool(places)
        if places:
            assert after.text == before.text[: min(places)]
    assert stopped[0].finished
