"""Wiring of the features stage of recordings."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.features.media_nodes import (
    make_clip_tensors,
    split_clips,
)


def create_audio_pipeline() -> Pipeline:
    """Curated clips -> splits -> samples at one rate."""
    return Pipeline(
        [
            Node(
                func=split_clips,
                inputs={
                    "clips": "curated_clips",
                    "clusters": "clip_clusters",
                    "config": "params:audio.features.splits",
                },
                outputs="clip_splits",
                name="split_clips",
                tags=["cpu"],
            ),
            Node(
                func=make_clip_tensors,
                inputs={
                    "clips": "curated_clips",
                    "splits": "clip_splits",
                    "config": "params:audio.features.tensors",
                    "workspace": "workspace",
                },
                outputs="clip_tensors",
                name="make_clip_tensors",
                tags=["cpu"],
            ),
        ],
        namespace="audio.features",
        prefix_datasets_with_namespace=False,
    )
