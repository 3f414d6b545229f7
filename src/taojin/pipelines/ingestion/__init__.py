"""Ingestion: declared sources in, documents and rejected records out."""

from typing import Any

from kedro.pipeline import Pipeline

from taojin.pipelines.ingestion.audio_pipeline import create_audio_pipeline
from taojin.pipelines.ingestion.image_pipeline import create_image_pipeline
from taojin.pipelines.ingestion.pipeline import create_text_pipeline

__all__ = ["create_pipeline"]


def create_pipeline(**kwargs: Any) -> Pipeline:  # noqa: ARG001 - as Kedro calls it
    """The stage of every modality, each in its namespace."""
    return create_text_pipeline() + create_image_pipeline() + create_audio_pipeline()
