"""Adapters from catalogue names to the training library."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from taojin.pipelines.finetuning.folders import Outputs, with_model, without_model
from taojin.training import finetuning
from taojin.training.checkpoints import CheckpointStore
from taojin.training.finetuning import Finetuned
from taojin.training.finetuning_config import (
    ClassifierFinetuningConfig,
    LanguageFinetuningConfig,
)
from taojin.training.metrics import MetricSink


def finetune_topics(
    examples: pd.DataFrame,
    base: Path,
    config: ClassifierFinetuningConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> Outputs:
    """Finetune on topics; see :func:`taojin.training.finetuning.finetune_classifier`."""
    return _finetune(
        examples,
        workspace / "topic_model",
        lambda: finetuning.finetune_classifier(
            examples, base, config, store=checkpoints, sink=metrics
        ),
    )


def train_topics_from_scratch(
    examples: pd.DataFrame,
    base: Path,
    config: ClassifierFinetuningConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> Outputs:
    """Do the same without the pretrained weights: what pretraining is worth."""
    return _finetune(
        examples,
        workspace / "topic_from_scratch_model",
        lambda: finetuning.finetune_classifier(
            examples, base, config, from_scratch=True, store=checkpoints, sink=metrics
        ),
    )


def finetune_descriptions(
    examples: pd.DataFrame,
    base: Path,
    config: LanguageFinetuningConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> Outputs:
    """Finetune on descriptions.

    See :func:`taojin.training.finetuning.finetune_language_model`.
    """
    return _finetune(
        examples,
        workspace / "description_model",
        lambda: finetuning.finetune_language_model(
            examples, base, config, store=checkpoints, sink=metrics
        ),
    )


def train_descriptions_from_scratch(
    examples: pd.DataFrame,
    base: Path,
    config: LanguageFinetuningConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> Outputs:
    """Do the same without the pretrained weights: what pretraining is worth."""
    return _finetune(
        examples,
        workspace / "description_from_scratch_model",
        lambda: finetuning.finetune_language_model(
            examples, base, config, from_scratch=True, store=checkpoints, sink=metrics
        ),
    )


def _finetune(
    examples: pd.DataFrame,
    output: Path,
    finetune: Callable[[], Finetuned[Any]],
) -> Outputs:
    """Train and save; a corpus without labels yields a folder that says so."""
    if examples.empty:
        reason = "the corpus has no labelled examples for this task"
        return without_model(output, reason)
    return with_model(finetune(), output)
