"""How surprising texts are to a language model, text by text."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.evaluation.audits.token_scores import score_tokens
from taojin.models.bases import Base
from taojin.models.encoding import encode_document

_BATCH_TOKENS = 4096


class Surprises(NamedTuple):
    """Of each text, float64 ``(texts,)``.

    Attributes:
        bits: That the model needs for it, with the token that ends it.
        num_bytes: In UTF-8, of what fits into the model's context; at least 1.
    """

    bits: NDArray[np.float64]
    num_bytes: NDArray[np.float64]


def text_surprises(judge: Base, texts: Sequence[str]) -> Surprises:
    """Measure texts, each as far as it fits into the model's context.

    Raises:
        TrainingError: If the model gives a likelihood that is not finite.
    """
    limit = judge.context_length
    sequences = [
        encode_document(judge.tokenizer, text, limit, judge.edges) for text in texts
    ]
    usable = [row for row, tokens in enumerate(sequences) if len(tokens) > 1]
    scored = score_tokens(
        judge.model, [sequences[row] for row in usable], _BATCH_TOKENS
    )
    bits = np.zeros(len(texts))
    bits[usable] = [-one.log_probabilities.sum() / np.log(2.0) for one in scored]
    sizes = [
        len(judge.tokenizer.decode(tokens).encode("utf-8")) for tokens in sequences
    ]
    return Surprises(bits, np.maximum(np.array(sizes, dtype=np.float64), 1.0))
