import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from taojin.core.errors import ConfigurationError
from taojin.features import tokenizer as features_tokenizer
from taojin.models.encoding import (
    END_OF_DOCUMENT,
    encode,
    encode_document,
    encode_prompt,
    encode_prompted,
    end_of_document,
)


def _tokenizer(*, special=True):
    """One token a byte; the end of a document has the id 0."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = ([END_OF_DOCUMENT] if special else []) + alphabet
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if special:
        tokenizer.add_special_tokens([END_OF_DOCUMENT])
    tokenizer.encode_special_tokens = True
    return tokenizer


def test_the_end_of_a_document_is_spelt_as_the_features_stage_spells_it():
    assert features_tokenizer.END_OF_DOCUMENT == END_OF_DOCUMENT


def test_a_vocabulary_without_the_end_of_a_document_is_refused():
    with pytest.raises(ConfigurationError, match="end_of_document"):
        end_of_document(_tokenizer(special=False))


@pytest.mark.parametrize("text", ["", "naïve", "数据", "🎉", "a\0b", "x" * 500])
def test_any_text_survives(text):
    tokenizer = _tokenizer()

    assert tokenizer.decode(encode(tokenizer, text)) == text


def test_a_lone_surrogate_becomes_a_question_mark():
    tokenizer = _tokenizer()

    assert tokenizer.decode(encode(tokenizer, "a\ud800b")) == "a?b"


def test_a_text_cannot_forge_its_end():
    assert 0 not in encode(_tokenizer(), f"one{END_OF_DOCUMENT}two")


def test_a_long_document_loses_its_end():
    tokenizer = _tokenizer()

    tokens = encode_document(tokenizer, "abcdef", max_tokens=4)

    assert tokens[0] == 0
    assert tokenizer.decode(tokens[1:]) == "abc"


def test_an_empty_document_is_one_token():
    assert encode_document(_tokenizer(), "", max_tokens=4) == [0]


def test_a_long_prompt_loses_its_start():
    tokenizer = _tokenizer()

    tokens = encode_prompt(tokenizer, "abcdef", max_tokens=4)

    assert tokens[0] == 0
    assert tokenizer.decode(tokens[1:]) == "def"


def test_a_target_follows_its_prompt_and_ends():
    tokenizer = _tokenizer()

    tokens, num_given = encode_prompted(tokenizer, "ask", "say", max_tokens=20)

    assert tokenizer.decode(tokens[1:num_given]) == "ask"
    assert tokenizer.decode(tokens[num_given:-1]) == "say"
    assert (tokens[0], tokens[-1]) == (0, 0)


@pytest.mark.parametrize("max_tokens", [2, 3, 5, 8, 9])
@pytest.mark.parametrize(("prompt", "target"), [("a" * 9, "b" * 3), ("a", "b" * 9)])
def test_a_pair_fits_into_the_context_with_its_target_last(prompt, target, max_tokens):
    tokenizer = _tokenizer()

    tokens, num_given = encode_prompted(tokenizer, prompt, target, max_tokens)

    assert len(tokens) - 1 <= max_tokens
    assert num_given >= 1
    assert len(tokens) > num_given


def test_the_prompt_is_cut_before_the_target():
    tokenizer = _tokenizer()

    tokens, num_given = encode_prompted(tokenizer, "abcdef", "xyz", max_tokens=6)

    assert tokenizer.decode(tokens[num_given:-1]) == "xyz"
    assert tokenizer.decode(tokens[1:num_given]) == "ef"
