"""Tuning: settings of pretraining in, the best of them out."""

from taojin.pipelines.tuning.pipeline import create_pipeline

__all__ = ["create_pipeline"]
