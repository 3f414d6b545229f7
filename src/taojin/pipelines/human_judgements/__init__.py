"""Human judgements: filled-in tables of a study in, agreement and win rates out."""

from taojin.pipelines.human_judgements.pipeline import create_pipeline

__all__ = ["create_pipeline"]
