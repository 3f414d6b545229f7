"""Wiring of the evaluation of images and recordings."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.media_evaluation.nodes import (
    judge_media_candidates,
    render_media_page,
    take_media_inventory,
    train_media_extractor,
)

_JUDGING = "params:media_evaluation.judging"


def create_pipeline(**kwargs: Any) -> Pipeline:
    """Folders of generated and real items -> extractor -> report, page."""
    return Pipeline(
        [
            Node(
                func=take_media_inventory,
                inputs={"config": _JUDGING},
                outputs="media_inventory",
                name="take_media_inventory",
                tags=["cpu", "volatile"],
            ),
            Node(
                func=train_media_extractor,
                inputs={
                    "inventory": "media_inventory",
                    "config": _JUDGING,
                    "extractor": "params:media_evaluation.extractor",
                    "checkpoints": "media_extractor_checkpoints",
                    "workspace": "workspace",
                },
                outputs={
                    "model": "media_extractor_model",
                    "history": "media_extractor_history",
                },
                name="train_media_extractor",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=judge_media_candidates,
                inputs={
                    "inventory": "media_inventory",
                    "extractor": "media_extractor_model",
                    "config": _JUDGING,
                },
                outputs={"report": "media_report", "samples": "media_samples"},
                name="judge_media_candidates",
                tags=["cpu"],
            ),
            Node(
                func=render_media_page,
                inputs={"report": "media_report", "samples": "media_samples"},
                outputs="media_page",
                name="render_media_page",
                tags=["cpu"],
            ),
        ],
        namespace="media_evaluation",
        prefix_datasets_with_namespace=False,
    )
