"""Curation: raw documents in, curated documents and the reasons for the rest out."""

from typing import Any

from kedro.pipeline import Pipeline

from taojin.pipelines.curation.audio_pipeline import create_audio_pipeline
from taojin.pipelines.curation.image_pipeline import create_image_pipeline
from taojin.pipelines.curation.pipeline import create_text_pipeline

__all__ = ["create_pipeline"]


def create_pipeline(**kwargs: Any) -> Pipeline:  # noqa: ARG001 - as Kedro calls it
    """The stage of every modality, each in its namespace."""
    return create_text_pipeline() + create_image_pipeline() + create_audio_pipeline()
