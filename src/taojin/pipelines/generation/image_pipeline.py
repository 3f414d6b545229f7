"""Wiring of the generation stage of images."""

from kedro.pipeline import Node, Pipeline

from taojin.pipelines.generation.image_nodes import (
    generate_autoencoder_images,
    generate_class_gan_images,
    generate_gan_images,
    generate_vae_images,
)


def create_image_pipeline() -> Pipeline:
    """Generators of images -> sets of images, and pictures of what they know."""
    return Pipeline(
        [
            Node(
                func=generate_autoencoder_images,
                inputs={
                    "tensors": "image_tensors",
                    "model": "image_autoencoder_model",
                    "latents": "image_latents_model",
                    "config": "params:image.generation",
                    "workspace": "workspace",
                },
                outputs="image_autoencoder_samples",
                name="generate_autoencoder_images",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=generate_vae_images,
                inputs={
                    "tensors": "image_tensors",
                    "model": "image_vae_model",
                    "config": "params:image.generation",
                    "workspace": "workspace",
                },
                outputs="image_vae_samples",
                name="generate_vae_images",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=generate_gan_images,
                inputs={
                    "tensors": "image_tensors",
                    "model": "image_gan_model",
                    "config": "params:image.generation",
                    "workspace": "workspace",
                },
                outputs="image_gan_samples",
                name="generate_gan_images",
                tags=["gpu", "cpu"],
            ),
            Node(
                func=generate_class_gan_images,
                inputs={
                    "tensors": "image_tensors",
                    "model": "image_class_gan_model",
                    "config": "params:image.generation",
                    "workspace": "workspace",
                },
                outputs="image_class_gan_samples",
                name="generate_class_gan_images",
                tags=["gpu", "cpu"],
            ),
        ],
        namespace="image.generation",
        prefix_datasets_with_namespace=False,
    )
