"""Wiring of the finetuning stage."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.finetuning.nodes import (
    finetune_descriptions,
    finetune_topics,
    train_descriptions_from_scratch,
    train_topics_from_scratch,
)


def create_pipeline(**kwargs: Any) -> Pipeline:
    """Labelled examples + pretrained model -> one model a task, and its rival."""
    return Pipeline(
        [
            _training(finetune_topics, "topic", "topics", "topic"),
            _training(
                train_topics_from_scratch, "topic", "topics", "topic_from_scratch"
            ),
            _training(
                finetune_descriptions, "description", "descriptions", "description"
            ),
            _training(
                train_descriptions_from_scratch,
                "description",
                "descriptions",
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
            "examples": f"labelled_{examples}",
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
