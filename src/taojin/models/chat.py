"""Conversations as token sequences, the same here and in Transformers.

Roles are written out as text, so that no token is added and no embedding starts
untrained. Only the token that ends a text is special: it closes every answer, which
is how a model learns to stop.
"""

import json
from collections.abc import Sequence
from typing import Literal

from pydantic import Field
from tokenizers import Tokenizer

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError, DataError
from taojin.models.encoding import (
    ScoredSequence,
    SequenceEdges,
    document_edges,
    sound_text,
)

Role = Literal["system", "user", "assistant"]

_CONTENT = "' ' + message['content'].strip()"
"""The same as in :func:`_turn`, in the template language."""


class ChatMessage(StageConfig):
    """One turn of a conversation."""

    role: Role
    """Who speaks; the model is the assistant."""
    content: str
    """What is said; white space around it is not kept."""


class ChatFormat(StageConfig):
    """What stands around the turns."""

    system: str = "Instruction:"
    """Opens a turn that says how to answer."""
    user: str = "Question:"
    """Opens a turn of the one who asks."""
    assistant: str = "Answer:"
    """Opens a turn of the model."""
    separator: str = Field(default="\n", min_length=1)
    """Ends the turns that are not the model's."""


def parse_messages(content: str, place: str) -> list[ChatMessage]:
    """Read a conversation from JSON: a list of mappings with role and content.

    Args:
        content: The JSON.
        place: Named in errors.

    Raises:
        DataError: If it is none, or no turn is the assistant's.
    """
    try:
        messages = [ChatMessage.model_validate(turn) for turn in json.loads(content)]
    except (ValueError, TypeError) as error:
        message = (
            f"{place} is no conversation: {str(error)[:200]}; a list of "
            '{"role": system|user|assistant, "content": text} is needed'
        )
        raise DataError(message) from error
    if not any(turn.role == "assistant" for turn in messages):
        message = f"{place} has no turn of the assistant: there is nothing to learn"
        raise DataError(message)
    return messages


def encode_chat(
    tokenizer: Tokenizer,
    messages: Sequence[ChatMessage],
    chat: ChatFormat,
    max_tokens: int,
    edges: SequenceEdges | None = None,
) -> ScoredSequence:
    """Tokens of a conversation; every answer and the token that ends it are scored.

    What stands between two end tokens is tokenised in one piece, as Transformers
    does it, so a token may reach over the start of an answer; that one is given.
    A conversation that is too long loses its start.

    Args:
        tokenizer: Of the model.
        messages: The turns.
        chat: What stands around them.
        max_tokens: Predictions at most; one token less than are returned.
        edges: Of the model; by default those of the project's own models.
    """
    start, end = edges or document_edges(tokenizer)
    tokens, scored = [start], [False]
    given = ""
    for turn in messages:
        opening, content = _turn(turn, chat)
        if turn.role != "assistant":
            given += f"{opening}{content}{chat.separator}"
            continue
        given += opening
        encoded = tokenizer.encode(given + content, add_special_tokens=False)
        tokens += [*encoded.ids, end]
        scored += [first >= len(given) for first, _ in encoded.offsets]
        scored.append(True)
        given = ""
    cut = max(0, len(tokens) - 1 - max_tokens)
    if cut:
        tokens, scored = [start, *tokens[cut + 1 :]], [False, *scored[cut + 1 :]]
    return ScoredSequence(tokens, scored)


def encode_chat_prompt(
    tokenizer: Tokenizer,
    messages: Sequence[ChatMessage],
    chat: ChatFormat,
    edges: SequenceEdges | None = None,
) -> list[int]:
    """Tokens of a conversation up to where the next answer begins."""
    start, end = edges or document_edges(tokenizer)
    tokens, text = [start], ""
    for turn in messages:
        opening, content = _turn(turn, chat)
        text += opening + content
        if turn.role == "assistant":
            tokens += [*tokenizer.encode(text, add_special_tokens=False).ids, end]
            text = ""
        else:
            text += chat.separator
    return (
        tokens + tokenizer.encode(text + chat.assistant, add_special_tokens=False).ids
    )


def chat_template(
    tokenizer: Tokenizer, chat: ChatFormat, edges: SequenceEdges | None = None
) -> str:
    """A template from which ``apply_chat_template`` gives the same tokens.

    The same for all that does not spell out a special token: Transformers lets a
    message that does end the text, and this project does not.

    Raises:
        ConfigurationError: If an edge has no token in the vocabulary.
    """
    start, end = (
        _jinja(_token(tokenizer, edge)) for edge in edges or document_edges(tokenizer)
    )
    branches = "".join(
        f"{{%- {word} message['role'] == {_jinja(role)} -%}}"
        f"{{{{- {_jinja(getattr(chat, role))} + {_CONTENT} + {closing} -}}}}"
        for word, role, closing in (
            ("if", "system", _jinja(chat.separator)),
            ("elif", "user", _jinja(chat.separator)),
            ("elif", "assistant", end),
        )
    )
    return (
        f"{{{{- {start} -}}}}{{%- for message in messages -%}}{branches}"
        "{%- endif -%}{%- endfor -%}{%- if add_generation_prompt -%}"
        f"{{{{- {_jinja(chat.assistant)} -}}}}{{%- endif -%}}"
    )


def _turn(turn: ChatMessage, chat: ChatFormat) -> tuple[str, str]:
    content = sound_text(turn.content).strip()
    return getattr(chat, turn.role), f" {content}"


def _jinja(text: str) -> str:
    """A string literal of the template language."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def _token(tokenizer: Tokenizer, number: int) -> str:
    token = tokenizer.id_to_token(number)
    if token is None:
        message = f"token {number} is not in the vocabulary of the tokenizer"
        raise ConfigurationError(message)
    return token
