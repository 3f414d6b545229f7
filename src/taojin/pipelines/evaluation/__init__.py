"""Evaluation: models and held-out data in, scores with intervals out."""

from taojin.pipelines.evaluation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
