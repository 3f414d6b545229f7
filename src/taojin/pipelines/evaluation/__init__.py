"""Evaluation: models and held-out data in, scores with intervals out."""

from typing import Any

from kedro.pipeline import Pipeline

from taojin.pipelines.evaluation.audio_pipeline import create_audio_pipeline
from taojin.pipelines.evaluation.image_pipeline import create_image_pipeline
from taojin.pipelines.evaluation.pipeline import create_text_pipeline

__all__ = ["create_pipeline"]


def create_pipeline(**kwargs: Any) -> Pipeline:  # noqa: ARG001 - as Kedro calls it
    """The stage of every modality, each in its namespace."""
    return create_text_pipeline() + create_image_pipeline() + create_audio_pipeline()
