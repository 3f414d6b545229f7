"""Wiring of the evaluation stage of images."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.evaluation.image_nodes import (
    judge_images,
    measure_image_likelihood,
    render_image_page,
    train_image_extractor,
)


def create_image_pipeline() -> Pipeline:
    """Generated and held-out images -> scores with intervals, likelihood, page."""
    return Pipeline(
        [
            Node(
                func=train_image_extractor,
                inputs={
                    "tensors": "image_tensors",
                    "config": "params:image.evaluation.extractor",
                    "checkpoints": "image_extractor_checkpoints",
                    "workspace": "workspace",
                },
                outputs={
                    "model": "image_extractor_model",
                    "history": "image_extractor_history",
                },
                name="train_image_extractor",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=judge_images,
                inputs={
                    "tensors": "image_tensors",
                    "extractor": "image_extractor_model",
                    "autoencoder": "image_autoencoder_samples",
                    "vae": "image_vae_samples",
                    "gan": "image_gan_samples",
                    "class_gan": "image_class_gan_samples",
                    "config": "params:image.evaluation.judging",
                    "workspace": "workspace",
                },
                outputs={
                    "report": "image_axes_report",
                    "samples": "image_shown",
                },
                name="judge_images",
                tags=["cpu"],
            ),
            Node(
                func=measure_image_likelihood,
                inputs={
                    "tensors": "image_tensors",
                    "model": "image_vae_model",
                    "num_samples": "params:image.evaluation.likelihood_samples",
                },
                outputs="image_likelihood_report",
                name="measure_image_likelihood",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=render_image_page,
                inputs={
                    "report": "image_axes_report",
                    "samples": "image_shown",
                },
                outputs="image_page",
                name="render_image_page",
                tags=["cpu"],
            ),
        ],
        namespace="image.evaluation",
        prefix_datasets_with_namespace=False,
    )
