"""Wiring of the import of judgements."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.human_judgements.nodes import (
    import_judgements,
    render_human_page,
    take_judgement_inventory,
)


def create_pipeline(**kwargs: Any) -> Pipeline:
    """Filled-in tables, the study's key -> what people prefer, and how they agree; a page."""
    return Pipeline(
        [
            Node(
                func=take_judgement_inventory,
                inputs={"config": "params:evaluation.human"},
                outputs="judgement_inventory",
                name="take_judgement_inventory",
                tags=["cpu", "volatile"],
            ),
            Node(
                func=import_judgements,
                inputs={
                    "key": "human_study_key",
                    "inventory": "judgement_inventory",
                    "config": "params:evaluation",
                },
                outputs="human_report",
                name="import_judgements",
                tags=["cpu"],
            ),
            Node(
                func=render_human_page,
                inputs={"findings": "human_report"},
                outputs="human_page",
                name="render_human_page",
                tags=["cpu"],
            ),
        ],
        namespace="human_judgements",
        prefix_datasets_with_namespace=False,
    )
