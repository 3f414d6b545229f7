"""Texts as vectors that no label was needed for."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.decomposition import TruncatedSVD

from taojin.core.errors import DataError
from taojin.features.ngram_weights import ngram_vectoriser
from taojin.models.encoding import encode_document
from taojin.models.storage import load_language_model, load_tokenizer
from taojin.training.semi_supervised.config import RepresentationConfig

_ROWS_AT_ONCE = 64
_POWER_ITERATIONS = 2
"""More change no accuracy that could be measured, and take longer."""
_MIN_TEXTS = 2


def represent(
    texts: Sequence[str],
    learn_from: np.ndarray,
    base: str | Path,
    config: RepresentationConfig,
) -> np.ndarray:
    """Turn texts into vectors of length 1, without any label.

    Args:
        texts: Any texts.
        learn_from: Which of them n-grams, singular vectors, means and scales are
            learnt from; true for texts of the train split. ``[texts]``, boolean.
        base: Folder of the pretrained model, read if ``kind`` asks for the decoder.
        config: Kind and size.

    Returns:
        float64, ``[texts, dimensions]``, fewer dimensions if the texts are few.

    Raises:
        DataError: If there are fewer than two texts to learn from, or nothing in
            them to learn.
        CorruptArtifactError: If the pretrained model cannot be read.
    """
    learners = int(np.sum(learn_from))
    if learners < _MIN_TEXTS:
        message = (
            f"a representation needs {_MIN_TEXTS} train texts or more, and there are "
            f"{learners}"
        )
        raise DataError(message)
    parts = []
    if config.kind != "decoder":
        parts.append(_latent_semantics(texts, learn_from, config))
    if config.kind != "latent_semantics":
        parts.append(_decoder_states(texts, learn_from, base, config.max_tokens))
    return _unit(np.hstack(parts))


def _latent_semantics(
    texts: Sequence[str], learn_from: np.ndarray, config: RepresentationConfig
) -> np.ndarray:
    """Singular vectors of TF-IDF (Deerwester et al. 1990)."""
    vectoriser = ngram_vectoriser(config.max_features)
    learners = [text for text, is_one in zip(texts, learn_from, strict=True) if is_one]
    try:
        known = vectoriser.fit_transform(learners)
    except ValueError as error:  # an empty vocabulary has no class of its own
        message = f"the {len(learners)} train texts hold no words: {error}"
        raise DataError(message) from error
    # A decomposition cannot have more dimensions than texts or n-grams.
    num_features = len(vectoriser.get_feature_names_out())
    number = max(1, min(config.num_dimensions, len(learners) - 1, num_features - 1))
    decomposition = TruncatedSVD(
        number, n_iter=_POWER_ITERATIONS, random_state=config.seed % 2**32
    ).fit(known)
    vectors = decomposition.transform(vectoriser.transform(list(texts)))
    return _unit(vectors)


@torch.no_grad()
def _decoder_states(
    texts: Sequence[str], learn_from: np.ndarray, base: str | Path, max_tokens: int
) -> np.ndarray:
    """Mean state of each text in the pretrained decoder, centred and scaled."""
    model, tokenizer = load_language_model(base), load_tokenizer(base)
    limit = min(max_tokens, model.shape.max_position_embeddings)
    sequences = [encode_document(tokenizer, text, limit) for text in texts]
    states = np.zeros((len(texts), model.shape.hidden_size))
    order = sorted(range(len(texts)), key=lambda row: len(sequences[row]))
    device = next(model.parameters()).device
    for start in range(0, len(order), _ROWS_AT_ONCE):
        rows = order[start : start + _ROWS_AT_ONCE]
        longest = max(len(sequences[row]) for row in rows)
        tokens = torch.zeros(len(rows), longest, dtype=torch.int64)
        is_real = torch.zeros(len(rows), longest, 1)
        for place, row in enumerate(rows):
            tokens[place, : len(sequences[row])] = torch.tensor(sequences[row])
            is_real[place, : len(sequences[row])] = 1.0
        found = model.model(tokens.to(device)).float().cpu() * is_real
        states[rows] = (found.sum(1) / is_real.sum(1)).numpy()
    known = states[learn_from]
    spread = np.maximum(known.std(axis=0), np.finfo(np.float32).eps)
    return _unit((states - known.mean(axis=0)) / spread)


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Scale rows to length 1; a row of zeros, a text without known words, stays."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0.0, lengths, 1.0)
