"""Wiring of the tuning stage."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.tuning.nodes import (
    report_scaling_law,
    report_search,
    report_topic_search,
    search_hyperparameters,
    search_topic_hyperparameters,
    write_tuned_parameters,
    write_tuned_topic_parameters,
)

_SETTINGS = {"config": "params:tuning", "pretraining": "params:pretraining"}
_TOPIC_SETTINGS = {"config": "params:topic_tuning", "topic": "params:finetuning.topic"}
_MEANS = {
    "engine": "params:engine",
    "recorder": "tuning_recorder",
    "workspace": "workspace",
}


def create_pipeline(**kwargs: Any) -> Pipeline:
    """Token shards -> trials -> report, figures, tuned parameters."""
    return Pipeline(
        [
            Node(
                func=search_hyperparameters,
                inputs={
                    "tokens": "token_shards",
                    "tokenizer": "tokenizer",
                    "signals": "signals",
                    **_MEANS,
                    **_SETTINGS,
                },
                outputs="tuning_trials",
                name="search_hyperparameters",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=write_tuned_parameters,
                inputs={
                    "trials": "tuning_trials",
                    "rules": "params:curation.rules",
                    **_SETTINGS,
                },
                outputs="tuned_parameters",
                name="write_tuned_parameters",
                tags=["cpu"],
            ),
            Node(
                func=report_search,
                inputs={"trials": "tuning_trials", **_SETTINGS},
                outputs={
                    "report": "tuning_report",
                    "importance": "tuning_importance_figure",
                    "coordinates": "tuning_coordinates_figure",
                },
                name="report_search",
                tags=["cpu"],
            ),
            Node(
                func=report_scaling_law,
                inputs={"trials": "tuning_trials", "config": "params:tuning"},
                outputs={
                    "report": "scaling_law_report",
                    "figure": "scaling_law_figure",
                },
                name="report_scaling_law",
                tags=["cpu"],
            ),
        ],
        namespace="text.tuning",
        prefix_datasets_with_namespace=False,
    )


def create_topic_pipeline(**kwargs: Any) -> Pipeline:
    """Labelled topics + pretrained model -> trials -> report, tuned parameters.

    A pipeline of its own: whoever searches pretraining need not have a model yet.
    """
    return Pipeline(
        [
            Node(
                func=search_topic_hyperparameters,
                inputs={
                    "examples": "labelled_topics",
                    "base": "pretrained_model",
                    **_MEANS,
                    **_TOPIC_SETTINGS,
                },
                outputs="topic_tuning_trials",
                name="search_topic_hyperparameters",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=write_tuned_topic_parameters,
                inputs={"trials": "topic_tuning_trials", **_TOPIC_SETTINGS},
                outputs="tuned_topic_parameters",
                name="write_tuned_topic_parameters",
                tags=["cpu"],
            ),
            Node(
                func=report_topic_search,
                inputs={"trials": "topic_tuning_trials", **_TOPIC_SETTINGS},
                outputs={
                    "report": "topic_tuning_report",
                    "importance": "topic_tuning_importance_figure",
                    "coordinates": "topic_tuning_coordinates_figure",
                },
                name="report_topic_search",
                tags=["cpu"],
            ),
        ],
        namespace="text.topic_tuning",
        prefix_datasets_with_namespace=False,
    )
