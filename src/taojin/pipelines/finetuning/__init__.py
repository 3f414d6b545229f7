"""Finetuning: labelled examples in, one model a task out."""

from taojin.pipelines.finetuning.pipeline import create_pipeline

__all__ = ["create_pipeline"]
