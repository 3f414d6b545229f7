"""Texts of a given form: JSON of a schema, or what a regular expression matches.

A grammar says which tokens may come next, so the form is kept token by token. As the
number of tokens is limited, a text that would not be complete in time is led to its
end by the shortest way that is found.
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from taojin.core.errors import ConfigurationError
from taojin.generation.config import ConstraintConfig

if TYPE_CHECKING:
    from llguidance import LLMatcher

_CLOSING = b'"}])'
"""Bytes that tend to close something, and may be taken so many times as often:"""
_PATIENCE = 8
_PREFERRED = _CLOSING + b"0:,1 aetnf"
"""Bytes that tend to lead to an end."""
_LAST = b"\\"
"""Begins what takes more bytes to end."""
_SPARE = 32
"""Tokens before the last by which a text must be led to its end."""


class Form:
    """A form that texts must have, for one vocabulary.

    Args:
        config: The form.
        tokenizer: Turns text into tokens; its tokens are bytes of UTF-8.
        vocab_size: Tokens that the model knows.
        stop: The token that ends a text.

    Raises:
        ConfigurationError: If the extra ``constraints`` is not installed, or the form
            cannot be understood.
    """

    def __init__(
        self, config: ConstraintConfig, tokenizer: Tokenizer, vocab_size: int, stop: int
    ) -> None:
        try:
            from llguidance import LLMatcher, LLTokenizer
        except ImportError as error:
            message = (
                "sampling.constraint needs the package llguidance; "
                "install it: pip install 'taojin[constraints]'"
            )
            raise ConfigurationError(message) from error
        self.vocab_size = vocab_size
        self.stop = stop
        self._vocabulary = LLTokenizer(
            tokenizer.to_str(), n_vocab=vocab_size, eos_token=stop
        )
        if config.regex is not None:
            self._grammar = LLMatcher.grammar_from_regex(config.regex)
        else:
            # Free white space lets a model fill any number of tokens with nothing.
            self._grammar = LLMatcher.grammar_from_json_schema(
                json.dumps(config.json_schema), overrides={"whitespace_flexible": False}
            )
        self._make = LLMatcher
        problem = LLMatcher.validate_grammar(self._grammar, self._vocabulary)
        if problem and not problem.startswith("WARNING"):
            message = f"sampling.constraint cannot be used: {problem[:500]}"
            raise ConfigurationError(message)
        self._bytes = self._single_bytes()
        self._closing = {
            token
            for token in self._bytes
            if self._vocabulary.decode_bytes([token]) in _CLOSING
        }

    def matcher(self) -> "LLMatcher":
        """Begin a text."""
        return self._make(self._vocabulary, self._grammar)

    def allowed(self, matcher: "LLMatcher") -> NDArray[np.bool_]:
        """Return which tokens may come next, ``[vocabulary]``.

        Raises:
            ConfigurationError: If the form is too complex to be followed.
        """
        bits = np.frombuffer(matcher.compute_bitmask(), np.uint8)
        if matcher.is_error():
            problem = matcher.get_error()[:500]
            message = f"sampling.constraint cannot be followed: {problem}"
            raise ConfigurationError(message)
        allowed = np.unpackbits(bits, bitorder="little")[: self.vocab_size].astype(bool)
        # A vocabulary may not say that this token is special: then the grammar takes
        # it for a text that spells its name.
        allowed[self.stop] = matcher.is_accepting()
        return allowed

    def ending(self, matcher: "LLMatcher", limit: int) -> list[int] | None:
        """Find a short way to a complete text.

        Takes what is forced, else of the single bytes that are allowed one that was
        taken least often: that leaves every repetition after a while.

        Args:
            matcher: The text so far; not changed.
            limit: Most tokens, without the one that ends the text.

        Returns:
            The tokens; None if none were found.
        """
        matcher = matcher.deep_copy()
        taken: Counter[int] = Counter()
        way: list[int] = []
        while not matcher.is_accepting():
            forced = matcher.compute_ff_tokens()
            if not forced:
                allowed = self.allowed(matcher)
                single = [token for token in self._bytes if allowed[token]]
                choices = single or np.flatnonzero(allowed)[:1].tolist()
                if not choices:
                    return None
                forced = [min(choices, key=lambda token: self._weariness(taken, token))]
                taken.update(forced)
            if len(way) + len(forced) > limit or not matcher.consume_tokens(forced):
                return None
            way.extend(forced)
        return way if len(way) <= limit else None

    def _weariness(self, taken: Counter[int], token: int) -> int:
        return taken[token] // (_PATIENCE if token in self._closing else 1)

    def _single_bytes(self) -> list[int]:
        """List the tokens of one byte, those that lead to an end first."""
        order = {byte: rank for rank, byte in enumerate(_PREFERRED)}
        order |= dict.fromkeys(_LAST, 1000)
        ranks: dict[int, tuple[int, int]] = {}
        for token in range(min(self.vocab_size, self._vocabulary.vocab_size)):
            content = self._vocabulary.decode_bytes([token])
            if len(content) == 1 and not self._vocabulary.is_special_token(token):
                ranks[token] = order.get(content[0], 500), content[0]
        return sorted(ranks, key=ranks.__getitem__)


class FormedRows:
    """The texts of a batch, each on its way through the form.

    Args:
        form: The form.
        num_rows: Texts.
        num_new: Tokens that each may have, the one that ends it included.

    Raises:
        ConfigurationError: If no complete text was found that is so short.
    """

    def __init__(self, form: Form, num_rows: int, num_new: int) -> None:
        self._form = form
        self._room = num_new
        start = form.matcher()
        shortest = form.ending(start, num_new - 1)
        if shortest is None:
            message = (
                f"sampling.constraint: no complete text of at most {num_new} tokens "
                "was found; raise max_new_tokens or shorten the form or the prompts"
            )
            raise ConfigurationError(message)
        self._watched = 2 * len(shortest) + _SPARE
        self._matchers = [start, *(start.deep_copy() for _ in range(num_rows - 1))]
        self._ends: list[list[int]] = [shortest for _ in range(num_rows)]
        self._led = [False] * num_rows

    def apply(self, logits: Tensor) -> Tensor:
        """Exclude all tokens that break the form, ``[rows, vocabulary]``."""
        allowed = np.stack([self._form.allowed(matcher) for matcher in self._matchers])
        forbidden = torch.from_numpy(~allowed).to(logits.device)
        return logits.masked_fill(forbidden, -torch.inf)

    def settle(self, tokens: Tensor) -> Tensor:
        """Take the tokens that were drawn, or others where the room gets short.

        Args:
            tokens: Allowed ones, ``[rows]``.

        Returns:
            The tokens to be written.
        """
        self._room -= 1
        settled = [
            self._settle(row, token) for row, token in enumerate(tokens.tolist())
        ]
        return torch.tensor(settled, device=tokens.device)

    def keep_rows(self, rows: Tensor) -> None:
        """Forget all rows but these, ``[kept]`` indices."""
        kept: Sequence[int] = rows.tolist()
        self._matchers = [self._matchers[row] for row in kept]
        self._ends = [self._ends[row] for row in kept]
        self._led = [self._led[row] for row in kept]

    def _settle(self, row: int, token: int) -> int:
        matcher = self._matchers[row]
        if matcher.is_stopped():
            return self._form.stop
        if self._led[row]:
            token = self._ends[row].pop(0) if self._ends[row] else self._form.stop
        elif token != self._form.stop and self._room <= self._watched:
            token = self._checked(row, token)
        matcher.consume_token(token)
        return token

    def _checked(self, row: int, token: int) -> int:
        """Return the token if the text can still be completed after it."""
        matcher = self._matchers[row]
        after = matcher.deep_copy()
        after.consume_token(token)
        end = self._form.ending(after, self._room - 1)
        if end is not None:
            self._ends[row] = end
            return token
        # What was found before the room got short may not be of this text.
        end = self._form.ending(matcher, self._room)
        if end is None:
            return token
        self._led[row] = True
        self._ends[row] = end[1:]
        return end[0] if end else self._form.stop
