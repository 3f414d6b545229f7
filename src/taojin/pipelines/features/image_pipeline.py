"""Wiring of the features stage of images."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.features.media_nodes import (
    make_image_tensors,
    split_images,
)


def create_image_pipeline() -> Pipeline:
    """Curated images -> splits -> tensors of one form."""
    return Pipeline(
        [
            Node(
                func=split_images,
                inputs={
                    "images": "curated_images",
                    "clusters": "image_clusters",
                    "config": "params:image.features.splits",
                },
                outputs="image_splits",
                name="split_images",
                tags=["cpu"],
            ),
            Node(
                func=make_image_tensors,
                inputs={
                    "images": "curated_images",
                    "splits": "image_splits",
                    "config": "params:image.features.tensors",
                    "workspace": "workspace",
                },
                outputs="image_tensors",
                name="make_image_tensors",
                tags=["cpu"],
            ),
        ],
        namespace="image.features",
        prefix_datasets_with_namespace=False,
    )
