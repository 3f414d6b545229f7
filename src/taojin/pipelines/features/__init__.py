"""Features: curated documents in, splits, tokens and labelled examples out."""

from taojin.pipelines.features.pipeline import create_pipeline

__all__ = ["create_pipeline"]
