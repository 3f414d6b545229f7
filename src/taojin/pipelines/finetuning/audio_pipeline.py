"""Wiring of the finetuning stage of recordings."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.finetuning.audio_nodes import (
    finetune_audio_generator,
)


def create_audio_pipeline() -> Pipeline:
    """Labelled clips + codec -> a generator of classes by speakers."""
    return Pipeline(
        [
            Node(
                func=finetune_audio_generator,
                inputs={
                    "tensors": "clip_tensors",
                    "codec": "audio_codec_model",
                    "config": "params:audio.finetuning.generator",
                    "checkpoints": "audio_generator_checkpoints",
                    "metrics": "audio_generator_metrics",
                    "workspace": "workspace",
                },
                outputs={
                    "model": "audio_generator_model",
                    "history": "audio_generator_history",
                },
                name="finetune_audio_generator",
                tags=["gpu", "cpu"],
            ),
        ],
        namespace="audio.finetuning",
        prefix_datasets_with_namespace=False,
    )
