"""Wiring of the evaluation stage."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.evaluation.behaviour import (
    explain_models,
    measure_robustness,
    measure_usability,
)
from taojin.pipelines.evaluation.candidates import (
    audit_memory,
    judge_candidates,
    render_axes_page,
    take_candidate_inventory,
    write_candidates,
)
from taojin.pipelines.evaluation.nodes import (
    assemble_evaluation,
    judge_descriptions,
    judge_held_out,
    judge_samples,
    judge_topics,
    predict_topics,
    score_descriptions,
    score_held_out,
)

_CONFIG = "params:evaluation"
_JUDGING = "params:evaluation.judging"


def create_text_pipeline() -> Pipeline:
    """Models, samples and held-out data -> evaluation report, and the four axes."""
    return Pipeline(
        [*_scores(), *_judgements(), *_axes(), *_behaviour(), _page()],
        namespace="text.evaluation",
        prefix_datasets_with_namespace=False,
    )


def _scores() -> list[Node]:
    """What models say to held-out data; the costly half."""
    return [
        Node(
            func=score_held_out,
            inputs={
                "model": "pretrained_model",
                "tokens": "token_shards",
                "documents": "curated_documents",
                "document_splits": "document_splits",
                "config": _CONFIG,
            },
            outputs="held_out_losses",
            name="score_held_out",
            tags=["gpu", "cpu"],
        ),
        Node(
            func=predict_topics,
            inputs={
                "examples": "labelled_topics",
                "finetuned": "topic_model",
                "from_scratch": "topic_from_scratch_model",
            },
            outputs="topic_predictions",
            name="predict_topics",
            tags=["gpu", "cpu"],
        ),
        Node(
            func=score_descriptions,
            inputs={
                "examples": "labelled_descriptions",
                "finetuned": "description_model",
                "from_scratch": "description_from_scratch_model",
            },
            outputs="description_losses",
            name="score_descriptions",
            tags=["gpu", "cpu"],
        ),
    ]


def _judgements() -> list[Node]:
    """What that is worth, with intervals and beside baselines."""
    return [
        Node(
            func=judge_held_out,
            inputs={"losses": "held_out_losses", "config": _CONFIG},
            outputs="held_out_report",
            name="judge_held_out",
            tags=["cpu"],
        ),
        Node(
            func=judge_topics,
            inputs={
                "examples": "labelled_topics",
                "predictions": "topic_predictions",
                "config": _CONFIG,
            },
            outputs="topic_report",
            name="judge_topics",
            tags=["cpu"],
        ),
        Node(
            func=judge_descriptions,
            inputs={
                "examples": "labelled_descriptions",
                "predictions": "description_predictions",
                "losses": "description_losses",
                "config": _CONFIG,
            },
            outputs="description_report",
            name="judge_descriptions",
            tags=["cpu"],
        ),
        Node(
            func=judge_samples,
            inputs={
                "samples": "generated_samples",
                "model": "pretrained_model",
                "tokens": "token_shards",
                "documents": "curated_documents",
                "document_splits": "document_splits",
                "config": _CONFIG,
            },
            outputs="sample_report",
            name="judge_samples",
            tags=["cpu"],
        ),
        Node(
            func=assemble_evaluation,
            inputs={
                "held_out": "held_out_report",
                "topic": "topic_report",
                "description": "description_report",
                "samples": "sample_report",
                "config": _CONFIG,
            },
            outputs="evaluation_report",
            name="assemble_evaluation",
            tags=["cpu"],
        ),
    ]


def _axes() -> list[Node]:
    """Any sets of generated texts, beside real ones and beside each other."""
    known = {
        "tokens": "token_shards",
        "documents": "curated_documents",
        "document_splits": "document_splits",
        "model": "pretrained_model",
        "config": _CONFIG,
    }
    return [
        Node(
            func=take_candidate_inventory,
            inputs={"config": _JUDGING},
            outputs="candidate_inventory",
            name="take_candidate_inventory",
            tags=["cpu", "volatile"],
        ),
        Node(
            func=write_candidates,
            inputs={
                "model": "pretrained_model",
                "inventory": "candidate_inventory",
                "config": _JUDGING,
                "generation": "params:generation.samples",
            },
            outputs="candidate_texts",
            name="write_candidates",
            tags=["gpu", "cpu"],
        ),
        Node(
            func=judge_candidates,
            inputs={"candidates": "candidate_texts", **known},
            outputs="axes_report",
            name="judge_candidates",
            tags=["cpu"],
        ),
        Node(
            func=audit_memory,
            inputs={"inventory": "candidate_inventory", **known},
            outputs="memory_report",
            name="audit_memory",
            tags=["gpu", "cpu"],
        ),
    ]


def _behaviour() -> list[Node]:
    """How this run's models behave: shifted, in use, and why."""
    models = {
        "model": "pretrained_model",
        "topic_model": "topic_model",
        "examples": "labelled_topics",
        "config": _CONFIG,
    }
    corpus = {"documents": "curated_documents", "document_splits": "document_splits"}
    return [
        Node(
            func=measure_robustness,
            inputs={**models, **corpus},
            outputs="robustness_report",
            name="measure_robustness",
            tags=["gpu", "cpu"],
        ),
        Node(
            func=measure_usability,
            inputs={
                "candidates": "candidate_texts",
                "generation": "params:generation.samples",
                **models,
            },
            outputs="usability_report",
            name="measure_usability",
            tags=["gpu", "cpu"],
        ),
        Node(
            func=explain_models,
            inputs={"samples": "generated_samples", **models, **corpus},
            outputs="explanation_report",
            name="explain_models",
            tags=["gpu", "cpu"],
        ),
    ]


def _page() -> Node:
    return Node(
        func=render_axes_page,
        inputs={
            "axes": "axes_report",
            "memory": "memory_report",
            "robustness": "robustness_report",
            "usability": "usability_report",
            "explanations": "explanation_report",
        },
        outputs="axes_page",
        name="render_axes_page",
        tags=["cpu"],
    )
