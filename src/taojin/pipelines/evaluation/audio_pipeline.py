"""Wiring of the evaluation stage of recordings."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.evaluation.audio_nodes import (
    judge_audio,
    render_audio_page,
    train_audio_extractor,
)


def create_audio_pipeline() -> Pipeline:
    """Generated and held-out clips -> scores with intervals, page."""
    return Pipeline(
        [
            Node(
                func=train_audio_extractor,
                inputs={
                    "tensors": "clip_tensors",
                    "config": "params:audio.evaluation.extractor",
                    "sounds": "params:audio.evaluation.sounds",
                    "checkpoints": "audio_extractor_checkpoints",
                    "workspace": "workspace",
                },
                outputs={
                    "model": "audio_extractor_model",
                    "history": "audio_extractor_history",
                },
                name="train_audio_extractor",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=judge_audio,
                inputs={
                    "tensors": "clip_tensors",
                    "extractor": "audio_extractor_model",
                    "samples": "audio_generator_samples",
                    "sounds": "params:audio.evaluation.sounds",
                    "config": "params:audio.evaluation.judging",
                    "workspace": "workspace",
                },
                outputs={
                    "report": "audio_axes_report",
                    "samples": "audio_shown",
                },
                name="judge_audio",
                tags=["cpu"],
            ),
            Node(
                func=render_audio_page,
                inputs={
                    "report": "audio_axes_report",
                    "samples": "audio_shown",
                },
                outputs="audio_page",
                name="render_audio_page",
                tags=["cpu"],
            ),
        ],
        namespace="audio.evaluation",
        prefix_datasets_with_namespace=False,
    )
