"""Wiring of the release stage."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.release.nodes import (
    collect_reports,
    decide_release,
    describe_model,
    draw_figures,
    render_reports,
    write_dataset_card,
    write_model_card,
)

_REPORTS = {
    "ingestion": "ingestion_report",
    "curation": "curation_report",
    "evaluation": "evaluation_report",
}


def create_pipeline(**kwargs: Any) -> Pipeline:
    """Reports -> decision, cards of model and data, page, summary."""
    return Pipeline(
        [
            Node(
                func=decide_release,
                inputs={**_REPORTS, "config": "params:release.gate"},
                outputs="release_decision",
                name="decide_release",
                tags=["cpu"],
            ),
            Node(
                func=describe_model,
                inputs={
                    "model": "pretrained_model",
                    "config": "params:pretraining",
                    "history": "pretraining_history",
                },
                outputs="model_report",
                name="describe_model",
                tags=["cpu"],
            ),
            Node(
                func=write_model_card,
                inputs={
                    **_REPORTS,
                    "decision": "release_decision",
                    "model": "model_report",
                    "config": "params:release.card",
                    "provenance": "provenance",
                },
                outputs="model_card",
                name="write_model_card",
                tags=["cpu"],
            ),
            Node(
                func=write_dataset_card,
                inputs={
                    "curated": "curated_documents",
                    "sources": "params:sources",
                    "curation": "curation_report",
                    "ingestion": "ingestion_report",
                    "config": "params:release.dataset_card",
                    "provenance": "provenance",
                },
                outputs={"croissant": "dataset_croissant", "card": "dataset_card"},
                name="write_dataset_card",
                tags=["cpu"],
            ),
            Node(
                func=draw_figures,
                inputs={
                    "history": "pretraining_history",
                    "curation": "curation_report",
                    "evaluation": "evaluation_report",
                },
                outputs={
                    "loss": "loss_figure",
                    "waterfall": "waterfall_figure",
                    "scores": "scores_figure",
                },
                name="draw_figures",
                tags=["cpu"],
            ),
            Node(
                func=collect_reports,
                inputs={
                    **_REPORTS,
                    "label_efficiency": "label_efficiency_report",
                    "decision": "release_decision",
                    "model": "model_report",
                },
                outputs="run_report",
                name="collect_reports",
                tags=["cpu"],
            ),
            Node(
                func=render_reports,
                inputs={
                    "reports": "run_report",
                    "pretraining_history": "pretraining_history",
                    "topic_history": "topic_history",
                    "description_history": "description_history",
                    "checks": "data_checks",
                    "lineage": "lineage",
                    "provenance": "provenance",
                },
                outputs={"page": "html_report", "summary": "run_summary"},
                name="render_reports",
                tags=["cpu"],
            ),
        ],
        namespace="release",
        prefix_datasets_with_namespace=False,
    )
