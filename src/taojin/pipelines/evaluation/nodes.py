"""Adapters from catalogue names to the evaluation library.

A task without labelled examples has an empty section: Kedro does not save null.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from taojin.core.shards import Shards
from taojin.curation.personal_data import find
from taojin.evaluation import report
from taojin.evaluation.compressors import compressor_losses
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.likelihood import document_losses, unigram_losses
from taojin.features.splits import texts_of_split
from taojin.features.tokens import TokenShards
from taojin.models.encoding import encode
from taojin.models.prediction import predict_labels, score_targets
from taojin.models.storage import (
    load_classifier,
    load_language_model,
    load_tokenizer,
)

Json = dict[str, Any]

HELD_OUT = "test"
_PREDICTORS = ("finetuned", "from_scratch")


def score_held_out(
    model: Path,
    tokens: TokenShards,
    documents: Shards,
    document_splits: pd.DataFrame,
    config: EvaluationConfig,
) -> pd.DataFrame:
    """Score held-out documents by the model and by what it must beat."""
    language_model = load_language_model(model)
    context_length = language_model.shape.max_position_embeddings
    losses = {
        "pretrained": document_losses(
            language_model, tokens, HELD_OUT, context_length, config.likelihood
        ),
        "unigram": unigram_losses(tokens, HELD_OUT),
        **compressor_losses(documents, document_splits, HELD_OUT, config.compressors),
    }
    frames = [frame.assign(model=name) for name, frame in losses.items()]
    return pd.concat(frames, ignore_index=True)


def predict_topics(
    examples: pd.DataFrame, finetuned: Path, from_scratch: Path
) -> pd.DataFrame:
    """Predict the topic of held-out examples by both classifiers."""
    held_out = _held_out(examples)
    predictions = {"document_id": held_out["document_id"]}
    for name, folder in zip(_PREDICTORS, (finetuned, from_scratch), strict=True):
        predictions[name] = pd.Series(dtype="str")
        if not held_out.empty:
            probabilities = predict_labels(
                load_classifier(folder), load_tokenizer(folder), list(held_out["text"])
            )
            predictions[name] = probabilities.idxmax(axis=1).set_axis(held_out.index)
    return pd.DataFrame(predictions).reset_index(drop=True)


def score_descriptions(
    examples: pd.DataFrame, finetuned: Path, from_scratch: Path
) -> pd.DataFrame:
    """Score held-out descriptions, given their signatures, by both models."""
    held_out = _held_out(examples)
    columns = {"document_id": "str", "nats": float, "num_bytes": int, "model": "str"}
    frames = [pd.DataFrame(columns=list(columns)).astype(columns)]
    if not held_out.empty:
        frames = [
            score_targets(
                load_language_model(folder), load_tokenizer(folder), held_out
            ).assign(model=name)
            for name, folder in zip(_PREDICTORS, (finetuned, from_scratch), strict=True)
        ]
    return pd.concat(frames, ignore_index=True)


def judge_held_out(losses: pd.DataFrame, config: EvaluationConfig) -> Json:
    """Compare; see :func:`taojin.evaluation.report.judge_held_out`."""
    return report.judge_held_out(_by_model(losses), config)


def judge_topics(
    examples: pd.DataFrame, predictions: pd.DataFrame, config: EvaluationConfig
) -> Json:
    """Compare; see :func:`taojin.evaluation.report.judge_topics`."""
    answers = {name: list(predictions[name]) for name in _PREDICTORS}
    return report.judge_topics(examples, answers, config, HELD_OUT) or {}


def judge_descriptions(
    examples: pd.DataFrame,
    predictions: pd.DataFrame,
    losses: pd.DataFrame,
    config: EvaluationConfig,
) -> Json:
    """Compare; see :func:`taojin.evaluation.report.judge_descriptions`."""
    answers = {name: list(predictions[name]) for name in _PREDICTORS}
    section = report.judge_descriptions(examples, answers, _by_model(losses), config)
    return section or {}


def judge_samples(
    samples: list[Json],
    model: Path,
    tokens: TokenShards,
    documents: Shards,
    document_splits: pd.DataFrame,
    config: EvaluationConfig,
) -> Json:
    """Audit; see :func:`taojin.evaluation.report.judge_samples`."""
    tokenizer = load_tokenizer(model)
    frame = pd.DataFrame(samples)
    return report.judge_samples(
        frame,
        [np.array(encode(tokenizer, text)) for text in frame["text"]],
        texts_of_split(documents, document_splits, HELD_OUT),
        tokens.tokens("train"),
        find,
        config,
        tokens.document_tokens(HELD_OUT),
    )


def assemble_evaluation(
    held_out: Json,
    topic: Json,
    description: Json,
    samples: Json,
    config: EvaluationConfig,
) -> Json:
    """Put the sections together; see :func:`taojin.evaluation.report.assemble_report`."""
    return report.assemble_report(
        held_out, topic or None, description or None, samples, config.intervals
    )


def _by_model(losses: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        str(name): frame.drop(columns="model").reset_index(drop=True)
        for name, frame in losses.groupby("model", sort=False)
    }


def _held_out(examples: pd.DataFrame) -> pd.DataFrame:
    return examples.loc[examples["split"] == HELD_OUT]
