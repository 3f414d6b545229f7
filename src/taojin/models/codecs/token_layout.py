"""Which token stands for what, in a language model that writes codes of sound."""

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError

END = 0
"""Token that ends a sound."""
ANY = 1
"""Stands in the place of a label or a speaker that is left open."""
NUM_PREFIX = 2
"""Tokens before the first code: label, speaker."""

_NUM_SPECIAL = 2
_MOST_SHOWN = 20


class TokenLayout(StageConfig):
    """Labels, speakers and code books, as ranges of tokens.

    A sound is written as its label, its speaker, then the codes of one moment after
    the other, those of all books in order, then the end. Each book has tokens of its
    own, so a token says of which book it is.
    """

    labels: tuple[str, ...] = Field(min_length=1)
    """What is said, or which sound it is; sorted."""
    speakers: tuple[str, ...] = ()
    """Who says it; sorted; none where sounds have no speakers."""
    num_codebooks: int = Field(ge=1)
    """Codes of a moment."""
    codebook_size: int = Field(ge=2)
    """Codes of a book."""

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        for kind in ("labels", "speakers"):
            names = getattr(self, kind)
            if len(set(names)) < len(names) or "" in names:
                message = f"{kind} {names!r:.300} hold an empty name or one twice"
                raise ValueError(message)
        return self

    @property
    def first_code(self) -> int:
        """The lowest token of a code; all above are of codes."""
        return _NUM_SPECIAL + len(self.labels) + len(self.speakers)

    @property
    def vocab_size(self) -> int:
        """Number of all tokens."""
        return self.first_code + self.num_codebooks * self.codebook_size

    def prefix(self, label: str | None, speaker: str | None) -> list[int]:
        """Tokens before the first code; None leaves label or speaker open.

        Raises:
            ConfigurationError: If one of them is unknown; the message lists those
                that are known.
        """
        place = self._place("label", label)
        second = self._place("speaker", speaker)
        return [
            ANY if place is None else _NUM_SPECIAL + place,
            ANY if second is None else _NUM_SPECIAL + len(self.labels) + second,
        ]

    def tokens(self, codes: NDArray[np.integer]) -> list[int]:
        """Tokens of codes ``[moments, books]``, without prefix and end."""
        return (np.asarray(codes, np.int64) + self._firsts()).ravel().tolist()

    def codes(self, tokens: Sequence[int]) -> NDArray[np.int64]:
        """Codes ``[moments, books]`` of what :meth:`tokens` returned.

        What is written of a last moment that is not whole is left out.

        Raises:
            ValueError: If a token is not of the book whose turn it is.
        """
        num_moments = len(tokens) // self.num_codebooks
        whole = np.asarray(tokens[: num_moments * self.num_codebooks], np.int64)
        codes = whole.reshape(num_moments, self.num_codebooks) - self._firsts()
        if ((codes < 0) | (codes >= self.codebook_size)).any():
            message = "a token is not of the code book whose turn it is"
            raise ValueError(message)
        return codes

    def allowed(self, number: int) -> list[tuple[int, int]]:
        """Ranges ``(first, stop)`` of the tokens that may come as the n-th code.

        Args:
            number: From 0. A sound may end before a moment, not inside one, and has
                at least one.
        """
        book = number % self.num_codebooks
        first = self.first_code + book * self.codebook_size
        ranges = [(first, first + self.codebook_size)]
        return [(END, END + 1), *ranges] if number and not book else ranges

    def _firsts(self) -> NDArray[np.int64]:
        books = np.arange(self.num_codebooks, dtype=np.int64)
        return self.first_code + books * self.codebook_size

    def _place(self, kind: Literal["label", "speaker"], name: str | None) -> int | None:
        if name is None:
            return None
        known = self.labels if kind == "label" else self.speakers
        if name not in known:
            shown = list(known[:_MOST_SHOWN])
            more = (
                f" and {len(known) - len(shown)} more" if shown != list(known) else ""
            )
            message = (
                f"the {kind} {name!r:.100} is unknown to this audio generator, which "
                f"was trained on {shown}{more}; ask for one of these"
            )
            raise ConfigurationError(message)
        return known.index(name)
