"""Generation: prompts in, samples out."""

from taojin.pipelines.generation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
