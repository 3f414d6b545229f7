"""Release: reports in, a decision, a model card and a page for people out."""

from taojin.pipelines.release.pipeline import create_pipeline

__all__ = ["create_pipeline"]
