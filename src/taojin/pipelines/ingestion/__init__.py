"""Ingestion: declared sources in, documents and rejected records out."""

from taojin.pipelines.ingestion.pipeline import create_pipeline

__all__ = ["create_pipeline"]
