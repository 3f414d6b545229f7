"""Text after prompts, many at once, over a key-value cache of fixed size."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from taojin.core.progress import progress_bar
from taojin.core.randomness import generator
from taojin.generation.config import SamplingConfig
from taojin.generation.constraints import Form, FormedRows
from taojin.generation.endings import StopTexts, readable
from taojin.generation.filters import draw
from taojin.generation.guidance import GuidedContinuation
from taojin.generation.preparation import AnyModel, prepare
from taojin.generation.rules import Rule, rules_of
from taojin.models.continuation import Continuing, TextModel
from taojin.models.encoding import SequenceEdges, document_edges, encode_prompt
from taojin.models.threads import thread_limit

_LIVE_SHARE = 0.75
"""Ended rows are dropped once fewer than this share go on: to copy the cache costs
about as much as a token."""


class Generation(NamedTuple):
    """A text that a model wrote.

    Attributes:
        prompt: What it was given.
        text: What it added.
        num_tokens: Tokens it added, the end-of-document token or a stop text included.
        finished: Whether it ended the text itself, instead of being cut off.
    """

    prompt: str
    text: str
    num_tokens: int
    finished: bool


def sample(
    model: AnyModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    config: SamplingConfig,
    *,
    base: AnyModel | None = None,
    edges: SequenceEdges | None = None,
) -> list[Generation]:
    """Continue every prompt until the document ends or ``max_new_tokens``.

    The empty prompt starts a new document. A prompt that leaves too little room in
    the model's context loses its start; one text never exceeds the context. The
    same seed gives the same texts.

    Args:
        model: The model. To call this often, give what
            :func:`~taojin.generation.preparation.prepare` makes of it.
        tokenizer: The one it was trained with.
        prompts: What is continued; any number.
        config: Settings.
        base: With guidance, the model that continues without the condition; by
            default ``model``. It has the same vocabulary.
        edges: Tokens that start and end a text; by default those of the project's
            own models.

    Returns:
        One generation a prompt, in order.

    Raises:
        ConfigurationError: If a setting needs what is not there, or no text can have
            the form that is asked for.
    """
    if not prompts:
        return []
    with thread_limit(config.num_threads):
        ready = prepare(model, config.precision)
        other = ready if base is None else prepare(base, config.precision)
        edges = edges or document_edges(tokenizer)
        job = _Job((ready, other), tokenizer, edges, config)
        written = job.run(prompts)
    generations: list[Generation] = []
    for prompt, tokens in zip(prompts, written, strict=True):
        text, finished = readable(tokenizer, tokens, job.stop, job.stop_texts)
        generations.append(Generation(prompt, text, len(tokens), finished))
    return generations


class _Job:
    """Models, vocabulary and settings of one call."""

    def __init__(
        self,
        models: tuple[TextModel, TextModel],
        tokenizer: Tokenizer,
        edges: SequenceEdges,
        config: SamplingConfig,
    ) -> None:
        self.model, self.base = models
        self.tokenizer = tokenizer
        self.edges = edges
        self.config = config
        self.stop = edges.end
        self.stop_texts = StopTexts(tokenizer, config.stop or ())
        self.form: Form | None = None
        context = self.model.context_length
        if config.guidance is not None:
            context = min(context, self.base.context_length)
        self.num_new = min(config.max_new_tokens, context - 1)
        self.room = context - self.num_new

    def run(self, prompts: Sequence[str]) -> list[list[int]]:
        """Return the new tokens of every prompt."""
        lengths = [len(tokens) for tokens in self._encode(prompts, "condition")]
        order = sorted(range(len(prompts)), key=lambda place: lengths[place])
        written: dict[int, list[int]] = {}
        with progress_bar("generating", len(prompts), unit="text") as progress:
            for start in range(0, len(order), self.config.batch_size):
                places = order[start : start + self.config.batch_size]
                rows = _Rows(self, [prompts[place] for place in places], places)
                written.update(zip(places, rows.run(), strict=True))
                progress.update(len(places))
        return [written[place] for place in range(len(prompts))]

    def begin(self, prompts: Sequence[str]) -> tuple[list[list[int]], Continuing]:
        """Read prompts; returns their tokens as well."""
        given = self._encode(prompts, "condition")
        text = self.model.begin(given, self.num_new)
        if self.config.guidance is None:
            return given, text
        base = self.base.begin(self._encode(prompts, "against"), self.num_new)
        return given, GuidedContinuation(text, base, self.config.guidance)

    def formed(self, num_rows: int, vocab_size: int) -> FormedRows | None:
        """Begin the form of some rows, if there is one."""
        if self.config.constraint is None:
            return None
        if self.form is None:
            config = self.config.constraint
            self.form = Form(config, self.tokenizer, vocab_size, self.stop)
        return FormedRows(self.form, num_rows, self.num_new)

    def _encode(self, prompts: Sequence[str], before: str) -> list[list[int]]:
        guidance = self.config.guidance
        prefix = "" if guidance is None else getattr(guidance, before)
        return [
            encode_prompt(self.tokenizer, prefix + prompt, self.room, self.edges)
            for prompt in prompts
        ]


class _Rows:
    """Prompts that are continued together."""

    def __init__(
        self, job: _Job, prompts: Sequence[str], places: Sequence[int]
    ) -> None:
        self.job = job
        given, self.text = job.begin(prompts)
        logits = self.text.logits
        draws = [
            generator(job.config.seed, "sample", place).random(job.num_new)
            for place in places
        ]
        self.draws = torch.from_numpy(np.stack(draws)).to(logits.device)
        self.rules: list[Rule] = rules_of(job.config, given, job.stop, logits)
        self.form = job.formed(*logits.shape)
        self.written: list[list[int]] = [[] for _ in prompts]
        self.rows = list(range(len(prompts)))
        self.ended: set[int] = set()

    @torch.inference_mode()
    def run(self) -> list[list[int]]:
        """Return the new tokens of each row."""
        num_new = self.job.num_new
        for step in range(num_new):
            chosen = self._choose(step)
            self._write(chosen.tolist())
            num_live = len(self.written) - len(self.ended)
            if step + 1 == num_new or not num_live:
                break
            for rule in self.rules:
                rule.observe(chosen)
            if num_live <= _LIVE_SHARE * len(self.rows):
                chosen = chosen[self._drop_ended(chosen.device)]
            self.text.append(chosen)
        return self.written

    def _choose(self, step: int) -> Tensor:
        logits = self.text.logits.float()
        for rule in self.rules:
            logits = rule.apply(logits)
        if self.form is None:
            return draw(logits, self.draws[:, step], self.job.config)
        logits = self.form.apply(logits)
        chosen = draw(logits, self.draws[:, step], self.job.config)
        return self.form.settle(chosen)

    def _write(self, chosen: Sequence[int]) -> None:
        """Add the tokens to the rows that have not ended, and note which end."""
        for row, token in zip(self.rows, chosen, strict=True):
            if row in self.ended:
                continue
            tokens = self.written[row]
            tokens.append(token)
            if token == self.job.stop or self.job.stop_texts.ends(tokens):
                self.ended.add(row)

    def _drop_ended(self, device: torch.device) -> Tensor:
        """Forget ended rows; returns the places of those that go on."""
        places = [p for p, row in enumerate(self.rows) if row not in self.ended]
        kept = torch.tensor(places, device=device)
        self.rows = [self.rows[place] for place in places]
        self.draws = self.draws[kept]
        for part in (self.text, self.form, *self.rules):
            if part is not None:
                part.keep_rows(kept)
        return kept
