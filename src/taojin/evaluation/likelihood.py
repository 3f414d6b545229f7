"""Likelihood of held-out documents under a model, document by document.

Every frame made here and in :mod:`taojin.evaluation.compressors` has the columns of
:data:`LOSS_COLUMNS`, so that models and baselines are compared on the same units.
What is paid for is the document and its end: ``num_bytes`` counts the text alone.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError, TrainingError
from taojin.core.estimates import Estimate
from taojin.core.progress import progress_bar
from taojin.evaluation.intervals import IntervalConfig, bootstrap_ratio
from taojin.features.tokens import TokenShards

LOSS_COLUMNS = ("document_id", "nats", "num_tokens", "num_bytes")

LanguageModel = Callable[[torch.Tensor], torch.Tensor]
"""``tokens (B, T) int64 -> logits (B, T, V)``; position t sees tokens 0..t alone."""

_MIN_CONTEXT = 2
_TOKENS_AT_ONCE = 1 << 22


class LikelihoodConfig(StageConfig):
    """How held-out documents are scored."""

    batch_tokens: int = Field(default=4096, ge=1)
    """Tokens a forward pass; changes memory and speed, not the result."""
    stride_share: float = Field(default=0.5, gt=0.0, le=1.0)
    """Step between windows, as a share of the context. Smaller gives every token
    more left context and costs more; 1 scores disjoint windows."""


class _Window(NamedTuple):
    """Tokens ``start .. stop`` of a document's sequence; the last ``scored`` count."""

    document: int
    start: int
    stop: int
    scored: int


def document_losses(
    model: LanguageModel,
    tokens: TokenShards,
    split: str,
    context_length: int,
    config: LikelihoodConfig | None = None,
) -> pd.DataFrame:
    """Score every token of every document of a split exactly once.

    A document is scored alone, after an end-of-document token as in training. Those
    longer than the context are scored in windows that overlap: a token is predicted
    from at least ``context_length * (1 - stride_share)`` tokens before it, where
    the document has so many.

    Args:
        model: The model, in evaluation mode, on any device.
        tokens: The tokenised corpus.
        split: Which documents.
        context_length: Tokens that the model may see at once.
        config: Batch size and stride.

    Returns:
        ``document_id``; ``nats``, the negative log-likelihood of all its tokens;
        ``num_tokens``; ``num_bytes``. In the documents' order.

    Raises:
        ConfigurationError: If the context is shorter than two tokens.
        TrainingError: If the model gives a likelihood that is not finite.
    """
    settings = config or LikelihoodConfig()
    if context_length < _MIN_CONTEXT:
        message = (
            f"evaluation: context_length is {context_length}, at least 2 is needed"
        )
        raise ConfigurationError(message)
    stride = max(1, round(context_length * settings.stride_share))
    table = tokens.documents(split)
    offsets, stream = tokens.offsets(split), tokens.tokens(split)
    windows = list(_windows(np.diff(offsets), context_length, stride))
    # Windows of like length together: little padding. The order cannot show.
    windows.sort(key=lambda window: window.stop - window.start, reverse=True)
    nats = np.zeros(len(table))
    device = _device_of(model)
    with (
        torch.inference_mode(),
        progress_bar(f"score {split}", len(stream), unit="tok") as bar,
    ):
        for batch in _batches(windows, settings.batch_tokens):
            sequences = [
                _sequence(stream, offsets, window, tokens.end_of_document)
                for window in batch
            ]
            losses = _window_losses(model, sequences, batch, device)
            np.add.at(nats, [window.document for window in batch], losses)
            bar.update(sum(window.scored for window in batch))
    _require_finite(nats, table)
    return _loss_frame(table, nats)


def unigram_losses(tokens: TokenShards, split: str) -> pd.DataFrame:
    """Score a split by token frequencies of the train split, add-one smoothed.

    The baseline that knows the vocabulary and nothing of order.

    Returns:
        As :func:`document_losses`.
    """
    stream = tokens.tokens("train")
    counts = np.ones(tokens.vocab_size)
    for start in range(0, len(stream), _TOKENS_AT_ONCE):
        part = stream[start : start + _TOKENS_AT_ONCE]
        counts += np.bincount(part, minlength=tokens.vocab_size)
    costs = np.log(counts.sum()) - np.log(counts)
    starts = tokens.offsets(split)[:-1]
    nats = np.add.reduceat(costs[tokens.tokens(split)], starts)
    return _loss_frame(tokens.documents(split), nats)


def bits_per_byte(losses: pd.DataFrame, config: IntervalConfig) -> Estimate:
    """Estimate bits a UTF-8 byte: all bits over all bytes, bootstrap over documents.

    Unlike perplexity a token, it compares models with different vocabularies, and
    compressors.

    Raises:
        DataError: If there are fewer than two documents, or an empty one.
    """
    bits = losses["nats"].to_numpy() / math.log(2.0)
    return bootstrap_ratio(bits, losses["num_bytes"].to_numpy(), config)


def _windows(
    lengths: np.ndarray, context_length: int, stride: int
) -> Iterator[_Window]:
    """Cut documents of these lengths (end token included) into windows.

    A document's sequence is the end-of-document token and then its tokens, so
    position p of the sequence is token p - 1 of the document.
    """
    for document, length in enumerate(lengths.tolist()):
        stop = min(length, context_length)
        yield _Window(document, 0, stop, stop)
        while stop < length:
            scored = min(stride, length - stop)
            stop += scored
            yield _Window(document, stop - context_length, stop, scored)


def _batches(windows: list[_Window], batch_tokens: int) -> Iterator[list[_Window]]:
    """Group windows, sorted from long to short, by the room they take when padded."""
    start = 0
    while start < len(windows):
        longest = windows[start].stop - windows[start].start
        size = max(1, batch_tokens // longest)
        yield windows[start : start + size]
        start += size


def _sequence(
    stream: np.ndarray, offsets: np.ndarray, window: _Window, end_of_document: int
) -> np.ndarray:
    """Return inputs and targets of a window as one array, one longer than either."""
    first = offsets[window.document]
    body = stream[first + max(0, window.start - 1) : first + window.stop]
    if window.start > 0:
        return body.astype(np.int64)
    return np.concatenate([[end_of_document], body]).astype(np.int64)


def _window_losses(
    model: LanguageModel,
    sequences: list[np.ndarray],
    windows: list[_Window],
    device: torch.device,
) -> np.ndarray:
    """Return the nats of the scored targets of each window: float64, shape (B,)."""
    longest = max(len(sequence) for sequence in sequences)
    rows = np.zeros((len(sequences), longest), dtype=np.int64)
    counted = np.zeros((len(sequences), longest - 1), dtype=bool)
    for row, (sequence, window) in enumerate(zip(sequences, windows, strict=True)):
        # Padding stands on the right: a causal model cannot see it.
        rows[row, : len(sequence)] = sequence
        counted[row, len(sequence) - 1 - window.scored : len(sequence) - 1] = True
    batch = torch.from_numpy(rows).to(device)
    mask = torch.from_numpy(counted).to(device)
    # Only what counts goes through the softmax, the dearest step of a small model.
    logits = model(batch[:, :-1])[mask].float()
    losses = torch.nn.functional.cross_entropy(
        logits, batch[:, 1:][mask], reduction="none"
    )
    row_of = np.nonzero(counted)[0]
    return np.bincount(row_of, losses.double().cpu().numpy(), minlength=len(sequences))


def _device_of(model: LanguageModel) -> torch.device:
    if isinstance(model, torch.nn.Module):
        for parameter in model.parameters():
            return parameter.device
    return torch.device("cpu")


def _require_finite(nats: np.ndarray, table: pd.DataFrame) -> None:
    bad = table["document_id"][~np.isfinite(nats)]
    if len(bad):
        message = (
            f"the model gives {len(bad)} of {len(table)} documents a likelihood that "
            f"is not finite, e.g. {list(bad[:5])}; its weights or precision are at fault"
        )
        raise TrainingError(message)


def _loss_frame(table: pd.DataFrame, nats: np.ndarray) -> pd.DataFrame:
    return table.assign(nats=nats).loc[:, list(LOSS_COLUMNS)]
