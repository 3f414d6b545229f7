"""Wiring of the curation stage."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.curation.nodes import (
    apply_decisions,
    count_lines,
    find_contamination,
    find_duplicates,
    find_repeated_text,
    judge_documents,
    measure_signals,
    repair_documents,
    report_curation,
    settle_decisions,
    train_quality_model,
    train_trusted_model,
)

_MEANS = {"engine": "params:engine", "workspace": "workspace"}
_RULES = {"rules": "params:curation.rules", "presets": "params:rule_presets"}


def create_text_pipeline() -> Pipeline:
    """Documents -> repaired -> signals -> decisions -> curated, dropped, report."""
    return Pipeline(
        [*_repair(), *_measure(), *_decide(), *_apply()],
        namespace="text.curation",
        prefix_datasets_with_namespace=False,
    )


def _repair() -> list[Node]:
    return [
        _node(
            count_lines,
            {
                "documents": "raw_documents",
                "config": "params:curation.repeats",
                **_MEANS,
            },
            "boilerplate_lines",
        ),
        _node(
            repair_documents,
            {
                "documents": "raw_documents",
                "boilerplate": "boilerplate_lines",
                "config": "params:curation.repair",
                **_MEANS,
            },
            "repaired_documents",
        ),
    ]


def _measure() -> list[Node]:
    return [
        _node(
            train_trusted_model,
            {
                "documents": "repaired_documents",
                "sources": "params:sources",
                "config": "params:curation.trusted_model",
                "workspace": "workspace",
            },
            "trusted_model",
        ),
        _node(
            train_quality_model,
            {"config": "params:curation.quality_examples", "workspace": "workspace"},
            "quality_model",
            # The examples may change behind the catalogue's back.
            "volatile",
        ),
        _node(
            measure_signals,
            {
                "documents": "repaired_documents",
                "trusted_model": "trusted_model",
                "quality_model": "quality_model",
                "config": "params:curation.signals",
                **_MEANS,
            },
            "signals",
        ),
        _node(
            find_duplicates,
            {"measured": "signals", "config": "params:curation.duplicates", **_MEANS},
            "duplicate_clusters",
        ),
        _node(
            find_contamination,
            {
                "documents": "repaired_documents",
                "evaluation_sets": "evaluation_documents",
                "config": "params:curation.contamination",
                **_MEANS,
            },
            "contamination",
        ),
    ]


def _decide() -> list[Node]:
    return [
        _node(
            judge_documents,
            {
                "measured": "signals",
                "clusters": "duplicate_clusters",
                "contamination": "contamination",
                "copies": "params:curation.duplicates",
                "policy": "params:licence_policy",
                "workspace": "workspace",
                **_RULES,
            },
            "judgements",
        ),
        _node(
            find_repeated_text,
            {
                "documents": "repaired_documents",
                "judgements": "judgements",
                "config": "params:curation.repeats",
                **_MEANS,
            },
            "repeated_text",
        ),
        _node(
            settle_decisions,
            {
                "documents": "repaired_documents",
                "judgements": "judgements",
                "cuts": "repeated_text",
                "config": "params:curation.cleaning",
                **_RULES,
                **_MEANS,
            },
            "decisions",
        ),
    ]


def _apply() -> list[Node]:
    return [
        _node(
            apply_decisions,
            {
                "documents": "repaired_documents",
                "decided": "decisions",
                "cuts": "repeated_text",
                "config": "params:curation.personal_data",
                **_RULES,
                **_MEANS,
            },
            {"curated": "curated_documents", "dropped": "dropped_documents"},
        ),
        _node(
            report_curation,
            {
                "documents": "repaired_documents",
                "measured": "signals",
                "decided": "decisions",
                "clusters": "duplicate_clusters",
                "contamination": "contamination",
                "cuts": "repeated_text",
                "copies": "params:curation.duplicates",
                "policy": "params:licence_policy",
                **_RULES,
            },
            "curation_report",
        ),
    ]


def _node(
    function: Callable[..., Any],
    inputs: dict[str, str],
    outputs: str | dict[str, str],
    *tags: str,
) -> Node:
    return Node(
        func=function,
        inputs=inputs,
        outputs=outputs,
        name=function.__name__,
        tags=["cpu", *tags],
    )
