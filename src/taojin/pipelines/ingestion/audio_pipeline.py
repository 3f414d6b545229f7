"""Wiring of the ingestion stage of recordings."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.ingestion.media_nodes import (
    read_clips,
    take_clip_inventory,
)


def create_audio_pipeline() -> Pipeline:
    """Sources of recordings -> inventory -> raw clips + rejected files + report."""
    return Pipeline(
        [
            Node(
                func=take_clip_inventory,
                inputs={
                    "sources": "params:media_sources",
                    "config": "params:audio.ingestion",
                    "policy": "params:licence_policy",
                },
                outputs="clip_inventory",
                name="take_clip_inventory",
                tags=["cpu", "volatile"],
            ),
            Node(
                func=read_clips,
                inputs={
                    "sources": "params:media_sources",
                    "inventory": "clip_inventory",
                    "config": "params:audio.ingestion",
                    "engine": "params:engine",
                    "workspace": "workspace",
                },
                outputs={
                    "items": "raw_clips",
                    "rejected": "rejected_clips",
                    "report": "clip_ingestion_report",
                },
                name="read_clips",
                tags=["cpu"],
            ),
        ],
        namespace="audio.ingestion",
        prefix_datasets_with_namespace=False,
    )
