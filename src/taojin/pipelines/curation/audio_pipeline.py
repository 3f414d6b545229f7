"""Wiring of the curation stage of recordings."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.curation.media_nodes import (
    decide_clips,
    find_media_copies,
    measure_clips,
    part_media,
    report_clip_curation,
)


def create_audio_pipeline() -> Pipeline:
    """Raw clips -> signals -> copies -> decisions -> curated + dropped clips + report."""
    return Pipeline(
        [
            Node(
                func=measure_clips,
                inputs={
                    "clips": "raw_clips",
                    "engine": "params:engine",
                    "workspace": "workspace",
                },
                outputs="clip_signals",
                name="measure_clips",
                tags=["cpu"],
            ),
            Node(
                func=find_media_copies,
                inputs={
                    "signals": "clip_signals",
                    "config": "params:audio.curation.copies",
                },
                outputs="clip_clusters",
                name="find_clip_copies",
                tags=["cpu"],
            ),
            Node(
                func=decide_clips,
                inputs={
                    "signals": "clip_signals",
                    "clusters": "clip_clusters",
                    "rules": "params:audio.curation.rules",
                    "policy": "params:licence_policy",
                    "workspace": "workspace",
                },
                outputs="clip_decisions",
                name="decide_clips",
                tags=["cpu"],
            ),
            Node(
                func=part_media,
                inputs={
                    "items": "raw_clips",
                    "decisions": "clip_decisions",
                    "engine": "params:engine",
                    "workspace": "workspace",
                },
                outputs={
                    "kept": "curated_clips",
                    "dropped": "dropped_clips",
                },
                name="part_clips",
                tags=["cpu"],
            ),
            Node(
                func=report_clip_curation,
                inputs={
                    "items": "raw_clips",
                    "signals": "clip_signals",
                    "decisions": "clip_decisions",
                    "clusters": "clip_clusters",
                    "rules": "params:audio.curation.rules",
                    "policy": "params:licence_policy",
                },
                outputs="clip_curation_report",
                name="report_clip_curation",
                tags=["cpu"],
            ),
        ],
        namespace="audio.curation",
        prefix_datasets_with_namespace=False,
    )
