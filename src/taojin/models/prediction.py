"""Answers of trained models about given texts."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional

from taojin.models.bases import CausalModel
from taojin.models.classifier import SequenceClassifier
from taojin.models.encoding import SequenceEdges, encode_document, encode_prompted
from taojin.models.padding import pad_tokens

Item = TypeVar("Item")


@torch.no_grad()
def predict_labels(
    model: SequenceClassifier,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    batch_size: int = 64,
    edges: SequenceEdges | None = None,
) -> pd.DataFrame:
    """Probabilities of every class for every text.

    Args:
        model: A classifier; texts longer than its context lose their end.
        tokenizer: The one it was trained with.
        texts: Any texts.
        batch_size: Texts computed at once; does not change the result.
        edges: Tokens that start and end a text; by default those of the project's
            own models.

    Returns:
        One row a text, in order; one column a label, each row adding up to 1, but
        where a text may have any number of labels.

    Raises:
        ValueError: If the model does not classify; see :func:`predict_values`.
    """
    if model.task not in ("single_label", "multi_label"):
        message = f"a head for {model.task} gives values, not probabilities of labels"
        raise ValueError(message)
    logits = torch.from_numpy(_head_outputs(model, tokenizer, texts, batch_size, edges))
    shares = logits.sigmoid() if model.task == "multi_label" else logits.softmax(-1)
    return pd.DataFrame(shares.numpy(), columns=list(model.labels))


@torch.no_grad()
def predict_values(
    model: SequenceClassifier,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    batch_size: int = 64,
    edges: SequenceEdges | None = None,
) -> pd.DataFrame:
    """What a regression or a pairwise head says of every text.

    Args:
        model: With such a head; texts longer than its context lose their end.
        tokenizer: The one it was trained with.
        texts: Any texts.
        batch_size: Texts computed at once; does not change the result.
        edges: Tokens that start and end a text; by default those of the project's
            own models.

    Returns:
        One row a text, in order; one column an output: a number of the data for a
        regression; for a pairwise head a score, of which the difference between two
        texts is the logit of the first being better (Bradley and Terry 1952).

    Raises:
        ValueError: If the model classifies; see :func:`predict_labels`.
    """
    if model.task not in ("regression", "pairwise"):
        message = f"a head for {model.task} gives labels, not values"
        raise ValueError(message)
    values = _head_outputs(model, tokenizer, texts, batch_size, edges)
    if model.scaling is not None:
        means, deviations = (np.array(row, np.float32) for row in model.scaling)
        values = means + deviations * values
    return pd.DataFrame(values, columns=list(model.labels))


def _head_outputs(
    model: SequenceClassifier,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    batch_size: int,
    edges: SequenceEdges | None,
) -> NDArray[np.float32]:
    limit = model.shape.max_position_embeddings
    sequences = [encode_document(tokenizer, text, limit, edges) for text in texts]
    result = np.zeros((len(texts), len(model.labels)), np.float32)
    device = model.score.weight.device
    model.eval()
    for rows in _batches_by_length(sequences, batch_size):
        tokens = pad_tokens([sequences[row] for row in rows]).to(device)
        lengths = torch.tensor([len(sequences[row]) for row in rows], device=device)
        result[rows] = model(tokens, lengths).float().cpu().numpy()
    return result


@torch.no_grad()
def score_targets(
    model: CausalModel,
    tokenizer: Tokenizer,
    examples: pd.DataFrame,
    batch_size: int = 32,
    edges: SequenceEdges | None = None,
) -> pd.DataFrame:
    """Likelihood of every target after its prompt.

    Args:
        model: The language model.
        tokenizer: The one it was trained with.
        examples: Columns ``document_id``, ``prompt``, ``target``.
        batch_size: Examples computed at once; does not change the result.
        edges: Tokens that start and end a text; by default those of the project's
            own models.

    Returns:
        ``document_id``; ``nats``, the negative log-likelihood of the target and its
        end; ``num_tokens`` scored; ``num_bytes`` of the target in UTF-8. In order.
        A target that exceeds the context is scored up to there.
    """
    limit = model.shape.max_position_embeddings
    pairs = zip(examples["prompt"], examples["target"], strict=True)
    encoded = [encode_prompted(tokenizer, *pair, limit, edges) for pair in pairs]
    nats = np.zeros(len(encoded))
    device = next(model.parameters()).device
    model.eval()
    for rows in _batches_by_length([item.tokens for item in encoded], batch_size):
        tokens = pad_tokens([encoded[row].tokens for row in rows]).to(device)
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
