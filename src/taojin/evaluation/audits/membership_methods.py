"""Numbers that may tell members of a training set: by a model, or by the text alone."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from taojin.core.randomness import derive_seed
from taojin.evaluation.audits.config import MembershipConfig
from taojin.evaluation.audits.token_scores import TokenScores, score_tokens
from taojin.features.ngram_weights import ngram_vectoriser
from taojin.models.bases import Base
from taojin.models.encoding import encode, sound_text

Groups = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Numbers of members and of others; members should have the higher ones."""

_SURE = 1e-4
"""Least deviation: where a model is sure of one token, or of none, it vanishes."""
_SEED_BITS = 31


class Side(NamedTuple):
    """Documents of one side, as far as the model reads them."""

    texts: list[str]
    sequences: list[list[int]]
    num_too_short: int


def model_values(
    base: Base,
    sides: Sequence[Side],
    config: MembershipConfig,
    reference: Base | None,
) -> dict[str, Groups]:
    """Rank documents by what a model says to them; see the methods of the audit.

    Args:
        base: The model.
        sides: Members, and others.
        config: Batches, and the share of Min-K%++.
        reference: Another model, trained on neither.

    Returns:
        By method, a number for each document.
    """
    values: dict[str, list[NDArray[np.float64]]] = {}
    for side in sides:
        scored = score_tokens(base.model, side.sequences, config.batch_tokens)
        logs = np.array([found.log_probabilities.sum() for found in scored])
        packed = [len(zlib.compress(_bytes(text))) for text in side.texts]
        own = {
            "likelihood": logs / [len(found.means) for found in scored],
            "zlib_ratio": logs / packed,
            "min_k_plus_plus": np.array(
                [min_k_plus_plus(found, config.lowest_share) for found in scored]
            ),
        }
        if reference is not None:
            own["reference_ratio"] = logs / [
                len(_bytes(text)) for text in side.texts
            ] - _likelihoods_per_byte(reference, side.texts, config)
        for method, column in own.items():
            values.setdefault(method, []).append(column)
    return {method: (first, last) for method, (first, last) in values.items()}


def _likelihoods_per_byte(
    base: Base, texts: Sequence[str], config: MembershipConfig
) -> NDArray[np.float64]:
    """Log-probability a byte of what the reference model reads of each text."""
    limit = base.context_length - 1
    tokens = [encode(base.tokenizer, text)[:limit] for text in texts]
    read = [base.tokenizer.decode(row, skip_special_tokens=False) for row in tokens]
    sequences = [[base.edges.start, *row] for row in tokens]
    scored = score_tokens(base.model, sequences, config.batch_tokens)
    logs = np.array([found.log_probabilities.sum() for found in scored])
    return logs / [len(_bytes(text)) for text in read]


def text_values(sides: Sequence[Side], config: MembershipConfig) -> Groups:
    """How much each text looks like a member's, to a classifier that saw others.

    TF-IDF and logistic regression, cross-validated.
    """
    texts = [text for side in sides for text in side.texts]
    is_member = np.repeat([1, 0], [len(side.texts) for side in sides])
    # The weights of n-grams know no labels, so the texts may share them.
    features = ngram_vectoriser(config.max_features).fit_transform(texts)
    seed = derive_seed(config.seed, "folds") % (1 << _SEED_BITS)
    folds = StratifiedKFold(config.num_folds, shuffle=True, random_state=seed)
    model = LogisticRegression(max_iter=300, tol=1e-3)
    values = np.asarray(
        cross_val_predict(
            model, features, is_member, cv=folds, method="decision_function"
        )
    )
    return values[is_member == 1], values[is_member == 0]


def min_k_plus_plus(scores: TokenScores, lowest_share: float) -> float:
    """Mean of the lowest standardised log-probabilities (Zhang et al. 2024).

    Args:
        scores: Of the tokens of one text.
        lowest_share: How many of them, rounded down, at least one.
    """
    standardised = (scores.log_probabilities - scores.means) / np.maximum(
        scores.deviations, _SURE
    )
    num_lowest = max(1, int(len(standardised) * lowest_share))
    return float(np.sort(standardised)[:num_lowest].mean())


def _bytes(text: str) -> bytes:
    return sound_text(text).encode()
