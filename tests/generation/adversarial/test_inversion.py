import numpy as np
import pytest
import torch

from taojin.core.errors import ConfigurationError, DataError
from taojin.generation.adversarial.config import ImageSamplingConfig, InversionConfig
from taojin.generation.adversarial.inversion import invert_images
from taojin.generation.adversarial.sampling import render, sample_images
from taojin.models.adversarial.networks import new_generator
from taojin.models.adversarial.shapes import AdversarialShape


def generator(labels=("cat", "dog")):
    torch.manual_seed(0)
    shape = AdversarialShape(
        resolution=8, width=8, group_size=8, latent_size=4, labels=labels
    )
    return new_generator(shape).eval()


CONFIG = InversionConfig(num_starts=4, num_steps=100)


def test_images_of_the_generator_are_found_with_their_class():
    made = generator()
    images = sample_images(made, 3, ImageSamplingConfig())
    found = invert_images(made, images, CONFIG)
    assert found.errors.max() < 8.0
    assert found.labels == ("cat", "dog", "cat")
    targets = torch.tensor([0, 1, 0])
    again = render(made, found.latents, targets, 3)
    assert np.abs(again.astype(int) - found.images).max() <= 1


def test_the_error_is_in_grey_levels_and_large_for_what_cannot_be_made():
    made = generator(())
    stripes = np.zeros((1, 8, 8, 1), np.uint8)
    stripes[:, ::2] = 255
    found = invert_images(made, stripes, CONFIG)
    gap = found.images.astype(float) - stripes
    assert found.errors[0] == pytest.approx(np.sqrt((gap**2).mean()))
    assert found.errors[0] > 40.0
    assert found.labels == ()


def test_a_wanted_class_is_the_only_one_tried():
    made = generator()
    images = sample_images(made, 2, ImageSamplingConfig())
    found = invert_images(made, images, CONFIG, ["dog", "dog"])
    assert found.labels == ("dog", "dog")


def test_more_starts_are_no_worse_and_the_batch_size_does_not_matter():
    made = generator(())
    images = sample_images(made, 2, ImageSamplingConfig(seed=1))
    few = invert_images(made, images, InversionConfig(num_starts=1, num_steps=40))
    many = invert_images(made, images, InversionConfig(num_starts=5, num_steps=40))
    parts = InversionConfig(num_starts=5, num_steps=40, batch_size=2)
    assert (many.errors <= few.errors + 0.1).all()  # bytes are rounded
    np.testing.assert_allclose(
        invert_images(made, images, parts).errors, many.errors, atol=0.5
    )


def test_inverting_leaves_the_generator():
    made = generator()
    before = {name: value.clone() for name, value in made.state_dict().items()}
    images = sample_images(made, 1, ImageSamplingConfig())
    invert_images(made, images, InversionConfig(num_starts=1, num_steps=3))
    assert all(torch.equal(v, before[k]) for k, v in made.state_dict().items())
    assert all(weight.grad is None for weight in made.parameters())


def test_images_of_another_size_and_unknown_classes_are_refused():
    with pytest.raises(DataError, match="makes images of"):
        invert_images(generator(), np.zeros((1, 9, 8, 1), np.uint8), CONFIG)
    with pytest.raises(DataError, match="at least one"):
        invert_images(generator(), np.zeros((0, 8, 8, 1), np.uint8), CONFIG)
    with pytest.raises(ConfigurationError, match="cow"):
        invert_images(generator(), np.zeros((1, 8, 8, 1), np.uint8), CONFIG, ["cow"])
