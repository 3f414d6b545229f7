"""Recordings of any length through a codec."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taojin.core.errors import DataError
from taojin.models.codecs.network import Codec
from taojin.models.codecs.shape import CodecShape

Samples = NDArray[np.floating]
"""Mono, ``[samples]``, full scale at 1, at the codec's sample rate; read in any
precision, made in ``float32``."""
Codes = NDArray[np.int64]
"""``[moments, code books]``."""

DEFAULT_ROUNDS = 32
"""Of the search for phases; more are hardly heard."""


@torch.inference_mode()
def encode_clips(
    codec: Codec, clips: Sequence[Samples], batch_size: int = 64
) -> list[Codes]:
    """Codes of recordings.

    A recording is taken as if silence followed it, up to a whole number of codes.

    Args:
        codec: In evaluation mode.
        clips: Each of at least one sample.
        batch_size: Recordings coded at once. Only those of equally many codes are
            coded together: the codes do not depend on the recordings beside.

    Returns:
        ``[moments, code books]`` each, in order.

    Raises:
        DataError: If a recording is empty or holds what is no number.
    """
    require_clips(clips)
    found: dict[int, Codes] = {}
    device = codec.hear.weight.device
    size = codec.shape.code_samples
    for places in _equal_batches([-(-len(clip) // size) for clip in clips], batch_size):
        samples = pad_clips([clips[place] for place in places], codec.shape)
        codes = codec.encode(samples.to(device)).cpu().numpy()
        found.update(zip(places, codes, strict=True))
    return [found[place].copy() for place in range(len(clips))]


@torch.inference_mode()
def decode_codes(
    codec: Codec,
    codes: Sequence[Codes],
    batch_size: int = 64,
    num_rounds: int = DEFAULT_ROUNDS,
) -> list[Samples]:
    """Recordings of codes, each cut to [-1, 1].

    Args:
        codec: In evaluation mode.
        codes: ``[moments, code books]`` each, at least one moment.
        batch_size: Recordings made at once. Only equal lengths are made together: a
            recording does not depend on those beside it.
        num_rounds: Of the search for phases.

    Returns:
        ``float32 [moments * shape.code_samples]`` each, in order.
    """
    found: dict[int, Samples] = {}
    device = codec.hear.weight.device
    for places in _equal_batches([len(rows) for rows in codes], batch_size):
        rows = torch.from_numpy(np.stack([codes[place] for place in places]))
        samples = codec.decode(rows.to(device), num_rounds).clamp(-1.0, 1.0)
        found.update(zip(places, samples.float().cpu().numpy(), strict=True))
    return [found[place].copy() for place in range(len(codes))]


def reconstruct_clips(
    codec: Codec, clips: Sequence[Samples], num_rounds: int = DEFAULT_ROUNDS
) -> list[Samples]:
    """Recordings as they come out of the codec, of the same lengths."""
    made = decode_codes(codec, encode_clips(codec, clips), num_rounds=num_rounds)
    return [new[: len(old)] for new, old in zip(made, clips, strict=True)]


def pad_clips(clips: Sequence[Samples], shape: CodecShape) -> Tensor:
    """Recordings with silence after them, ``float32 [clips, samples]``."""
    longest = max(map(len, clips))
    size = -(-longest // shape.code_samples) * shape.code_samples
    padded = np.zeros((len(clips), size), np.float32)
    for row, clip in enumerate(clips):
        padded[row, : len(clip)] = clip
    return torch.from_numpy(padded)


def require_clips(clips: Sequence[Samples]) -> None:
    """Check that recordings can be coded.

    Raises:
        DataError: If a recording is empty, of several channels, or not finite; the
            message lists up to five places.
    """
    wrong = [
        place
        for place, clip in enumerate(clips)
        if np.ndim(clip) != 1 or not len(clip) or not np.isfinite(clip).all()
    ]
    if wrong:
        message = (
            f"{len(wrong)} of {len(clips)} recordings are empty, not mono or not "
            f"finite, the first at {wrong[:5]}; leave them out"
        )
        raise DataError(message)


def _equal_batches(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """Places in batches of equal lengths."""
    order = sorted(range(len(lengths)), key=lambda place: lengths[place])
    batches: list[list[int]] = []
    for place in order:
        last = batches[-1] if batches else []
        if last and lengths[last[0]] == lengths[place] and len(last) < batch_size:
            last.append(place)
        else:
            batches.append([place])
    return batches
