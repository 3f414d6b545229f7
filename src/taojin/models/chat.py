"""Conversations as token sequences, the same here and in Transformers.

By default roles are written out as text, so that no token is added and no embedding
starts untrained; a format may also name special tokens. The token that ends a text
closes every answer, which is how a model learns to stop.
"""

import json
import re
from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator
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
"""The same as :func:`_content`, in the template language."""


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
    tokens: tuple[str, ...] = ()
    """Special tokens in the texts above. Those that the vocabulary lacks are added to
    it; without any, all is text."""

    @model_validator(mode="after")
    def _check_tokens(self) -> Self:
        texts = (self.system, self.user, self.assistant, self.separator)
        unused = [
            token for token in self.tokens if not any(token in text for text in texts)
        ]
        if unused or "" in self.tokens:
            message = (
                f"tokens has {unused or ['']}, which system, user, assistant and "
                f"separator do not contain; they are {texts}"
            )
            raise ValueError(message)
        return self


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
    writer = _written(tokenizer, messages, chat, edges)
    tokens, scored = writer.tokens, writer.scored
    cut = max(0, len(tokens) - 1 - max_tokens)
    if cut:
        tokens, scored = [tokens[0], *tokens[cut + 1 :]], [False, *scored[cut + 1 :]]
    return ScoredSequence(tokens, scored)


def encode_chat_prompt(
    tokenizer: Tokenizer,
    messages: Sequence[ChatMessage],
    chat: ChatFormat,
    edges: SequenceEdges | None = None,
) -> list[int]:
    """Tokens of a conversation up to where the next answer begins."""
    writer = _written(tokenizer, messages, chat, edges)
    writer.mark(chat.assistant)
    writer.flush()
    return writer.tokens


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


def _written(
    tokenizer: Tokenizer,
    messages: Sequence[ChatMessage],
    chat: ChatFormat,
    edges: SequenceEdges | None,
) -> "_Writer":
    """Write a conversation; text after its last special token is not tokenised yet."""
    start, end = edges or document_edges(tokenizer)
    writer = _Writer(tokenizer, chat.tokens, start)
    for turn in messages:
        writer.mark(getattr(chat, turn.role))
        if turn.role == "assistant":
            writer.answer(_content(turn), end)
        else:
            writer.say(_content(turn))
            writer.mark(chat.separator)
    return writer


class _Writer:
    """Tokens of a conversation as it grows; text between two special ones is one piece.

    Attributes:
        tokens: Those written so far.
        scored: Whether a model is to learn to write each.
    """

    def __init__(
        self, tokenizer: Tokenizer, special: Sequence[str], start: int
    ) -> None:
        self.tokens, self.scored = [start], [False]
        self._tokenizer = tokenizer
        self._special = {text: _id(tokenizer, text) for text in special}
        # The longest first, where one begins another.
        longest_first = sorted(map(re.escape, special), key=len, reverse=True)
        self._parts = re.compile(f"({'|'.join(longest_first)})") if special else None
        self._text = ""

    def say(self, text: str) -> None:
        """Write text in which nothing is special."""
        self._text += text

    def mark(self, text: str) -> None:
        """Write text that may contain special tokens."""
        for part in self._parts.split(text) if self._parts else [text]:
            if part in self._special:
                self.flush()
                self.tokens.append(self._special[part])
                self.scored.append(False)
            else:
                self._text += part

    def answer(self, text: str, end: int) -> None:
        """Write what is to be learnt, and the token that ends it."""
        given = len(self._text)
        self._text += text
        self.flush(given)
        self.tokens.append(end)
        self.scored.append(True)

    def flush(self, num_given: int | None = None) -> None:
        """Tokenise the text; from character ``num_given`` on it is scored."""
        encoded = self._tokenizer.encode(self._text, add_special_tokens=False)
        limit = len(self._text) if num_given is None else num_given
        self.tokens += encoded.ids
        self.scored += [first >= limit for first, _ in encoded.offsets]
        self._text = ""


def _content(turn: ChatMessage) -> str:
    return f" {sound_text(turn.content).strip()}"


def _id(tokenizer: Tokenizer, text: str) -> int:
    found = tokenizer.token_to_id(text)
    if found is None:
        message = (
            f"the chat format has the special token {text}, and the vocabulary lacks "
            "it; add it with taojin.models.vocabulary.with_tokens, or leave it out of "
            "tokens"
        )
        raise ConfigurationError(message)
    return found


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
