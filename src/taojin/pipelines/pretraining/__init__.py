"""Pretraining: tokens in, a language model out."""

from taojin.pipelines.pretraining.pipeline import create_pipeline

__all__ = ["create_pipeline"]
