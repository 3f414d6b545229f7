"""Adapters from catalogue names to the training library."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from taojin.core.files import atomic_directory
from taojin.training import finetuning
from taojin.training.checkpoints import CheckpointStore
from taojin.training.finetuning import Finetuned, save_finetuned
from taojin.training.finetuning_config import (
    ClassifierFinetuningConfig,
    LanguageFinetuningConfig,
)
from taojin.training.metrics import MetricSink

Outputs = dict[str, Path | list[dict[str, Any]]]


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
        with atomic_directory(output) as folder:
            reason = {"skipped": "the corpus has no labelled examples for this task"}
            (folder / "skipped.json").write_text(json.dumps(reason), encoding="utf-8")
        return {"model": output, "history": []}
    finetuned = finetune()
    save_finetuned(finetuned, output)
    return {"model": output, "history": finetuned.history}
