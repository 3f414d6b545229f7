"""How toxic the worst passage of a document is.

A document is read in passages (lines, sentences) of at most about 512 bytes, because
the labels that the models learn from are of short messages, and because an insult on
one page of a book would vanish in the mean.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.text_buffers import TextBuffers, text_buffers
from taojin.curation.learned.calibration import sigmoid
from taojin.curation.learned.linear import LinearTextModel, margins
from taojin.curation.learned.windows import Windows, split_passages

HARMLESS, TOXIC = "0", "1"
"""Labels of the models."""


def measure_toxicity(
    texts: TextBuffers,
    languages: Sequence[str],
    models: Mapping[str, LinearTextModel],
) -> NDArray[np.float64]:
    """Score documents by the model of their language.

    Returns:
        Probability that the worst passage is toxic, float64, in [0, 1]; 0 where there
        is no model for the language, which does not mean harmless.
    """
    scores = np.zeros(texts.num_texts)
    passages = split_passages(texts)
    tags = np.array(languages)
    for language, model in models.items():
        wanted = (tags == language)[passages.owners]
        chosen = Windows(*(column[wanted] for column in passages))
        found = _score(texts, chosen, model)
        np.maximum.at(scores, chosen.owners, found)
    return scores


def score_passages(
    passages: Sequence[str], model: LinearTextModel
) -> NDArray[np.float64]:
    """Score short texts, each as a whole; probabilities, float64."""
    texts = text_buffers(pa.array(passages, pa.large_string()))
    whole = Windows(
        texts.offsets[:-1].copy(), texts.offsets[1:].copy(), np.arange(texts.num_texts)
    )
    return _score(texts, whole, model)


def _score(
    texts: TextBuffers, passages: Windows, model: LinearTextModel
) -> NDArray[np.float64]:
    count = len(passages.starts)
    each = passages._replace(owners=np.arange(count))
    return sigmoid(margins(texts, each, count, model)[0][:, 0])
