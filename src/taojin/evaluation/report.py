"""Judgements of text models, assembled into one JSON-able report.

One function a section; each takes plain data, so that a pipeline, a notebook and a
test call the same thing. A section whose examples the corpus does not have is null.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from taojin.core.errors import CountMismatchError
from taojin.evaluation.audits.personal_data import (
    FindPersonalData,
    audit_personal_data,
    require_samples,
)
from taojin.evaluation.audits.verbatim_copies import audit_copies
from taojin.evaluation.baselines import (
    majority_labels,
    most_frequent_target,
    nearest_targets,
    tfidf_labels,
)
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.diversity import measure_diversity
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.likelihood import bits_per_byte
from taojin.evaluation.tasks import accuracy, class_table, macro_f1, mean_rouge_l

_NUM_EXAMPLES = 8
"""Examples of generated text that the report shows."""


def judge_held_out(
    losses: Mapping[str, pd.DataFrame], config: EvaluationConfig
) -> dict[str, Any]:
    """Compare models and baselines by bits per byte of the same held-out documents.

    Args:
        losses: By name (``pretrained``, ``unigram``, ``lzma``, ``zlib``): frames of
            ``document_id``, ``nats``, ``num_bytes``.
        config: Intervals.

    Returns:
        ``num_documents``, ``num_bytes``, ``bits_per_byte`` by name.

    Raises:
        CountMismatchError: If they were not measured on the same documents.
    """
    first_name, first = next(iter(losses.items()))
    for name, frame in losses.items():
        if frame["document_id"].tolist() != first["document_id"].tolist():
            message = (
                f"evaluation: {name} was measured on {len(frame)} held-out documents, "
                f"{first_name} on {len(first)} others; measure all on the same"
            )
            raise CountMismatchError(message)
    return {
        "num_documents": len(first),
        "num_bytes": int(first["num_bytes"].to_numpy().sum()),
        "bits_per_byte": {
            name: bits_per_byte(frame, config.intervals).model_dump()
            for name, frame in losses.items()
        },
    }


def judge_topics(
    examples: pd.DataFrame,
    predictions: Mapping[str, Sequence[str]],
    config: EvaluationConfig,
    split: str = "test",
) -> dict[str, Any] | None:
    """Score topic predictions beside the baselines.

    Args:
        examples: ``text``, ``label``, ``split``.
        predictions: By model name (``finetuned``, ``from_scratch``): a label for
            each example of the split, in order.
        config: Baselines and intervals.
        split: Which examples are scored.

    Returns:
        The topic section; None if there are no examples.
    """
    train, test = _train_and_held_out(examples, split)
    if not len(test) or not len(train):
        return None
    references = test["label"].tolist()
    answers = {
        **{name: list(answer) for name, answer in predictions.items()},
        "tfidf_logistic_regression": tfidf_labels(
            train, test["text"].tolist(), config.baselines
        ),
        "majority": majority_labels(train["label"].tolist(), len(test)),
    }
    best = next(iter(answers))
    labels = sorted(set(examples["label"]))
    return {
        "metric": "accuracy",
        "num_examples": len(test),
        "num_train_examples": len(train),
        "num_classes": len(labels),
        "labels": labels,
        "scores": {
            name: accuracy(references, answer, config.intervals).model_dump()
            for name, answer in answers.items()
        },
        "macro_f1": {
            name: macro_f1(references, answer, config.intervals).model_dump()
            for name, answer in answers.items()
        },
        "classes": class_table(references, answers[best]),
    }


def judge_descriptions(
    examples: pd.DataFrame,
    generated: Mapping[str, Sequence[str]],
    losses: Mapping[str, pd.DataFrame],
    config: EvaluationConfig,
    split: str = "test",
) -> dict[str, Any] | None:
    """Score generated descriptions beside the baselines.

    Args:
        examples: ``prompt``, ``target``, ``split``.
        generated: By model name (``finetuned``, ``from_scratch``): a description for
            each example of the split, in order.
        losses: By model name: ``nats`` and ``num_bytes`` of the targets; may be empty.
        config: Baselines and intervals.
        split: Which examples are scored.

    Returns:
        The description section; None if there are no examples.
    """
    train, test = _train_and_held_out(examples, split)
    if not len(test) or not len(train):
        return None
    references, prompts = test["target"].tolist(), test["prompt"].tolist()
    targets = train["target"].tolist()
    answers = {
        **{name: list(texts) for name, texts in generated.items()},
        "tfidf_nearest_neighbour": nearest_targets(train, prompts, config.baselines),
        "most_frequent": most_frequent_target(targets, len(test)),
    }
    shown = next(iter(answers.values()))
    return {
        "metric": "rouge_l",
        "num_examples": len(test),
        "num_train_examples": len(train),
        "scores": {
            name: mean_rouge_l(references, texts, config.intervals).model_dump()
            for name, texts in answers.items()
        },
        "bits_per_byte": {
            name: bits_per_byte(frame, config.intervals).model_dump()
            for name, frame in losses.items()
        },
        "examples": [
            {"prompt": prompt, "reference": reference, "generated": text}
            for prompt, reference, text in zip(prompts, references, shown, strict=True)
        ][:_NUM_EXAMPLES],
    }


def judge_samples(
    samples: pd.DataFrame,
    sample_tokens: Sequence[np.ndarray],
    reference_texts: Sequence[str],
    train_tokens: np.ndarray,
    find_personal_data: FindPersonalData,
    config: EvaluationConfig,
    reference_tokens: Sequence[np.ndarray] = (),
) -> dict[str, Any]:
    """Judge free samples: diversity beside real text, copies, personal data.

    Args:
        samples: ``prompt`` and ``text``, the prompt left out of the text.
        sample_tokens: Token ids of each text.
        reference_texts: Held-out real texts.
        train_tokens: Token ids of the train split.
        find_personal_data: Finds personal data in a text.
        config: All settings.
        reference_tokens: Token ids of held-out real texts. Real text repeats the
            train text too (licences, set phrases); as many of them as there are
            samples, cut to the same lengths, show how much is usual.

    Returns:
        The samples section. ``legality.verbatim_copy_rate_reference`` is null
        without reference tokens.

    Raises:
        DataError: If there are no samples, or too few for diversity.
    """
    texts = samples["text"].tolist()
    require_samples(texts)
    confidence = config.intervals.confidence
    usual = [
        real[: len(sample)]
        for real, sample in zip(reference_tokens, sample_tokens, strict=False)
    ]
    copies, usual_copies = (
        audit_copies(some, train_tokens, config.legality, confidence)
        for some in (sample_tokens, usual)
    )
    return {
        "num_samples": len(samples),
        "diversity": measure_diversity(
            texts, reference_texts, config.diversity, config.intervals
        ),
        "legality": {
            **copies,
            "verbatim_copy_rate_reference": (
                usual_copies["verbatim_copy_rate"] if usual else None
            ),
            **audit_personal_data(texts, find_personal_data, confidence),
        },
        "examples": [
            {"prompt": prompt, "text": text}
            for prompt, text in zip(samples["prompt"], texts, strict=True)
        ][:_NUM_EXAMPLES],
    }


def assemble_report(
    held_out: dict[str, Any],
    topic: dict[str, Any] | None,
    description: dict[str, Any] | None,
    samples: dict[str, Any],
    intervals: IntervalConfig,
) -> dict[str, Any]:
    """Put the sections together; a task without examples is left out."""
    tasks = {"topic": topic, "description": description}
    return {
        "held_out": held_out,
        "tasks": {name: task for name, task in tasks.items() if task is not None},
        "samples": samples,
        "intervals": intervals.model_dump(),
    }


def _train_and_held_out(
    examples: pd.DataFrame, split: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    belongs = examples["split"].to_numpy()
    return examples.loc[belongs == "train"], examples.loc[belongs == split]
