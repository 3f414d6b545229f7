"""How surprising a text is to who has read only trusted texts, in bits a byte.

An interpolated Kneser-Ney model over bytes, with one discount an order (Kneser and Ney
1995, in the form of Chen and Goodman 1999); bytes need no vocabulary and suit every
language. Its probabilities and back-off weights lie in one hashed table, quantised, in
the manner of a randomised language model (Talbot and Osborne 2007): an n-gram is known
by a 15-bit tag, so one in some ten thousand unseen n-grams is taken for a seen one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from taojin.core.errors import DataError
from taojin.core.shards import Shards
from taojin.core.text_buffers import TextBuffers, batches, read_only
from taojin.curation.learned.config import NgramModelConfig
from taojin.curation.learned.ngram_table import (
    STEPS_A_BIT,
    add_escapes,
    insert_entries,
    text_costs,
)
from taojin.curation.learned.windows import spread_windows

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

_PADDING = ord("\n")
"""Texts start as if after empty lines."""
_NUM_BYTES = 256
_USUAL_DISCOUNT = 0.75
"""Where counts of one or two are missing, as after pruning."""
_LARGEST_COST = 255
_FILL = 0.6
"""Of the table: fuller ones are slow to search."""


@dataclass(frozen=True)
class NgramModel:
    """A trained model.

    Attributes:
        order: Bytes of its longest n-grams.
        slots: The hashed table, uint32, a power of two of them; see ``ngram_table``.
        byte_costs: Of each single byte, in ``1 / STEPS_A_BIT`` bits; int32[256].
        byte_escapes: Cost of backing off after each single byte; int32[256].
        note: What it was trained on, for people.
    """

    order: int
    slots: NDArray[np.uint32]
    byte_costs: NDArray[np.int32]
    byte_escapes: NDArray[np.int32]
    note: dict[str, Any] = field(default_factory=dict)


def train_ngram_model(documents: Shards, config: NgramModelConfig) -> NgramModel:
    """Train on the documents of the trusted sources, part by part.

    Args:
        documents: Has columns ``text`` and ``source``.
        config: Size and sources.

    Raises:
        DataError: If no trusted source has a text.
    """
    return train_on_texts(_trusted_texts(documents, config), config)


def train_on_texts(
    columns: Iterable[pa.ChunkedArray | pa.Array], config: NgramModelConfig
) -> NgramModel:
    """Train on columns of texts; memory does not grow with their number.

    Raises:
        DataError: If there is no text.
    """
    keys, counts = np.zeros(0, np.uint64), np.zeros(0, np.int64)
    num_bytes = 0
    for column in columns:
        for texts in batches(column):
            if num_bytes >= config.max_bytes:
                break
            num_bytes += len(texts.data)
            found, times = np.unique(_windows(texts, config.order), return_counts=True)
            keys, counts = _merge(keys, counts, found, times)
            keys, counts = _prune(keys, counts, 2 * config.max_ngrams)
    if not len(keys):
        sources = list(config.trusted_sources) or "any source"
        message = f"no text of {sources} to train an n-gram model on"
        raise DataError(message)
    keys, counts = _prune(keys, counts, config.max_ngrams)
    model = _build(keys, counts, config.order)
    model.note.update(
        num_bytes=num_bytes,
        num_ngrams=len(keys),
        sources=list(config.trusted_sources),
    )
    return model


def measure_perplexity(
    texts: TextBuffers, model: NgramModel, max_bytes: int = 1 << 15
) -> NDArray[np.float64]:
    """Measure the cross-entropy of texts under a model, in bits a byte.

    Args:
        texts: The texts.
        model: Trained on trusted texts; what it has read itself costs least.
        max_bytes: Read of a text, in evenly spread windows.

    Returns:
        float64, one a text, mostly 1 to 8; 0 for an empty text.
    """
    windows = spread_windows(texts, max_bytes)
    costs, counts = np.zeros((2, texts.num_texts), np.int64)
    text_costs(
        texts.data,
        windows.starts,
        windows.ends,
        windows.owners,
        (
            read_only(model.slots),
            read_only(model.byte_costs),
            read_only(model.byte_escapes),
            model.order,
        ),
        costs,
        counts,
    )
    return costs / np.maximum(counts, 1) / STEPS_A_BIT


def _trusted_texts(
    documents: Shards, config: NgramModelConfig
) -> Iterator[pa.ChunkedArray]:
    for table in documents.tables(["text", "source"]):
        if not config.trusted_sources:
            yield table["text"]
            continue
        wanted = pa.array(config.trusted_sources, pa.string())
        is_trusted = pc.is_in(table["source"].cast(pa.string()), value_set=wanted)
        yield table.filter(is_trusted)["text"]


def _windows(texts: TextBuffers, order: int) -> NDArray[np.uint64]:
    """Pack every run of ``order`` bytes that ends in a text into a number."""
    num_texts, gap = texts.num_texts, order - 1
    size = len(texts.data) + num_texts * gap
    owners = np.repeat(np.arange(num_texts), np.diff(texts.offsets))
    places = np.arange(len(texts.data)) + (owners + 1) * gap
    padded = np.full(size, _PADDING, np.uint64)
    padded[places] = texts.data
    keys = np.zeros(len(places), np.uint64)
    for back in range(order):
        keys |= padded[places - back] << np.uint64(8 * back)
    return keys


def _merge(
    keys: NDArray[np.uint64],
    counts: NDArray[np.int64],
    more_keys: NDArray[np.uint64],
    more_counts: NDArray[np.int64],
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    both = np.concatenate([keys, more_keys])
    order = np.argsort(both, kind="stable")
    both, times = both[order], np.concatenate([counts, more_counts])[order]
    return _summed(both, times)


def _summed(
    ordered: NDArray[np.uint64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Add up the counts of equal keys."""
    if not len(ordered):
        return ordered, counts
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return ordered[starts], np.add.reduceat(counts, starts)


def _prune(
    keys: NDArray[np.uint64], counts: NDArray[np.int64], limit: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Drop the rarest until few enough are left; those of one count go together."""
    least = 1
    while len(keys) > limit:
        kept = counts > least
        if not kept.any():
            return keys[:limit], counts[:limit]
        keys, counts, least = keys[kept], counts[kept], least + 1
    return keys, counts


def _build(
    keys: NDArray[np.uint64], counts: NDArray[np.int64], order: int
) -> NgramModel:
    """Turn counts of the longest n-grams into costs of all, from short to long."""
    levels = [(keys, counts)]
    for length in range(order - 1, 0, -1):
        levels.append(_continuations(levels[-1][0], length))
    levels.reverse()
    total = sum(len(level[0]) for level in levels)
    slots = np.zeros(1 << int(np.ceil(np.log2(total / _FILL + 2))), np.uint32)
    single = np.full(_NUM_BYTES, 1.0 / _NUM_BYTES)
    escapes = np.zeros(_NUM_BYTES, np.int32)
    shorter_keys, shorter = np.arange(_NUM_BYTES, dtype=np.uint64), single
    for length, (level_keys, level_counts) in enumerate(levels, start=1):
        shares, contexts, weights = _interpolate(
            level_keys, level_counts, length, shorter_keys, shorter
        )
        if length == 1:
            spread = np.full(_NUM_BYTES, weights[0] / _NUM_BYTES)
            spread[level_keys.astype(np.int64)] = shares
            single, shorter = spread, spread
            continue
        _store_escapes(slots, escapes, contexts, weights, length - 1)
        insert_entries(slots, level_keys, _steps(shares), length)
        shorter_keys, shorter = level_keys, shares
    return NgramModel(order, slots, _steps(single), escapes)


def _continuations(
    keys: NDArray[np.uint64], length: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Count in how many longer n-grams each shorter one ends."""
    mask = np.uint64((1 << 8 * length) - 1)
    return np.unique(keys & mask, return_counts=True)


def _interpolate(
    keys: NDArray[np.uint64],
    counts: NDArray[np.int64],
    length: int,
    shorter_keys: NDArray[np.uint64],
    shorter: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.uint64], NDArray[np.float64]]:
    """Discount the counts after each context, and give what is saved to the shorter.

    Returns:
        Probability of each n-gram, the contexts, and the share each context gives on.
    """
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    discount = once / (once + 2.0 * twice) if once and twice else _USUAL_DISCOUNT
    contexts, inverse, kinds = np.unique(
        keys >> np.uint64(8), return_inverse=True, return_counts=True
    )
    totals = np.bincount(inverse, weights=counts)
    weights = discount * kinds / totals
    mask = np.uint64((1 << 8 * max(1, length - 1)) - 1)
    below = shorter[np.searchsorted(shorter_keys, keys & mask)]
    shares = (counts - discount) / totals[inverse] + weights[inverse] * below
    return shares, contexts, weights


def _store_escapes(
    slots: NDArray[np.uint32],
    escapes: NDArray[np.int32],
    contexts: NDArray[np.uint64],
    weights: NDArray[np.float64],
    length: int,
) -> None:
    """Note the cost of backing off at the entry of each context."""
    steps = _steps(weights)
    if length == 1:
        escapes[contexts.astype(np.int64)] = steps
        return
    add_escapes(slots, contexts, steps, length)


def _steps(shares: NDArray[np.float64]) -> NDArray[np.int32]:
    costs = np.rint(-np.log2(shares) * STEPS_A_BIT)
    return np.clip(costs, 0, _LARGEST_COST).astype(np.int32)
