"""Wiring of the export of a study."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.human_study.nodes import export_study


def create_pipeline(**kwargs: Any) -> Pipeline:
    """Sets of generated texts, held-out text -> blinded pairs, and their key."""
    return Pipeline(
        [
            Node(
                func=export_study,
                inputs={
                    "candidates": "candidate_texts",
                    "documents": "curated_documents",
                    "document_splits": "document_splits",
                    "workspace": "workspace",
                    "config": "params:evaluation",
                },
                outputs={"study": "human_study", "key": "human_study_key"},
                name="export_study",
                tags=["cpu"],
            )
        ],
        namespace="human_study",
        prefix_datasets_with_namespace=False,
    )
