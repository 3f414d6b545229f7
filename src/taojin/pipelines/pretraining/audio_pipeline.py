"""Wiring of the pretraining stage of recordings."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.pretraining.audio_nodes import (
    pretrain_audio_codec,
)


def create_audio_pipeline() -> Pipeline:
    """Clips -> codec."""
    return Pipeline(
        [
            Node(
                func=pretrain_audio_codec,
                inputs={
                    "tensors": "clip_tensors",
                    "config": "params:audio.pretraining.codec",
                    "checkpoints": "audio_codec_checkpoints",
                    "metrics": "audio_codec_metrics",
                    "workspace": "workspace",
                },
                outputs={
                    "model": "audio_codec_model",
                    "history": "audio_codec_history",
                },
                name="pretrain_audio_codec",
                tags=["gpu", "cpu"],
            ),
        ],
        namespace="audio.pretraining",
        prefix_datasets_with_namespace=False,
    )
