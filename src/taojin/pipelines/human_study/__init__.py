"""Human study: sets of generated texts in, blinded pairs for people out."""

from taojin.pipelines.human_study.pipeline import create_pipeline

__all__ = ["create_pipeline"]
