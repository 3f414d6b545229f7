"""Scores of whole documents: quality, and likeness to trusted texts."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.text_buffers import TextBuffers, batches
from taojin.curation.learned.calibration import sigmoid
from taojin.curation.learned.linear import LinearTextModel, margins
from taojin.curation.learned.windows import spread_windows


def score_margins(texts: TextBuffers, model: LinearTextModel) -> NDArray[np.float64]:
    """Score texts by a model of two labels; margins, float64, one a text.

    For a model of ``train_importance`` the margin is the mean log ratio of its n-grams
    (in nats), shrunk towards 0 for short texts.
    """
    windows = spread_windows(texts, model.max_bytes)
    return margins(texts, windows, texts.num_texts, model)[0][:, 0]


def score_texts(
    text: pa.ChunkedArray | pa.Array, model: LinearTextModel
) -> NDArray[np.float64]:
    """Score texts by a calibrated classifier of two labels.

    Returns:
        Probability of the model's second label, float64, one a text.
    """
    scores = [sigmoid(score_margins(texts, model)) for texts in batches(text)]
    return np.concatenate(scores) if scores else np.zeros(0)
