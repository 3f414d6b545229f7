"""Wiring of the finetuning stage."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.finetuning.labels import (
    add_pseudo_labels,
    answer_unlabelled_documents,
    measure_labels,
)
from taojin.pipelines.finetuning.nodes import (
    finetune_descriptions,
    finetune_topics,
    train_descriptions_from_scratch,
    train_topics_from_scratch,
)
from taojin.pipelines.finetuning.tasks import (
    finetune_head,
    finetune_instructions,
    gather_flagged_examples,
    measure_head,
    measure_penalty,
    train_against_flagged,
    tune_on_preferences,
)

_INSTRUCTED = {"instructed": "instruction_model"}


def create_text_pipeline() -> Pipeline:
    """Labelled examples + pretrained model -> one model a task, and its rival.

    Beside them: what a person should label next, pseudo-labels, and what labels are
    worth; and tasks on a user's own examples, which do nothing until they are enabled.
    """
    return Pipeline(
        [
            *_few_labels(),
            _training(finetune_topics, "topic", "training_topics", "topic"),
            _training(
                train_topics_from_scratch,
                "topic",
                "training_topics",
                "topic_from_scratch",
            ),
            _training(
                finetune_descriptions,
                "description",
                "labelled_descriptions",
                "description",
            ),
            _training(
                train_descriptions_from_scratch,
                "description",
                "labelled_descriptions",
                "description_from_scratch",
            ),
            *_own_examples(),
            *_penalty(),
        ],
        namespace="text.finetuning",
        prefix_datasets_with_namespace=False,
    )


def _training(
    function: Callable[..., Any], task: str, examples: str, model: str
) -> Node:
    """One training; ``<model>_model`` and ``<model>_history`` are what it makes."""
    return Node(
        func=function,
        inputs={
            "examples": examples,
            "base": "pretrained_model",
            "config": f"params:finetuning.{task}",
            "checkpoints": f"{model}_checkpoints",
            "metrics": f"{model}_finetuning_metrics",
            "workspace": "workspace",
        },
        outputs={"model": f"{model}_model", "history": f"{model}_history"},
        name=function.__name__,
        tags=["gpu", "cpu"],
    )


def _few_labels() -> list[Node]:
    """Learning from few labels, and measuring what they are worth."""
    config = "params:finetuning.semi_supervised"
    return [
        Node(
            func=answer_unlabelled_documents,
            inputs={
                "examples": "labelled_topics",
                "documents": "curated_documents",
                "document_splits": "document_splits",
                "base": "pretrained_model",
                "config": config,
            },
            outputs={
                "pseudo_labels": "topic_pseudo_labels",
                "suggestions": "topic_label_suggestions",
            },
            name="answer_unlabelled_documents",
            tags=["gpu", "cpu"],
        ),
        Node(
            func=add_pseudo_labels,
            inputs={
                "examples": "labelled_topics",
                "pseudo_labels": "topic_pseudo_labels",
                "config": config,
            },
            outputs="training_topics",
            name="add_pseudo_labels",
            tags=["cpu"],
        ),
        Node(
            func=measure_labels,
            inputs={
                "examples": "labelled_topics",
                "base": "pretrained_model",
                "finetuned": "topic_model",
                "from_scratch": "topic_from_scratch_model",
                "config": config,
                "task": "params:finetuning.topic",
                "evaluation": "params:evaluation",
            },
            outputs={
                "report": "label_efficiency_report",
                "figure": "label_efficiency_figure",
            },
            name="measure_labels",
            tags=["gpu", "cpu"],
        ),
    ]


def _task(
    function: Callable[..., Any],
    task: str,
    examples: str,
    more: dict[str, str] | None = None,
) -> Node:
    """A task on own examples; ``<task>_model`` and ``<task>_history`` come of it."""
    return Node(
        func=function,
        inputs={
            "examples": examples,
            "pretrained": "pretrained_model",
            **(more or {}),
            "config": f"params:finetuning.{task}",
            "checkpoints": f"{task}_checkpoints",
            "metrics": f"{task}_finetuning_metrics",
            "workspace": "workspace",
        },
        outputs={"model": f"{task}_model", "history": f"{task}_history"},
        name=function.__name__,
        tags=["gpu", "cpu"],
    )


def _own_examples() -> list[Node]:
    """Heads, instructions and preferences."""
    return [
        _task(finetune_head, "head", "head_examples"),
        Node(
            func=measure_head,
            inputs={
                "examples": "head_examples",
                "model": "head_model",
                "config": "params:finetuning.head",
                "evaluation": "params:evaluation",
            },
            outputs="head_report",
            name="measure_head",
            tags=["gpu", "cpu"],
        ),
        _task(finetune_instructions, "instruction", "instruction_examples"),
        _task(tune_on_preferences, "preference", "preference_examples", _INSTRUCTED),
    ]


def _penalty() -> list[Node]:
    """A penalty on flagged text, and what it changes."""
    config, harm = "params:finetuning.unlikelihood", "params:finetuning.harm"
    return [
        Node(
            func=gather_flagged_examples,
            inputs={
                "examples": "unlikelihood_examples",
                "dropped": "dropped_documents",
                "documents": "curated_documents",
                "document_splits": "document_splits",
                "config": config,
                "harm": harm,
            },
            outputs="flagged_texts",
            name="gather_flagged_examples",
            tags=["cpu"],
        ),
        _task(train_against_flagged, "unlikelihood", "flagged_texts", _INSTRUCTED),
        Node(
            func=measure_penalty,
            inputs={
                "examples": "flagged_texts",
                "pretrained": "pretrained_model",
                **_INSTRUCTED,
                "penalised": "unlikelihood_model",
                "config": config,
                "samples": "params:finetuning.harm_samples",
                "harm": harm,
            },
            outputs="unlikelihood_report",
            name="measure_penalty",
            tags=["gpu", "cpu"],
        ),
    ]
