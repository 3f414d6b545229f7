"""Wiring of the finetuning stage of images."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.finetuning.image_nodes import (
    train_image_class_gan,
)


def create_image_pipeline() -> Pipeline:
    """Labelled image tensors -> a generator of classes."""
    return Pipeline(
        [
            Node(
                func=train_image_class_gan,
                inputs={
                    "tensors": "image_tensors",
                    "config": "params:image.finetuning.class_gan",
                    "checkpoints": "image_class_gan_checkpoints",
                    "metrics": "image_class_gan_metrics",
                    "workspace": "workspace",
                },
                outputs={
                    "model": "image_class_gan_model",
                    "history": "image_class_gan_history",
                    "trips": "image_class_gan_trips",
                },
                name="train_image_class_gan",
                tags=["gpu", "cpu"],
            ),
        ],
        namespace="image.finetuning",
        prefix_datasets_with_namespace=False,
    )
