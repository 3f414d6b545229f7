"""Wiring of the generation stage."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.generation.nodes import generate_descriptions, generate_samples


def create_text_pipeline() -> Pipeline:
    """Models + prompts -> samples, and descriptions of held-out functions."""
    return Pipeline(
        [
            Node(
                func=generate_samples,
                inputs={
                    "model": "pretrained_model",
                    "config": "params:generation.samples",
                },
                outputs="generated_samples",
                name="generate_samples",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=generate_descriptions,
                inputs={
                    "examples": "labelled_descriptions",
                    "finetuned": "description_model",
                    "from_scratch": "description_from_scratch_model",
                    "config": "params:generation.descriptions",
                },
                outputs="description_predictions",
                name="generate_descriptions",
                tags=["gpu", "cpu"],
            ),
        ],
        namespace="text.generation",
        prefix_datasets_with_namespace=False,
    )
