"""How texts become the token sequences that models are finetuned and asked with.

The end-of-document token starts every sequence, as it precedes every document in
pretraining.
"""

from typing import NamedTuple

from tokenizers import Tokenizer

from taojin.core.errors import ConfigurationError

END_OF_DOCUMENT = "<|end_of_document|>"
"""Written after every document; it also starts every prompt."""

_BYTES_PER_TOKEN = 32
"""No text needs fewer tokens than this; longer ones are cut before tokenising."""


class PromptedSequence(NamedTuple):
    """A prompt and what is to follow it.

    Attributes:
        tokens: Both, between two end-of-document tokens.
        num_given: Tokens of the prompt, the one that starts it included.
    """

    tokens: list[int]
    num_given: int


def end_of_document(tokenizer: Tokenizer) -> int:
    """Token id that is written after every document.

    Raises:
        ConfigurationError: If the vocabulary lacks it.
    """
    token = tokenizer.token_to_id(END_OF_DOCUMENT)
    if token is None:
        message = (
            f"the tokenizer lacks the token {END_OF_DOCUMENT}; train it with the "
            "features stage, or add the token"
        )
        raise ConfigurationError(message)
    return token


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """Tokenise a text; a lone surrogate becomes a question mark."""
    # Byte-level tokenizers reject what UTF-8 cannot hold.
    sound = text.encode("utf-8", errors="replace").decode("utf-8")
    return tokenizer.encode(sound, add_special_tokens=False).ids


def encode_document(tokenizer: Tokenizer, text: str, max_tokens: int) -> list[int]:
    """Tokens of a text after an end-of-document token, for a classifier.

    A text that is too long loses its end. Nothing closes the sequence: Transformers
    takes a last end-of-document token for padding and would pool the one before.
    """
    tokens = encode(tokenizer, text[: max_tokens * _BYTES_PER_TOKEN])
    return [end_of_document(tokenizer), *tokens[: max_tokens - 1]]


def encode_prompt(tokenizer: Tokenizer, prompt: str, max_tokens: int) -> list[int]:
    """Tokens of a prompt after an end-of-document token.

    A prompt that is too long loses its start, the part farthest from the answer.
    """
    room = max(1, max_tokens - 1)
    tokens = encode(tokenizer, prompt[-room * _BYTES_PER_TOKEN :])
    return [end_of_document(tokenizer), *tokens[-room:]]


def encode_prompted(
    tokenizer: Tokenizer, prompt: str, target: str, max_tokens: int
) -> PromptedSequence:
    """Tokens of a prompt and its target, fitted into ``max_tokens`` predictions.

    The target may take all but one place; the prompt loses its start first.
    """
    goal = [*encode(tokenizer, target), end_of_document(tokenizer)][: max_tokens - 1]
    given = encode_prompt(tokenizer, prompt, max_tokens + 1 - len(goal))
    return PromptedSequence([*given, *goal], len(given))
