"""Adapters from catalogue names to learning from few labels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from plotly.graph_objects import Figure

from taojin.core.shards import Shards
from taojin.evaluation.baselines import BaselineConfig, majority_labels, tfidf_labels
from taojin.evaluation.config import EvaluationConfig
from taojin.models.prediction import predict_labels
from taojin.models.storage import load_classifier, load_tokenizer
from taojin.reporting.label_figure import label_efficiency_figure
from taojin.training.finetuning_config import ClassifierFinetuningConfig
from taojin.training.semi_supervised import suggestions
from taojin.training.semi_supervised.config import SemiSupervisedConfig
from taojin.training.semi_supervised.label_efficiency import (
    Rival,
    Setting,
    measure_label_efficiency,
)
from taojin.training.semi_supervised.pool import unlabelled_documents
from taojin.training.semi_supervised.representation import represent
from taojin.training.semi_supervised.rivals import finetuned_rivals

_TASK = "topic"


def answer_unlabelled_documents(
    examples: pd.DataFrame,
    documents: Shards,
    document_splits: pd.DataFrame,
    base: Path,
    config: SemiSupervisedConfig,
) -> dict[str, pd.DataFrame | str]:
    """Label what is sure, and say what a person should label next.

    See :func:`taojin.training.semi_supervised.suggestions.answer_pool`.
    """
    pool = unlabelled_documents(
        documents,
        document_splits,
        set(examples["document_id"]),
        max_documents=config.max_pool_documents,
        max_text_chars=config.max_text_chars,
    )
    pseudo_labels, chosen = suggestions.no_pseudo_labels(), suggestions.no_suggestions()
    if len(examples) and len(pool):
        texts = [*examples["text"], *pool["text"]]
        learn_from = np.ones(len(texts), dtype=bool)
        learn_from[: len(examples)] = examples["split"] == "train"
        features = represent(texts, learn_from, base, config.representation)
        pseudo_labels, chosen = suggestions.answer_pool(
            examples, pool, features, config
        )
    return {
        "pseudo_labels": pseudo_labels,
        "suggestions": suggestions.suggestions_as_csv(chosen),
    }


def add_pseudo_labels(
    examples: pd.DataFrame, pseudo_labels: pd.DataFrame, config: SemiSupervisedConfig
) -> pd.DataFrame:
    """Add pseudo-labels to the examples, if the configuration wants them.

    See :func:`taojin.training.semi_supervised.suggestions.add_pseudo_labels`.
    """
    added = pseudo_labels if config.use_pseudo_labels else pseudo_labels.iloc[:0]
    return suggestions.add_pseudo_labels(examples, added)


def measure_labels(
    examples: pd.DataFrame,
    base: Path,
    finetuned: Path,
    from_scratch: Path,
    config: SemiSupervisedConfig,
    task: ClassifierFinetuningConfig,
    evaluation: EvaluationConfig,
) -> dict[str, dict[str, Any] | Figure]:
    """Measure what labels are worth.

    See :func:`taojin.training.semi_supervised.label_efficiency.measure_label_efficiency`.
    """
    report: dict[str, Any] = {}
    if len(examples):
        train = (examples["split"] == "train").to_numpy()
        texts = [str(text) for text in examples["text"]]
        features = represent(texts, train, base, config.representation)
        trained = {"finetuned": finetuned, "from_scratch": from_scratch}
        if config.use_pseudo_labels:  # they saw more than all labels
            trained = {}
        asked = list(examples.loc[examples["split"] == "test", "text"])
        setting = Setting(
            examples,
            features,
            {
                **_floors(evaluation.baselines),
                **finetuned_rivals(base, task, config.label_efficiency.finetuned),
            },
            {name: _predicted(folder, asked) for name, folder in trained.items()},
        )
        report = {"task": _TASK, **measure_label_efficiency(setting, config)}
    return {"report": report, "figure": label_efficiency_figure(report)}


def _floors(baselines: BaselineConfig) -> dict[str, Rival]:
    def by_words(known: pd.DataFrame, texts: Sequence[str]) -> list[str]:
        return tfidf_labels(known.loc[known["split"] == "train", :], texts, baselines)

    def by_frequency(known: pd.DataFrame, texts: Sequence[str]) -> list[str]:
        train = known.loc[known["split"] == "train", "label"]
        return majority_labels(list(train), len(texts))

    return {
        "tfidf_logistic_regression": Rival(by_words, has_all_labels=True),
        "majority": Rival(by_frequency, has_all_labels=True),
    }


def _predicted(folder: Path, texts: Sequence[str]) -> list[str]:
    answers = predict_labels(load_classifier(folder), load_tokenizer(folder), texts)
    return [str(label) for label in answers.idxmax(axis=1)]
