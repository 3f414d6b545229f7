"""Answers of trained models about given texts."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from taojin.models.classifier import SequenceClassifier
from taojin.models.encoding import encode_document, encode_prompted
from taojin.models.language_model import LanguageModel

Item = TypeVar("Item")


@torch.no_grad()
def predict_labels(
    model: SequenceClassifier,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    batch_size: int = 64,
) -> pd.DataFrame:
    """Probabilities of every class for every text.

    Args:
        model: A classifier; texts longer than its context lose their end.
        tokenizer: The one it was trained with.
        texts: Any texts.
        batch_size: Texts computed at once; does not change the result.

    Returns:
        One row a text, in order; one column a label, each row adding up to 1.
    """
    limit = model.shape.max_position_embeddings
    sequences = [encode_document(tokenizer, text, limit) for text in texts]
    result = np.zeros((len(texts), len(model.labels)), np.float32)
    device = model.score.weight.device
    model.eval()
    for rows in _batches_by_length(sequences, batch_size):
        tokens = _pad([sequences[row] for row in rows]).to(device)
        lengths = torch.tensor([len(sequences[row]) for row in rows], device=device)
        result[rows] = model(tokens, lengths).float().softmax(-1).cpu().numpy()
    return pd.DataFrame(result, columns=list(model.labels))


@torch.no_grad()
def score_targets(
    model: LanguageModel,
    tokenizer: Tokenizer,
    examples: pd.DataFrame,
    batch_size: int = 32,
) -> pd.DataFrame:
    """Likelihood of every target after its prompt.

    Args:
        model: The language model.
        tokenizer: The one it was trained with.
        examples: Columns ``document_id``, ``prompt``, ``target``.
        batch_size: Examples computed at once; does not change the result.

    Returns:
        ``document_id``; ``nats``, the negative log-likelihood of the target and its
        end; ``num_tokens`` scored; ``num_bytes`` of the target in UTF-8. In order.
        A target that exceeds the context is scored up to there.
    """
    limit = model.shape.max_position_embeddings
    pairs = zip(examples["prompt"], examples["target"], strict=True)
    encoded = [encode_prompted(tokenizer, *pair, limit) for pair in pairs]
    nats = np.zeros(len(encoded))
    device = model.lm_head.weight.device
    model.eval()
    for rows in _batches_by_length([item.tokens for item in encoded], batch_size):
        tokens = _pad([encoded[row].tokens for row in rows]).to(device)
        logits = model(tokens[:, :-1]).float().transpose(1, 2)
        losses = functional.cross_entropy(logits, tokens[:, 1:], reduction="none")
        for place, row in enumerate(rows):
            first, last = encoded[row].num_given - 1, len(encoded[row].tokens) - 1
            nats[row] = losses[place, first:last].double().sum().item()
    return pd.DataFrame(
        {
            "document_id": list(examples["document_id"]),
            "nats": nats,
            "num_tokens": [len(item.tokens) - item.num_given for item in encoded],
            "num_bytes": [
                len(text.encode("utf-8", errors="replace"))
                for text in examples["target"]
            ],
        }
    )


def _batches_by_length(
    sequences: Sequence[Sequence[int]], batch_size: int
) -> Iterator[list[int]]:
    """Rows in batches of similar length, to waste little on padding."""
    order = sorted(range(len(sequences)), key=lambda row: len(sequences[row]))
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def _pad(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    padded = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.int64)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = torch.tensor(row)
    return padded
