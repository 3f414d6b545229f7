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
from taojin.generation.filters import draw, penalise_repetition
from taojin.models.attention import KeyValueCache
from taojin.models.encoding import encode_prompt, end_of_document
from taojin.models.language_model import LanguageModel
from taojin.models.threads import thread_limit


class Generation(NamedTuple):
    """A text that a model wrote.

    Attributes:
        prompt: What it was given.
        text: What it added.
        num_tokens: Tokens it added, the end-of-document token included.
        finished: Whether it ended the document itself, instead of being cut off.
    """

    prompt: str
    text: str
    num_tokens: int
    finished: bool


def sample(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    config: SamplingConfig,
) -> list[Generation]:
    """Continue every prompt until the document ends or ``max_new_tokens``.

    The empty prompt starts a new document. A prompt that leaves too little room in
    the model's context loses its start; one text never exceeds the context. The
    same seed gives the same texts.

    Args:
        model: The model; put into evaluation mode.
        tokenizer: The one it was trained with.
        prompts: What is continued; any number.
        config: Settings.

    Returns:
        One generation a prompt, in order.
    """
    context_length = model.shape.max_position_embeddings
    num_new = min(config.max_new_tokens, context_length - 1)
    encoded = [
        encode_prompt(tokenizer, prompt, context_length - num_new) for prompt in prompts
    ]
    stop = end_of_document(tokenizer)
    batch = _Batch(model.eval(), stop, config)
    order = sorted(range(len(prompts)), key=lambda place: len(encoded[place]))
    written: dict[int, list[int]] = {}
    bar = progress_bar("generating", len(prompts), unit="text")
    with bar as progress, thread_limit(config.num_threads):
        for start in range(0, len(order), config.batch_size):
            places = order[start : start + config.batch_size]
            uniforms = np.stack(
                [generator(config.seed, "sample", p).random(num_new) for p in places]
            )
            rows = batch.run([encoded[place] for place in places], uniforms)
            written.update(zip(places, rows, strict=True))
            progress.update(len(places))
    return [
        _generation(tokenizer, prompt, written[place], stop)
        for place, prompt in enumerate(prompts)
    ]


class _Batch:
    """Rows that are continued together; a row that ended leaves."""

    def __init__(self, model: LanguageModel, stop: int, config: SamplingConfig) -> None:
        self.model = model
        self.stop = stop
        self.config = config
        self.device = model.lm_head.weight.device

    @torch.inference_mode()
    def run(self, prompts: list[list[int]], uniforms: np.ndarray) -> list[list[int]]:
        """Return the new tokens of each row.

        Args:
            prompts: Tokens of each prompt.
            uniforms: Random numbers in [0, 1), ``[rows, most new tokens]``.
        """
        num_new = uniforms.shape[1]
        draws = torch.from_numpy(uniforms).to(self.device)
        lengths = torch.tensor([len(prompt) for prompt in prompts], device=self.device)
        tokens = torch.full((len(prompts), int(lengths.max())), self.stop)
        for row, prompt in enumerate(prompts):
            tokens[row, : len(prompt)] = torch.tensor(prompt)
        logits, cache = self._read(tokens.to(self.device), lengths, num_new)
        used = self._used(prompts, logits)
        written: list[list[int]] = [[] for _ in prompts]
        active = torch.arange(len(prompts), device=self.device)
        for step in range(num_new):
            chosen = self._choose(logits, used, draws[active, step])
            for row, token in zip(active.tolist(), chosen.tolist(), strict=True):
                written[row].append(token)
            going = chosen != self.stop
            if step + 1 == num_new or not bool(going.any()):
                break
            used.scatter_(1, chosen[:, None], value=True)
            if not bool(going.all()):
                active, chosen, used = active[going], chosen[going], used[going]
                cache.keep_rows(going)
            positions = (lengths[active] + step)[:, None]
            logits = self.model(chosen[:, None], positions, cache)[:, 0]
        return written

    def _read(
        self, tokens: Tensor, lengths: Tensor, num_new: int
    ) -> tuple[Tensor, KeyValueCache]:
        """Read the prompts; returns the logits after each, and the filled cache.

        Padding on the right is read as well. No prompt sees it, and every new token
        overwrites the place that it is the first to see.
        """
        rows, longest = tokens.shape
        weight = self.model.lm_head.weight
        cache = KeyValueCache(self.model.shape, rows, longest + num_new, weight)
        positions = torch.arange(longest, device=self.device).expand(rows, -1)
        states = self.model.model(tokens, positions, cache)
        last = states[torch.arange(rows, device=self.device), lengths - 1]
        return self.model.lm_head(last), cache

    def _choose(self, logits: Tensor, used: Tensor, uniforms: Tensor) -> Tensor:
        penalty = self.config.repetition_penalty
        if penalty > 1.0:
            logits = penalise_repetition(logits, used, penalty)
        return draw(logits, uniforms, self.config)

    def _used(self, prompts: list[list[int]], logits: Tensor) -> Tensor:
        used = torch.zeros_like(logits, dtype=torch.bool)
        for row, prompt in enumerate(prompts):
            used[row, prompt] = True
        used[:, self.stop] = False  # ending is no repetition
        return used


def _generation(
    tokenizer: Tokenizer, prompt: str, tokens: list[int], stop: int
) -> Generation:
    finished = tokens[-1:] == [stop]
    text = tokenizer.decode(tokens[:-1] if finished else tokens)
    # A cut may fall inside a character; its bytes decode to replacement signs.
    return Generation(
        prompt, text if finished else text.rstrip("\ufffd"), len(tokens), finished
    )
