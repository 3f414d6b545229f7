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


def create_pipeline(**kwargs: Any) -> Pipeline:
    """Labelled examples + pretrained model -> one model a task, and its rival.

    Beside them: what a person should label next, pseudo-labels, and what labels are
    worth.
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
        ],
        namespace="finetuning",
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
