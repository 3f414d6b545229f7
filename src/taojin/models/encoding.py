"""How texts become the token sequences that models are finetuned and asked with.

In the project's own models the end-of-document token starts every sequence, as it
precedes every document in pretraining; other models have :class:`SequenceEdges` of
their own.
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


class ScoredSequence(NamedTuple):
    """Tokens, and which of them a model is to learn to write.

    Attributes:
        tokens: All of them.
        scored: One truth value a token; the first is False.
    """

    tokens: list[int]
    scored: list[bool]

    @classmethod
    def of_prompted(cls, sequence: PromptedSequence) -> "ScoredSequence":
        """The target is scored, the prompt is not."""
        tokens, num_given = sequence
        num_scored = len(tokens) - num_given
        return cls(tokens, [False] * num_given + [True] * num_scored)


class SequenceEdges(NamedTuple):
    """Tokens at the edges of a sequence.

    Attributes:
        start: Comes before the first token of a text.
        end: Comes after the last one; a model that writes it has finished.
    """

    start: int
    end: int


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


def document_edges(tokenizer: Tokenizer) -> SequenceEdges:
    """Edges of the project's own models: the end-of-document token on both sides.

    Raises:
        ConfigurationError: If the vocabulary lacks it.
    """
    edge = end_of_document(tokenizer)
    return SequenceEdges(edge, edge)


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """Tokenise a text; a lone surrogate becomes a question mark."""
    return tokenizer.encode(sound_text(text), add_special_tokens=False).ids


def sound_text(text: str) -> str:
    """Put a question mark for every lone surrogate.

    Byte-level tokenizers reject what UTF-8 cannot hold.
    """
    return text.encode("utf-8", errors="replace").decode("utf-8")


def encode_document(
    tokenizer: Tokenizer,
    text: str,
    max_tokens: int,
    edges: SequenceEdges | None = None,
) -> list[int]:
    """Tokens of a text after the token that starts it, for a classifier.

    A text that is too long loses its end. Nothing closes the sequence: Transformers
    takes a last end-of-document token for padding and would pool the one before.

    Args:
        tokenizer: Of the model.
        text: Any text.
        max_tokens: Tokens at most, the first included.
        edges: Of the model; by default those of the project's own models.
    """
    tokens = encode(tokenizer, text[: max_tokens * _BYTES_PER_TOKEN])
    start, _ = edges or document_edges(tokenizer)
    return [start, *tokens[: max_tokens - 1]]


def encode_prompt(
    tokenizer: Tokenizer,
    prompt: str,
    max_tokens: int,
    edges: SequenceEdges | None = None,
) -> list[int]:
    """Tokens of a prompt after the token that starts it.

    A prompt that is too long loses its start, the part farthest from the answer.
    See :func:`encode_document` for the arguments.
    """
    room = max(1, max_tokens - 1)
    tokens = encode(tokenizer, prompt[-room * _BYTES_PER_TOKEN :])
    start, _ = edges or document_edges(tokenizer)
    return [start, *tokens[-room:]]


def encode_prompted(
    tokenizer: Tokenizer,
    prompt: str,
    target: str,
    max_tokens: int,
    edges: SequenceEdges | None = None,
) -> PromptedSequence:
    """Tokens of a prompt and its target, fitted into ``max_tokens`` predictions.

    The target may take all but one place; the prompt loses its start first.
    See :func:`encode_document` for the arguments.
    """
    edges = edges or document_edges(tokenizer)
    goal = [*encode(tokenizer, target), edges.end][: max_tokens - 1]
    given = encode_prompt(tokenizer, prompt, max_tokens + 1 - len(goal), edges)
    return PromptedSequence([*given, *goal], len(given))
