"""Wiring of the generation stage of recordings."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.generation.audio_nodes import (
    generate_audio_clips,
)


def create_audio_pipeline() -> Pipeline:
    """Generator -> clips of every class by every speaker."""
    return Pipeline(
        [
            Node(
                func=generate_audio_clips,
                inputs={
                    "model": "audio_generator_model",
                    "config": "params:audio.generation",
                    "workspace": "workspace",
                },
                outputs="audio_generator_samples",
                name="generate_audio_clips",
                tags=["gpu", "cpu"],
            ),
        ],
        namespace="audio.generation",
        prefix_datasets_with_namespace=False,
    )
