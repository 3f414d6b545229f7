"""Sentences from codes: made by a generator, or on the way from one to another."""

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from taojin.core.config import StageConfig
from taojin.core.randomness import derive_seed
from taojin.core.randomness import generator as numpy_generator
from taojin.models.encoding import end_of_document
from taojin.models.text_codes.autoencoder import on_sphere
from taojin.models.text_codes.perceptrons import CodeGenerator
from taojin.models.text_codes.storage import TextCodec

_ROWS_AT_ONCE = 256


class TextCodeSamplingConfig(StageConfig):
    """How codes become sentences."""

    max_words: int = Field(default=40, ge=1, le=10_000)
    """Longer sentences are cut."""
    temperature: float = Field(default=0.0, ge=0.0, le=10.0)
    """0 takes the likeliest word each time: what varies then is the code alone."""
    seed: int = Field(default=0, ge=0)
    """Of latents and words."""


def sample_codes(generator: CodeGenerator, num_codes: int, seed: int = 0) -> Tensor:
    """Codes of random latents, ``[num_codes, code_size]``.

    Args:
        generator: In evaluation mode.
        num_codes: How many.
        seed: Of the latents; the first codes do not depend on how many there are.
    """
    device = next(generator.parameters()).device
    # Not torch's: where it draws many, those are others than where it draws few.
    random = numpy_generator(seed, "latents")
    drawn = random.standard_normal((num_codes, generator.shape.latent_size))
    latents = torch.from_numpy(drawn.astype(np.float32)).to(device)
    with torch.inference_mode():
        return generator(latents)


@torch.inference_mode()
def decode_codes(
    codec: TextCodec, codes: Tensor, config: TextCodeSamplingConfig
) -> list[str]:
    """Sentence of each code.

    Args:
        codec: Decoder and vocabulary.
        codes: ``[n, code_size]``.
        config: Length and temperature.
    """
    device = next(codec.model.parameters()).device
    random = torch.Generator(device).manual_seed(derive_seed(config.seed, "words"))
    texts: list[str] = []
    for start in range(0, len(codes), _ROWS_AT_ONCE):
        rows = codes[start : start + _ROWS_AT_ONCE].to(device)
        texts += _decoded(codec, rows, config, random)
    return texts


def sample_sentences(
    generator: CodeGenerator,
    codec: TextCodec,
    num_sentences: int,
    config: TextCodeSamplingConfig,
) -> list[str]:
    """Sentences of codes that a generator makes.

    Args:
        generator: Trained on codes of this autoencoder.
        codec: The autoencoder.
        num_sentences: How many.
        config: Settings.
    """
    codes = sample_codes(generator, num_sentences, config.seed)
    return decode_codes(codec, codes, config)


def path_between(first: Tensor, last: Tensor, num_steps: int) -> Tensor:
    """Codes on the shortest way over the sphere, ``[num_steps, code_size]``.

    Args:
        first: Code to begin with, ``[code_size]``.
        last: Code to end with.
        num_steps: Codes, both ends included; at least 2.
    """
    shares = torch.linspace(0.0, 1.0, num_steps, device=first.device)[:, None]
    cosine = torch.nn.functional.cosine_similarity(first, last, dim=0)
    angle = cosine.clamp(-1.0, 1.0).acos().clamp(min=_SMALLEST_ANGLE)
    mixed = ((1.0 - shares) * angle).sin() * first + (shares * angle).sin() * last
    return on_sphere(mixed)


def _decoded(
    codec: TextCodec,
    codes: Tensor,
    config: TextCodeSamplingConfig,
    random: torch.Generator,
) -> list[str]:
    model, edge = codec.model, end_of_document(codec.tokenizer)
    tokens = torch.full((len(codes), 1), edge, device=codes.device)
    ended = torch.zeros(len(codes), dtype=torch.bool, device=codes.device)
    written: list[Tensor] = []
    before: Tensor | None = None
    for _ in range(config.max_words):
        states, before = model.states(codes, tokens, before)
        logits = model.next_logits(states).float()
        chosen = _chosen(logits, config.temperature, random)
        ended = ended | (chosen == edge)
        if bool(ended.all()):
            break
        written.append(chosen)
        tokens = chosen[:, None]
    rows = torch.stack(written, dim=1).tolist() if written else [[] for _ in codes]
    return [
        codec.tokenizer.decode(row[: row.index(edge)] if edge in row else row)
        for row in rows
    ]


def _chosen(logits: Tensor, temperature: float, random: torch.Generator) -> Tensor:
    if temperature == 0.0:
        return logits.argmax(-1)
    shares = (logits / temperature).softmax(-1)
    return torch.multinomial(shares, 1, generator=random)[:, 0]


_SMALLEST_ANGLE = 1e-4
