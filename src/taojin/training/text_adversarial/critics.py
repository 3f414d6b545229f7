"""A discriminator of whole sentences, and the importance weights that it gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from taojin.models.classifier import SequenceClassifier
from taojin.models.language_model import LanguageModel
from taojin.models.padding import pad_tokens
from taojin.models.storage import load_weights
from taojin.training.batches import (
    BucketedSequences,
    LabelledSequence,
    collate_labelled,
)
from taojin.training.checkpoints import CheckpointStore
from taojin.training.loop import train
from taojin.training.objectives import Classification
from taojin.training.text_adversarial.config import CriticConfig
from taojin.training.text_adversarial.sentences import identity_of

DRAWN, REAL = 0, 1
LABELS = ("drawn", "real")

Rows = Sequence[Sequence[int]]
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Calibration:
    """What turns a discriminator's logit into the logarithm of a density ratio.

    Attributes:
        scale: Multiplies the logit; below 1 where it is too sure.
        offset: Is added.
    """

    scale: float
    offset: float


@dataclass(frozen=True)
class ImportanceWeights:
    """How much each drawn sentence counts.

    Attributes:
        values: ``[sentences]``, positive, with a mean of 1.
        effective_size: Equally weighted sentences that would tell as much: the squared
            sum over the sum of squares (Kish 1965).
    """

    values: NDArray[np.float64]
    effective_size: float


def new_critic(model: LanguageModel) -> SequenceClassifier:
    """A discriminator that begins with the decoder of a language model."""
    with torch.random.fork_rng():
        critic = SequenceClassifier(model.shape, LABELS)
    decoder = {k: v.detach() for k, v in model.model.named_parameters()}
    load_weights(critic.model, decoder)
    return critic


def train_critic(
    critic: SequenceClassifier,
    real: Rows,
    drawn: Rows,
    held_out: tuple[Rows, Rows],
    config: CriticConfig,
    *,
    fingerprint: dict[str, Any] | None = None,
    store: CheckpointStore | None = None,
) -> list[dict[str, Any]]:
    """Train a discriminator in place, on as many drawn sentences as real ones.

    Args:
        critic: Goes on from its weights.
        real: Tokens of real sentences, with the end-of-document token on both sides.
        drawn: Tokens of drawn ones.
        held_out: Other real and other drawn ones, which choose the weights.
        config: Settings.
        fingerprint: Of the discriminator as it is given.
        store: Where checkpoints go; by default memory.

    Returns:
        The history; see :func:`taojin.training.loop.train`.
    """
    items = _labelled(real, drawn)
    size = config.training.batch_size // config.training.num_accumulations
    batches = BucketedSequences(
        items,
        [len(item.tokens) for item in items],
        collate_labelled,
        size,
        config.training.seed,
    )
    judged = sorted(_labelled(*held_out), key=lambda item: len(item.tokens))
    return train(
        Classification(critic, config.dropout),
        batches,
        config.training,
        validation=[
            collate_labelled(judged[start : start + size])
            for start in range(0, len(judged), size)
        ],
        store=store,
        fingerprint={
            "real": identity_of(real),
            "drawn": identity_of(drawn),
            "held_out": [identity_of(rows) for rows in held_out],
            "dropout": config.dropout,
            **(fingerprint or {}),
        },
    )


@torch.inference_mode()
def critic_logits(critic: SequenceClassifier, rows: Rows) -> NDArray[np.float64]:
    """Log of the odds that each sentence is real, ``[sentences]``.

    Args:
        critic: In evaluation mode.
        rows: Tokens of each, with the end-of-document token on both sides.
    """
    order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
    found = np.zeros(len(rows))
    device = next(critic.parameters()).device
    for start in range(0, len(order), _ROWS_AT_ONCE):
        places = order[start : start + _ROWS_AT_ONCE]
        chosen = [rows[place] for place in places]
        lengths = torch.tensor([len(row) for row in chosen], device=device)
        logits = critic(pad_tokens(chosen).to(device), lengths).double()
        found[places] = (logits[:, REAL] - logits[:, DRAWN]).cpu().numpy()
    return found


def calibrate(real: NDArray[np.float64], drawn: NDArray[np.float64]) -> Calibration:
    """Fit scale and offset on logits of held-out sentences (Platt 1999).

    Both sides count alike, so that the calibrated logit is the logarithm of how much
    likelier a sentence is among real ones. A discriminator whose logits mislead gets
    the scale 0, and all weights are 1.

    Args:
        real: Logits of real sentences, at least one.
        drawn: Of drawn ones.
    """
    logits = np.concatenate([real, drawn])[:, None]
    labels = np.repeat([REAL, DRAWN], [len(real), len(drawn)])
    model = LogisticRegression(C=1e3, class_weight="balanced").fit(logits, labels)
    scale = float(model.coef_[0, 0])
    if scale <= 0.0:
        return Calibration(0.0, 0.0)
    return Calibration(scale, float(model.intercept_[0]))


def importance_weights(
    logits: NDArray[np.float64], calibration: Calibration, max_weight: float
) -> ImportanceWeights:
    """``D / (1 - D)`` of each drawn sentence, cut and normalised by itself.

    For the best possible ``D`` it is the density of real sentences over that of drawn
    ones, so that a weighted mean over drawn sentences is a mean over real ones
    (Azadi et al. 2019, arXiv:1810.06758; Grover et al. 2019, arXiv:1906.09531).

    Args:
        logits: Of the discriminator, ``[sentences]``.
        calibration: Of these logits.
        max_weight: Weights lie between this and its inverse before they are
            normalised; at 1 all are equal.
    """
    bound = np.log(max_weight)
    logs = calibration.scale * logits + calibration.offset
    weights = np.exp(np.clip(logs, -bound, bound))
    effective = float(weights.sum() ** 2 / np.square(weights).sum())
    return ImportanceWeights(weights / weights.mean(), effective)


def resample(
    weights: NDArray[np.float64], num_kept: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Places of sentences drawn by their weights, none twice.

    What remains of many drawn sentences has the reweighted distribution without any
    further training, the better the more there were (sampling-importance resampling;
    Rubin 1988).

    Args:
        weights: Of each sentence, positive.
        num_kept: At most as many as there are.
        random: Decides.
    """
    shares = weights / weights.sum()
    return random.choice(len(weights), num_kept, replace=False, p=shares)


def _labelled(real: Rows, drawn: Rows) -> list[LabelledSequence]:
    return [
        *(LabelledSequence(list(row), REAL) for row in real),
        *(LabelledSequence(list(row), DRAWN) for row in drawn),
    ]
