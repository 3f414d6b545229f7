"""Wiring of the tuning stage."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.tuning.nodes import (
    report_scaling_law,
    report_search,
    search_hyperparameters,
    write_tuned_parameters,
)

_SETTINGS = {"config": "params:tuning", "pretraining": "params:pretraining"}


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
                    "engine": "params:engine",
                    "recorder": "tuning_recorder",
                    "workspace": "workspace",
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
        namespace="tuning",
        prefix_datasets_with_namespace=False,
    )
