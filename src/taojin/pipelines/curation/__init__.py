"""Curation: raw documents in, curated documents and the reasons for the rest out."""

from taojin.pipelines.curation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
