"""Wiring of the pretraining stage."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.pretraining.nodes import pretrain_language_model


def create_text_pipeline() -> Pipeline:
    """Token shards -> pretrained model + history."""
    return Pipeline(
        [
            Node(
                func=pretrain_language_model,
                inputs={
                    "tokens": "token_shards",
                    "tokenizer": "tokenizer",
                    "config": "params:pretraining",
                    "checkpoints": "pretraining_checkpoints",
                    "metrics": "pretraining_metrics",
                    "workspace": "workspace",
                },
                outputs={
                    "model": "pretrained_model",
                    "history": "pretraining_history",
                },
                name="pretrain_language_model",
                tags=["gpu", "cpu"],
            ),
        ],
        namespace="text.pretraining",
        prefix_datasets_with_namespace=False,
    )
