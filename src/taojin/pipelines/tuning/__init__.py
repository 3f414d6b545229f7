"""Tuning: settings of a training in, the best of them out."""

from taojin.pipelines.tuning.pipeline import create_pipeline, create_topic_pipeline

__all__ = ["create_pipeline", "create_topic_pipeline"]
