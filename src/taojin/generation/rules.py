"""Rules about the next token that look at what a text already holds."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from taojin.generation.config import SamplingConfig

FORBIDDEN = -1e4
"""Added to a logit. Not infinite: where rules contradict, some token must be left."""


class Rule(Protocol):
    """Something that changes logits, row by row."""

    def apply(self, logits: Tensor) -> Tensor:
        """Return new logits, ``[rows, vocabulary]``."""
        ...

    def observe(self, tokens: Tensor) -> None:
        """Take note of the tokens that were drawn, ``[rows]``."""
        ...

    def keep_rows(self, rows: Tensor) -> None:
        """Forget all rows but these, ``[kept]`` indices."""
        ...


def rules_of(
    config: SamplingConfig, prompts: Sequence[Sequence[int]], stop: int, like: Tensor
) -> list[Rule]:
    """Make the rules that the settings ask for, in the order in which they apply.

    Args:
        config: Settings.
        prompts: Tokens of each row.
        stop: The token that ends a text; using it is no repetition.
        like: Logits of the rows.
    """
    rules: list[Rule] = []
    if config.min_new_tokens:
        rules.append(MinimumLength(config.min_new_tokens, stop))
    if config.repetition_penalty > 1.0:
        rules.append(RepetitionPenalty(config.repetition_penalty, prompts, stop, like))
    if config.frequency_penalty:
        rules.append(FrequencyPenalty(config.frequency_penalty, stop, like))
    if config.no_repeat_ngram is not None:
        rules.append(NoRepeatedRun(config.no_repeat_ngram, prompts, stop))
    return rules


def penalise_repetition(logits: Tensor, used: Tensor, penalty: float) -> Tensor:
    """Make tokens that were used less likely.

    Args:
        logits: ``[rows, vocabulary]``.
        used: Whether a token was used, the same shape.
        penalty: At least 1.
    """
    weaker = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(used, weaker, logits)


class MinimumLength:
    """A text does not end before it has so many tokens."""

    def __init__(self, num_tokens: int, stop: int) -> None:
        self._missing = num_tokens
        self._stop = stop

    def apply(self, logits: Tensor) -> Tensor:
        """Forbid the end while tokens are missing."""
        if self._missing <= 0:
            return logits
        logits = logits.clone()
        logits[:, self._stop] += FORBIDDEN
        return logits

    def observe(self, tokens: Tensor) -> None:
        """Count; all rows are equally long."""
        del tokens
        self._missing -= 1

    def keep_rows(self, rows: Tensor) -> None:
        """Rows do not differ."""


class RepetitionPenalty:
    """Tokens of prompt and text become less likely, however often they were used."""

    def __init__(
        self, penalty: float, prompts: Sequence[Sequence[int]], stop: int, like: Tensor
    ) -> None:
        self._penalty = penalty
        self._stop = stop
        self._used = torch.zeros_like(like, dtype=torch.bool)
        for row, prompt in enumerate(prompts):
            self._used[row, list(prompt)] = True
        self._used[:, stop] = False

    def apply(self, logits: Tensor) -> Tensor:
        """Penalise; see :func:`penalise_repetition`."""
        return penalise_repetition(logits, self._used, self._penalty)

    def observe(self, tokens: Tensor) -> None:
        """Mark tokens as used."""
        self._used.scatter_(1, tokens[:, None], value=True)
        self._used[:, self._stop] = False

    def keep_rows(self, rows: Tensor) -> None:
        """Forget the other rows."""
        self._used = self._used[rows]


class FrequencyPenalty:
    """Tokens become less likely each time that the text, not the prompt, uses them."""

    def __init__(self, penalty: float, stop: int, like: Tensor) -> None:
        self._penalty = penalty
        self._stop = stop
        self._taken = torch.zeros_like(like)

    def apply(self, logits: Tensor) -> Tensor:
        """Take the penalty off."""
        return logits - self._taken

    def observe(self, tokens: Tensor) -> None:
        """Count tokens."""
        amount = torch.full_like(self._taken[:, :1], self._penalty)
        self._taken.scatter_add_(1, tokens[:, None], amount)
        self._taken[:, self._stop] = 0.0

    def keep_rows(self, rows: Tensor) -> None:
        """Forget the other rows."""
        self._taken = self._taken[rows]


class NoRepeatedRun:
    """No run of ``length`` tokens appears twice in prompt and text together."""

    def __init__(
        self, length: int, prompts: Sequence[Sequence[int]], stop: int
    ) -> None:
        self._width = length - 1
        self._stop = stop
        self._rows = [_Runs(self._width) for _ in prompts]
        for runs, prompt in zip(self._rows, prompts, strict=True):
            for token in prompt:
                runs.add(token)

    def apply(self, logits: Tensor) -> Tensor:
        """Forbid what would complete a run that was there."""
        logits = logits.clone()
        for row, runs in enumerate(self._rows):
            forbidden = [token for token in runs.followers() if token != self._stop]
            logits[row, forbidden] += FORBIDDEN
        return logits

    def observe(self, tokens: Tensor) -> None:
        """Add tokens to the runs."""
        for runs, token in zip(self._rows, tokens.tolist(), strict=True):
            runs.add(token)

    def keep_rows(self, rows: Tensor) -> None:
        """Forget the other rows."""
        self._rows = [self._rows[row] for row in rows.tolist()]


class _Runs:
    """What followed every run of ``width`` tokens in one row."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._last: tuple[int, ...] = ()
        self._followers: dict[tuple[int, ...], set[int]] = defaultdict(set)

    def add(self, token: int) -> None:
        if len(self._last) == self._width:
            self._followers[self._last].add(token)
        self._last = (*self._last, token)[-self._width :] if self._width else ()

    def followers(self) -> set[int]:
        return self._followers.get(self._last, set())
