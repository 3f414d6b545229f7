import pytest
from pydantic import ValidationError

from taojin.models.autoencoders.shape import AutoencoderShape, LikelihoodConfig
from taojin.training.autoencoders.config import (
    AutoencoderConfig,
    AutoencoderNetworkConfig,
)
from taojin.training.config import TrainingConfig


def test_the_settings_of_a_network_are_those_of_its_shape():
    config = AutoencoderNetworkConfig(latent_size=7, likelihood=LikelihoodConfig())
    shape = config.shape(3, 16, 12)
    assert shape.image_shape == (3, 16, 12)
    assert shape.latent_size == 7
    assert AutoencoderNetworkConfig().shape(1, 28, 28) == AutoencoderShape(
        height=28, width=28
    )


def test_black_and_white_pixels_need_a_bernoulli_decoder():
    network = AutoencoderNetworkConfig(likelihood=LikelihoodConfig(name="gaussian"))
    training = TrainingConfig(num_steps=1, batch_size=1)
    AutoencoderConfig(network=network, training=training)
    with pytest.raises(ValidationError, match="binarisation is static"):
        AutoencoderConfig(network=network, training=training, binarisation="static")
