"""A language model from scratch on token shards."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import torch

from taojin.core.errors import EmptyStageError
from taojin.core.randomness import derive_seed
from taojin.features.tokens import TokenShards
from taojin.models.config import DecoderShape, LanguageModelConfig
from taojin.models.language_model import LanguageModel
from taojin.models.storage import save_model
from taojin.training.batches import PackedWindows
from taojin.training.checkpoints import CheckpointStore
from taojin.training.config import PretrainingConfig, TrainingConfig
from taojin.training.distribution.jobs import Job
from taojin.training.distribution.launch import train_over_ranks
from taojin.training.metrics import MetricSink
from taojin.training.objectives import NextToken, TokenBatch

logger = logging.getLogger(__name__)


def pretrain_language_model(
    tokens: TokenShards,
    config: PretrainingConfig,
    *,
    output: str | Path,
    tokenizer_json: str,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> list[dict[str, Any]]:
    """Pretrain on the ``train`` split and save the model to ``output``.

    Args:
        tokens: Splits ``train`` and ``validation``.
        config: Model and training settings.
        output: The model's folder; replaced if it exists.
        tokenizer_json: Saved beside the model.
        store: Where checkpoints go.
        sink: Receives metrics by step.

    Returns:
        The history; see :func:`taojin.training.loop.train`.

    Raises:
        EmptyStageError: If the train split has too few tokens for one window.
        TrainingError: If the loss is not finite too often.
    """
    model = _model(tokens, config)
    history = train_over_ranks(
        _job(model, tokens, config),
        partial(_job_of_other_rank, tokens, config),
        store=store,
        sink=sink,
    )
    save_model(model, output, tokenizer_json)
    return history


def _job_of_other_rank(
    tokens: TokenShards, config: PretrainingConfig
) -> Job[TokenBatch]:
    return _job(_model(tokens, config), tokens, config)


def _model(tokens: TokenShards, config: PretrainingConfig) -> LanguageModel:
    shape = config.model.shape(tokens.vocab_size)
    return new_language_model(shape, config.training.seed)


def _job(
    model: LanguageModel, tokens: TokenShards, config: PretrainingConfig
) -> Job[TokenBatch]:
    return Job(
        NextToken(model),
        _windows(tokens, "train", config.model, config.training),
        config.training,
        _validation(tokens, config),
        _fingerprint(tokens, config),
    )


def new_language_model(shape: DecoderShape, seed: int) -> LanguageModel:
    """Build a model whose initial weights depend on the seed alone."""
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(seed, "weights"))
        return LanguageModel(shape)


def _windows(
    tokens: TokenShards, split: str, model: LanguageModelConfig, config: TrainingConfig
) -> PackedWindows:
    return PackedWindows(
        tokens.tokens(split),
        tokens.offsets(split),
        model.context_length,
        config.batch_size // config.num_accumulations,
        config.seed,
        mask_documents=config.mask_documents,
    )


def _validation(tokens: TokenShards, config: PretrainingConfig) -> list[TokenBatch]:
    """The same windows every time; none if the split is smaller than one window."""
    try:
        windows = _windows(tokens, "validation", config.model, config.training)
    except EmptyStageError:
        logger.warning("the validation split is too small; training runs without one")
        return []
    part = config.training.batch_size // config.training.num_accumulations
    num_batches = min(
        config.training.validation_batches, max(1, windows.num_windows // part)
    )
    return [windows.batch(index) for index in range(num_batches)]


def _fingerprint(tokens: TokenShards, config: PretrainingConfig) -> dict[str, Any]:
    return {
        "model": config.model.shape(tokens.vocab_size).model_dump(mode="json"),
        "tokens": tokens.fingerprint,
    }
