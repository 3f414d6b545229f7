"""Wiring of the curation stage."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.curation.nodes import (
    apply_decisions,
    decide_documents,
    find_duplicates,
    measure_signals,
    report_curation,
)


def create_pipeline(**kwargs: Any) -> Pipeline:
    """Documents -> signals -> decisions -> curated and dropped documents + report."""
    return Pipeline(
        [
            Node(
                func=measure_signals,
                inputs={
                    "documents": "raw_documents",
                    "config": "params:curation.signals",
                    "engine": "params:engine",
                    "workspace": "workspace",
                },
                outputs="signals",
                name="measure_signals",
                tags=["cpu"],
            ),
            Node(
                func=find_duplicates,
                inputs={
                    "measured": "signals",
                    "config": "params:curation.duplicates",
                },
                outputs="duplicate_clusters",
                name="find_duplicates",
                tags=["cpu"],
            ),
            Node(
                func=decide_documents,
                inputs={
                    "measured": "signals",
                    "clusters": "duplicate_clusters",
                    "rules": "params:curation.rules",
                    "copies": "params:curation.duplicates",
                    "policy": "params:licence_policy",
                    "workspace": "workspace",
                },
                outputs="decisions",
                name="decide_documents",
                tags=["cpu"],
            ),
            Node(
                func=apply_decisions,
                inputs={
                    "documents": "raw_documents",
                    "decided": "decisions",
                    "config": "params:curation.personal_data",
                    "engine": "params:engine",
                    "workspace": "workspace",
                },
                outputs={
                    "curated": "curated_documents",
                    "dropped": "dropped_documents",
                },
                name="apply_decisions",
                tags=["cpu"],
            ),
            Node(
                func=report_curation,
                inputs={
                    "documents": "raw_documents",
                    "measured": "signals",
                    "decided": "decisions",
                    "clusters": "duplicate_clusters",
                    "rules": "params:curation.rules",
                    "policy": "params:licence_policy",
                },
                outputs="curation_report",
                name="report_curation",
                tags=["cpu"],
            ),
        ],
        namespace="curation",
        prefix_datasets_with_namespace=False,
    )
