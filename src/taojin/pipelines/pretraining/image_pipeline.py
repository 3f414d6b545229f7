"""Wiring of the pretraining stage of images."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.pretraining.image_nodes import (
    fit_image_latents,
    pretrain_image_autoencoder,
    pretrain_image_gan,
    pretrain_image_vae,
)


def create_image_pipeline() -> Pipeline:
    """Image tensors -> autoencoder and its density, variational autoencoder, GAN."""
    return Pipeline(
        [
            Node(
                func=pretrain_image_autoencoder,
                inputs={
                    "tensors": "image_tensors",
                    "config": "params:image.pretraining.autoencoder",
                    "checkpoints": "image_autoencoder_checkpoints",
                    "metrics": "image_autoencoder_metrics",
                    "workspace": "workspace",
                },
                outputs={
                    "model": "image_autoencoder_model",
                    "history": "image_autoencoder_history",
                },
                name="pretrain_image_autoencoder",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=fit_image_latents,
                inputs={
                    "tensors": "image_tensors",
                    "model": "image_autoencoder_model",
                    "config": "params:image.pretraining.latents",
                    "workspace": "workspace",
                },
                outputs="image_latents_model",
                name="fit_image_latents",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=pretrain_image_vae,
                inputs={
                    "tensors": "image_tensors",
                    "config": "params:image.pretraining.vae",
                    "checkpoints": "image_vae_checkpoints",
                    "metrics": "image_vae_metrics",
                    "workspace": "workspace",
                },
                outputs={
                    "model": "image_vae_model",
                    "history": "image_vae_history",
                },
                name="pretrain_image_vae",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=pretrain_image_gan,
                inputs={
                    "tensors": "image_tensors",
                    "config": "params:image.pretraining.gan",
                    "checkpoints": "image_gan_checkpoints",
                    "metrics": "image_gan_metrics",
                    "workspace": "workspace",
                },
                outputs={
                    "model": "image_gan_model",
                    "history": "image_gan_history",
                    "trips": "image_gan_trips",
                },
                name="pretrain_image_gan",
                tags=["gpu", "cpu"],
            ),
        ],
        namespace="image.pretraining",
        prefix_datasets_with_namespace=False,
    )
