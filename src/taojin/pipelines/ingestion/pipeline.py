"""Wiring of the ingestion stage."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.ingestion.nodes import (
    read_documents,
    read_evaluation_sets,
    take_evaluation_inventory,
    take_inventory,
)


def create_text_pipeline() -> Pipeline:
    """Sources -> inventory -> raw documents + rejected records + report; test sets alike."""
    return Pipeline(
        [
            Node(
                func=take_inventory,
                inputs={
                    "sources": "params:sources",
                    "config": "params:ingestion",
                    "policy": "params:licence_policy",
                },
                outputs="source_inventory",
                name="take_inventory",
                # What lies at the sources may change behind the catalogue's back.
                tags=["cpu", "volatile"],
            ),
            Node(
                func=read_documents,
                inputs={
                    "sources": "params:sources",
                    "inventory": "source_inventory",
                    "config": "params:ingestion",
                    "engine": "params:engine",
                    "workspace": "workspace",
                },
                outputs={
                    "documents": "raw_documents",
                    "rejected": "rejected_records",
                    "report": "ingestion_report",
                },
                name="read_documents",
                tags=["cpu"],
            ),
            Node(
                func=take_evaluation_inventory,
                inputs={
                    "evaluation_sets": "params:evaluation_sets",
                    "config": "params:ingestion",
                },
                outputs="evaluation_inventory",
                name="take_evaluation_inventory",
                tags=["cpu", "volatile"],
            ),
            Node(
                func=read_evaluation_sets,
                inputs={
                    "evaluation_sets": "params:evaluation_sets",
                    "inventory": "evaluation_inventory",
                    "config": "params:ingestion",
                    "engine": "params:engine",
                    "workspace": "workspace",
                },
                outputs="evaluation_documents",
                name="read_evaluation_sets",
                tags=["cpu"],
            ),
        ],
        namespace="text.ingestion",
        prefix_datasets_with_namespace=False,
    )
