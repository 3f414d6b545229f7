"""Items drawn and cut in ways that do not depend on their order."""

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.fingerprints import hash_bytes
from taojin.core.text_buffers import text_buffers
from taojin.curation.kernels.characters import character_classes
from taojin.curation.kernels.minhash import is_unspaced

Item = TypeVar("Item", str, NDArray[np.int64])


def cut_alike(real: Sequence[Item], generated: Sequence[Item]) -> list[Item]:
    """Cut real items to the lengths of generated ones: longer ones hold more of all.

    Lengths are dealt out in the order of the items' hashes, so that neither the order
    of the real items nor that of the generated ones matters.
    """
    lengths = sorted(len(item) for item in generated)
    if not lengths:
        return []
    # Steps of a number without a common divisor visit all lengths, long and short mixed.
    step = _coprime_step(len(lengths))
    return [
        item[: lengths[index * step % len(lengths)]]
        for index, item in enumerate(draw_by_hash(real, len(real), seed=0))
    ]


def cut_texts_alike(real: Sequence[str], generated: Sequence[str]) -> list[str]:
    """Cut real texts as :func:`cut_alike` does, to lengths of their own kind of script.

    A Chinese text says in fewer characters what an English one says. Real texts of a
    kind that was not generated get lengths of all.
    """
    kinds = [_is_unspaced(texts) for texts in (real, generated)]
    cut: list[str] = []
    for kind in (False, True):
        own, alike = (
            [
                text
                for text, is_kind in zip(texts, flags == kind, strict=True)
                if is_kind
            ]
            for texts, flags in zip((real, generated), kinds, strict=True)
        )
        cut += cut_alike(own, alike or generated)
    return cut


def draw_by_hash(items: Sequence[Item], num_items: int, seed: int) -> list[Item]:
    """Draw items without replacement, whatever the order that they come in."""
    return [items[index] for index in order_by_hash(items, seed)[:num_items]]


def order_by_hash(items: Sequence[Item], seed: int) -> list[int]:
    """Return the indices of items in the order of hashes of their content."""
    keys = [hash_bytes(f"{seed}/".encode() + _content(item)) for item in items]
    return sorted(range(len(items)), key=keys.__getitem__)


def _content(item: str | NDArray[np.int64]) -> bytes:
    if isinstance(item, str):
        return item.encode("utf-8", errors="surrogatepass")
    return np.asarray(item, dtype=np.int64).tobytes()


def _is_unspaced(texts: Sequence[str]) -> NDArray[np.bool_]:
    sound = [text.encode("utf-8", errors="replace").decode("utf-8") for text in texts]
    buffers = text_buffers(pa.array(sound, pa.large_string()))
    return is_unspaced(*buffers, character_classes())


def _coprime_step(count: int) -> int:
    step = max(1, round(count * 0.618))
    while math.gcd(step, count) != 1:
        step += 1
    return step
