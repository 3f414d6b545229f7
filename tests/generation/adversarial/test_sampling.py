import numpy as np
import pytest
import torch

from taojin.core.errors import ConfigurationError
from taojin.generation.adversarial.config import ImageSamplingConfig
from taojin.generation.adversarial.sampling import (
    draw_latents,
    interpolate_images,
    on_arc,
    render,
    sample_images,
)
from taojin.models.adversarial.networks import new_generator
from taojin.models.adversarial.shapes import AdversarialShape


def generator(labels=("cat", "dog"), **settings):
    torch.manual_seed(0)
    shape = AdversarialShape(
        resolution=8, width=8, group_size=8, latent_size=6, labels=labels, **settings
    )
    return new_generator(shape).eval()


def config(**settings):
    return ImageSamplingConfig(**settings)


@pytest.mark.parametrize("num_channels", [1, 3])
def test_images_are_bytes_with_channels_last(num_channels):
    images = sample_images(generator(num_channels=num_channels), 5, config())
    assert images.shape == (5, 8, 8, num_channels)
    assert images.dtype == np.uint8
    assert images.std() > 0.0


def test_the_same_seed_gives_the_same_images_whatever_the_batch_size():
    whole = sample_images(generator(), 7, config())
    parts = sample_images(generator(), 7, config(batch_size=3))
    assert np.abs(whole.astype(int) - parts).max() <= 1  # sums of another order
    assert not np.array_equal(whole, sample_images(generator(), 7, config(seed=1)))


def test_classes_are_taken_in_turn_or_as_asked():
    latents = draw_latents(3, 6, config())
    for labels, targets in ((None, [0, 1, 0]), (["dog", "dog", "cat"], [1, 1, 0])):
        images = sample_images(generator(), 3, config(), labels)
        expected = render(generator(), latents, torch.tensor(targets), 3)
        assert np.array_equal(images, expected)


@pytest.mark.parametrize(
    ("labels", "known", "named"),
    [
        (["cow", "dog"], ("cat", "dog"), "'cow'.*knows cat, dog"),
        (["dog"], ("cat", "dog"), "1 labels for 2 images"),
        (["dog", "dog"], (), "has no classes"),
    ],
)
def test_labels_that_the_generator_cannot_make_are_refused(labels, known, named):
    with pytest.raises(ConfigurationError, match=named):
        sample_images(generator(known), 2, config(), labels)


def test_truncated_latents_are_normal_numbers_within_the_limit():
    latents = draw_latents(2000, 6, config(truncation=0.7))
    assert latents.abs().max() <= 0.7
    # Of a normal distribution cut at 0.7: 1 - 2 c p(c) / (2 P(c) - 1).
    assert latents.std().item() == pytest.approx(0.3893, abs=0.01)
    everything = draw_latents(2000, 6, config())
    assert everything.abs().max() > 3.0
    assert everything.std().item() == pytest.approx(1.0, abs=0.02)


def test_truncation_makes_images_less_varied():
    spreads = [
        sample_images(generator(()), 64, config(truncation=limit)).std(axis=0).mean()
        for limit in (None, 0.3)
    ]
    assert spreads[1] < 0.5 * spreads[0]


def test_the_way_between_latents_keeps_its_ends_and_lengths():
    first, last = torch.tensor([2.0, 0.0, 0.0]), torch.tensor([0.0, 4.0, 0.0])
    torch.testing.assert_close(on_arc(first, last, 0.0), first)
    torch.testing.assert_close(on_arc(first, last, 1.0), last, atol=1e-6, rtol=1e-6)
    middle = on_arc(first, last, 0.5)
    assert middle.norm().item() == pytest.approx(3.0)
    assert middle[0].item() == pytest.approx(middle[1].item(), rel=1e-5)
    torch.testing.assert_close(on_arc(first, 2.0 * first, 0.5), 1.5 * first)


@pytest.mark.parametrize("labels", [(), ("cat", "dog")])
def test_interpolation_goes_from_one_image_to_another(labels):
    made = generator(labels)
    latents = draw_latents(2, 6, config())
    ends = ("cat", "dog") if labels else None
    images = interpolate_images(made, latents[0], latents[1], 9, ends)
    targets = torch.tensor([0, 1]) if labels else None
    expected = render(made, latents, targets, 2)
    assert np.abs(images[[0, -1]].astype(int) - expected).max() <= 1
    steps = np.abs(np.diff(images.astype(float), axis=0)).mean(axis=(1, 2, 3))
    whole = np.abs(images[-1].astype(float) - images[0]).mean()
    assert steps.max() < whole


def test_one_image_is_no_way():
    with pytest.raises(ConfigurationError, match="num_images is 1"):
        interpolate_images(generator(()), torch.ones(6), torch.zeros(6), 1)


def test_drawing_during_a_training_leaves_the_generator_as_it_is():
    made = generator(backbone="dcgan").train()
    before = {name: value.clone() for name, value in made.state_dict().items()}
    several = sample_images(made, 4, config())
    alone = render(made, draw_latents(4, 6, config())[:1], torch.tensor([0]), 1)
    assert np.abs(several[:1].astype(int) - alone).max() <= 1
    assert made.training
    assert all(torch.equal(v, before[k]) for k, v in made.state_dict().items())
