"""Adapters from catalogue names to the training library."""

from pathlib import Path
from typing import Any

from taojin.features.tokens import TokenShards
from taojin.training import pretraining
from taojin.training.checkpoints import CheckpointStore
from taojin.training.config import PretrainingConfig
from taojin.training.metrics import MetricSink


def pretrain_language_model(
    tokens: TokenShards,
    tokenizer: str,
    config: PretrainingConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> dict[str, Path | list[dict[str, Any]]]:
    """Pretrain; see :func:`taojin.training.pretraining.pretrain_language_model`."""
    model = workspace / "pretrained_model"
    history = pretraining.pretrain_language_model(
        tokens,
        config,
        output=model,
        tokenizer_json=tokenizer,
        store=checkpoints,
        sink=metrics,
    )
    return {"model": model, "history": history}
