"""Wiring of the ingestion stage of images."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.ingestion.media_nodes import (
    read_images,
    take_image_inventory,
)


def create_image_pipeline() -> Pipeline:
    """Sources of images -> inventory -> raw images + rejected files + report."""
    return Pipeline(
        [
            Node(
                func=take_image_inventory,
                inputs={
                    "sources": "params:media_sources",
                    "config": "params:image.ingestion",
                    "policy": "params:licence_policy",
                },
                outputs="image_inventory",
                name="take_image_inventory",
                tags=["cpu", "volatile"],
            ),
            Node(
                func=read_images,
                inputs={
                    "sources": "params:media_sources",
                    "inventory": "image_inventory",
                    "config": "params:image.ingestion",
                    "engine": "params:engine",
                    "workspace": "workspace",
                },
                outputs={
                    "items": "raw_images",
                    "rejected": "rejected_images",
                    "report": "image_ingestion_report",
                },
                name="read_images",
                tags=["cpu"],
            ),
        ],
        namespace="image.ingestion",
        prefix_datasets_with_namespace=False,
    )
