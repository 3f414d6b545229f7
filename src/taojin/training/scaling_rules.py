"""What follows from the depth of a language model: size, data, batch and rates.

The rules, each from a model whose settings are known to one of another depth:

* tokens: 20 for every weight but those of the input embedding, near the optimum of a
  given amount of compute (Hoffmann et al. 2022, arXiv:2203.15556);
* batch: as tokens ** 0.383 (Bergsma et al. 2025, arXiv:2505.13738), from the 2 ** 19
  tokens that nanochat found best for 1.3e9, rounded to a power of two of sequences;
  small runs keep 1000 steps at least;
* learning rates: Muon's is the same for all, because its updates are scaled by the
  shape of their matrix; 0.02 was found good here for batches of 2 ** 10 tokens and by
  nanochat for 2 ** 19. AdamW's go as width ** -0.5, from those at width 192;
* weight decay: as 1 / width ** 2, from 0.2 at width 768 (nanochat), at most 1.

They are starting points for a search, fitted by others on other data.
"""

import math
from dataclasses import dataclass

import torch

from taojin.models.config import DecoderShape, LanguageModelConfig
from taojin.models.language_model import LanguageModel
from taojin.models.ngram_embeddings import num_table_rows
from taojin.training.config import TrainingConfig

_TOKENS_PER_WEIGHT = 20
_BATCH_EXPONENT = 0.383
_BATCH_TOKENS, _BATCH_AT_TOKENS = 1 << 19, 1.3e9
_FEWEST_STEPS = 1000
_RATE_WIDTH = 192
_DECAY, _DECAY_WIDTH, _MAX_DECAY = 0.2, 768, 1.0


@dataclass(frozen=True)
class ScalingPlan:
    """A model of some depth, and what it should be trained with.

    Attributes:
        model: With every number of the shape derived.
        num_parameters: All weights; shared ones once.
        num_tokens: To train on, in all.
        num_steps: Optimiser steps for that.
        batch_size: Sequences in a step.
        matrix_learning_rate: Peak of Muon.
        embedding_learning_rate: Peak of AdamW for embeddings.
        head_learning_rate: Peak of AdamW for the output matrix and norms.
        weight_decay: Of the matrices.
    """

    model: LanguageModelConfig
    num_parameters: int
    num_tokens: int
    num_steps: int
    batch_size: int
    matrix_learning_rate: float
    embedding_learning_rate: float
    head_learning_rate: float
    weight_decay: float

    def training(self, **settings: object) -> TrainingConfig:
        """The settings of a run; those given count before those derived."""
        derived = {
            "num_steps": self.num_steps,
            "batch_size": self.batch_size,
            "matrix_learning_rate": self.matrix_learning_rate,
            "embedding_learning_rate": self.embedding_learning_rate,
            "head_learning_rate": self.head_learning_rate,
            "weight_decay": self.weight_decay,
        }
        return TrainingConfig.model_validate({**derived, **settings})


def plan_for(
    model: LanguageModelConfig, vocab_size: int, num_tokens: int | None = None
) -> ScalingPlan:
    """Derive what a model should be trained with.

    Args:
        model: Its ``depth`` is enough.
        vocab_size: Tokens of the vocabulary.
        num_tokens: To train on; by default 20 a weight.
    """
    shape = model.shape(vocab_size)
    num_parameters = count_parameters(shape)
    embedding = shape.vocab_size * shape.hidden_size
    tables = num_table_rows(shape) * shape.hidden_size
    # A shared matrix works as the output matrix, and counts as such.
    idle = tables + (0 if shape.tie_word_embeddings else embedding)
    tokens = num_tokens or _TOKENS_PER_WEIGHT * (num_parameters - idle)
    wanted = _BATCH_TOKENS * (tokens / _BATCH_AT_TOKENS) ** _BATCH_EXPONENT
    length = shape.max_position_embeddings
    num_sequences = min(wanted, tokens / _FEWEST_STEPS) / length
    batch_size = 2 ** max(0, round(math.log2(num_sequences)))
    narrowing = (_RATE_WIDTH / shape.hidden_size) ** 0.5
    usual = TrainingConfig(num_steps=1, batch_size=1)
    return ScalingPlan(
        model,
        num_parameters,
        tokens,
        max(1, round(tokens / (batch_size * length))),
        batch_size,
        usual.matrix_learning_rate,
        usual.embedding_learning_rate * narrowing,
        usual.head_learning_rate * narrowing,
        min(_MAX_DECAY, _DECAY * (_DECAY_WIDTH / shape.hidden_size) ** 2),
    )


def count_parameters(shape: DecoderShape) -> int:
    """Weights of a language model, shared ones once; takes no memory for them."""
    with torch.device("meta"):
        model = LanguageModel(shape)
    return sum(weight.numel() for weight in model.parameters())
