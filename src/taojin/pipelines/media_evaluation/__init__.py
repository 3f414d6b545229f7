"""Evaluation of images and recordings: folders in, scores with intervals out."""

from taojin.pipelines.media_evaluation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
