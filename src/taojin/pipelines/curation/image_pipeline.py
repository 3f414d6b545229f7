"""Wiring of the curation stage of images."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.curation.media_nodes import (
    decide_images,
    find_media_copies,
    measure_images,
    part_media,
    report_image_curation,
)


def create_image_pipeline() -> Pipeline:
    """Raw images -> signals -> copies -> decisions -> curated + dropped images + report."""
    return Pipeline(
        [
            Node(
                func=measure_images,
                inputs={
                    "images": "raw_images",
                    "engine": "params:engine",
                    "workspace": "workspace",
                },
                outputs="image_signals",
                name="measure_images",
                tags=["cpu"],
            ),
            Node(
                func=find_media_copies,
                inputs={
                    "signals": "image_signals",
                    "config": "params:image.curation.copies",
                },
                outputs="image_clusters",
                name="find_image_copies",
                tags=["cpu"],
            ),
            Node(
                func=decide_images,
                inputs={
                    "signals": "image_signals",
                    "clusters": "image_clusters",
                    "rules": "params:image.curation.rules",
                    "policy": "params:licence_policy",
                    "workspace": "workspace",
                },
                outputs="image_decisions",
                name="decide_images",
                tags=["cpu"],
            ),
            Node(
                func=part_media,
                inputs={
                    "items": "raw_images",
                    "decisions": "image_decisions",
                    "engine": "params:engine",
                    "workspace": "workspace",
                },
                outputs={
                    "kept": "curated_images",
                    "dropped": "dropped_images",
                },
                name="part_images",
                tags=["cpu"],
            ),
            Node(
                func=report_image_curation,
                inputs={
                    "items": "raw_images",
                    "signals": "image_signals",
                    "decisions": "image_decisions",
                    "clusters": "image_clusters",
                    "rules": "params:image.curation.rules",
                    "policy": "params:licence_policy",
                },
                outputs="image_curation_report",
                name="report_image_curation",
                tags=["cpu"],
            ),
        ],
        namespace="image.curation",
        prefix_datasets_with_namespace=False,
    )
