"""Sounds of given labels and speakers, many at once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from taojin.core.errors import ConfigurationError
from taojin.core.progress import progress_bar
from taojin.core.randomness import generator
from taojin.generation.audio.config import AudioSamplingConfig
from taojin.generation.filters import draw
from taojin.generation.guidance import GuidedContinuation
from taojin.generation.preparation import prepare
from taojin.models.codecs.audio_generator import AudioGenerator
from taojin.models.codecs.clips import Codes, Samples, decode_codes
from taojin.models.codecs.token_layout import ANY, END, NUM_PREFIX, TokenLayout
from taojin.models.continuation import Continuing, TextModel
from taojin.models.threads import thread_limit


class Wish(NamedTuple):
    """What a sound is to be.

    Attributes:
        label: What is said; None leaves it open.
        speaker: Who says it; None leaves it open.
    """

    label: str | None = None
    speaker: str | None = None


class GeneratedClip(NamedTuple):
    """A sound that a generator made.

    Attributes:
        wish: What it was to be.
        samples: ``float32 [samples]``, mono, within [-1, 1].
        finished: Whether it ended of itself, instead of being cut off.
    """

    wish: Wish
    samples: Samples
    finished: bool


def wishes_for(
    labels: Sequence[str | None], speakers: Sequence[str | None], number: int
) -> list[Wish]:
    """Every label by every speaker, ``number`` times each."""
    return [
        Wish(label, speaker)
        for label in labels
        for speaker in speakers
        for _ in range(number)
    ]


def generate_clips(
    model: AudioGenerator, wishes: Sequence[Wish], config: AudioSamplingConfig
) -> list[GeneratedClip]:
    """Make a sound for every wish.

    The same seed gives the same sounds.

    Args:
        model: The generator.
        wishes: Labels and speakers.
        config: Settings.

    Returns:
        One sound a wish, in order, at ``model.codec.shape.sample_rate``.

    Raises:
        ConfigurationError: If a label or a speaker is unknown.
    """
    codes, finished = generate_codes(model, wishes, config)
    with thread_limit(config.num_threads):
        sounds = decode_codes(
            model.codec, codes, config.batch_size, num_rounds=config.num_rounds
        )
    return [GeneratedClip(*made) for made in zip(wishes, sounds, finished, strict=True)]


def generate_codes(
    model: AudioGenerator, wishes: Sequence[Wish], config: AudioSamplingConfig
) -> tuple[list[Codes], list[bool]]:
    """Codes of a sound for every wish, and whether it ended of itself.

    Raises:
        ConfigurationError: If a label or a speaker is unknown, or no moment fits.
    """
    prefixes = [model.layout.prefix(wish.label, wish.speaker) for wish in wishes]
    num_new = _most_tokens(model, config)
    written: list[list[int]] = []
    with (
        thread_limit(config.num_threads),
        progress_bar("generating", len(wishes), unit="sound") as progress,
    ):
        ready = prepare(model.language_model, config.precision)
        for start in range(0, len(prefixes), config.batch_size):
            some = prefixes[start : start + config.batch_size]
            draws = torch.from_numpy(
                np.stack(
                    [
                        generator(config.seed, "sound", start + row).random(num_new)
                        for row in range(len(some))
                    ]
                )
            )
            written += _write(ready, model.layout, some, draws, config)
            progress.update(len(some))
    finished = [tokens[-1] == END for tokens in written]
    codes = [model.layout.codes([t for t in row if t != END]) for row in written]
    return codes, finished


def _most_tokens(model: AudioGenerator, config: AudioSamplingConfig) -> int:
    """Tokens that may be written: whole moments, and the end."""
    shape = model.codec.shape
    room = model.language_model.shape.max_position_embeddings - NUM_PREFIX
    wanted = int(config.max_seconds * shape.sample_rate / shape.code_samples)
    num_moments = min(wanted, room // shape.num_codebooks)
    if num_moments < 1:
        message = (
            f"max_seconds is {config.max_seconds}, and a code stands for "
            f"{shape.code_samples / shape.sample_rate:.3f} seconds; raise it"
        )
        raise ConfigurationError(message)
    return num_moments * shape.num_codebooks


@torch.inference_mode()
def _write(
    model: TextModel,
    layout: TokenLayout,
    prefixes: list[list[int]],
    draws: Tensor,
    config: AudioSamplingConfig,
) -> list[list[int]]:
    """Write the tokens of some sounds, side by side."""
    num_new = draws.shape[1]
    text = _begin(model, prefixes, num_new, config)
    draws = draws.to(text.logits.device)
    filters = config.filters()
    written: list[list[int]] = [[] for _ in prefixes]
    live = list(range(len(prefixes)))
    for number in range(num_new):
        logits = _only_allowed(text.logits.float(), layout, number)
        chosen = draw(logits, draws[live, number], filters)
        for row, token in zip(live, chosen.tolist(), strict=True):
            written[row].append(token)
        kept = [place for place, row in enumerate(live) if written[row][-1] != END]
        if number + 1 == num_new or not kept:
            break
        if len(kept) < len(live):
            rows = torch.tensor(kept, device=chosen.device)
            text.keep_rows(rows)
            chosen = chosen[rows]
            live = [live[place] for place in kept]
        text.append(chosen)
    return written


def _begin(
    model: TextModel,
    prefixes: list[list[int]],
    num_new: int,
    config: AudioSamplingConfig,
) -> Continuing:
    text = model.begin(prefixes, num_new)
    guidance = config.guidance_config()
    if guidance is None:
        return text
    base = model.begin([[ANY] * NUM_PREFIX] * len(prefixes), num_new)
    return GuidedContinuation(text, base, guidance)


def _only_allowed(logits: Tensor, layout: TokenLayout, number: int) -> Tensor:
    """Rule out tokens of other books, and an end inside a moment."""
    allowed = torch.full_like(logits, -torch.inf)
    for first, stop in layout.allowed(number):
        allowed[:, first:stop] = logits[:, first:stop]
    return allowed
