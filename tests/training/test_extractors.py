from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from taojin.core.errors import DataError
from taojin.evaluation.extractors.image import ImageNetworkExtractor
from taojin.features.images import ImageForm
from taojin.features.spectrograms import SpectrogramConfig
from taojin.training.config import TrainingConfig
from taojin.training.extractors import (
    ExtractorConfig,
    accuracy,
    save_extractor,
    train_audio_extractor,
    train_image_extractor,
)

FORM = ImageForm(height=8, width=8, num_channels=1)


def config(num_steps=60, **training):
    settings = {"batch_size": 64, "validate_every": 30, "num_threads": 1, **training}
    return ExtractorConfig(
        training=TrainingConfig(num_steps=num_steps, **settings),
        widths=(8, 16),
        feature_size=16,
    )


def digits():
    data: Any = load_digits()
    images = (data.images * 15.9375).astype(np.uint8)[..., None]
    return images, [str(label) for label in data.target]


def tones(count=60):
    draw = np.random.default_rng(0)
    labels = ["low" if place % 2 else "high" for place in range(count)]
    times = np.arange(2000) / 8000
    pitch = {"low": 300.0, "high": 1500.0}
    sounds = [
        np.sin(2 * np.pi * pitch[label] * draw.uniform(0.9, 1.1) * times)
        + draw.normal(0, 0.1, len(times))
        for label in labels
    ]
    return sounds, labels


def test_a_classifier_of_digits_learns_and_its_features_are_extracted(tmp_path):
    images, labels = digits()

    trained = train_image_extractor(images[:1200], labels[:1200], FORM, config(150))
    save_extractor(trained, tmp_path / "n")

    assert accuracy(trained, images[1200:], labels[1200:]) > 0.9
    table = ImageNetworkExtractor(tmp_path / "n").extract(images[1200:1210])
    assert table.values.shape == (10, 16)


def test_a_classifier_of_sounds_learns():
    sounds, labels = tones()
    form = SpectrogramConfig(
        sample_rate=8000, fft_size=256, window_size=200, num_bands=16, num_frames=16
    )

    trained = train_audio_extractor(
        sounds[:40], labels[:40], form, config(40, batch_size=8)
    )

    assert accuracy(trained, sounds[40:], labels[40:]) > 0.9


def test_training_twice_gives_the_same_weights_and_leaves_the_images():
    images, labels = digits()
    before = images.copy()

    runs = []
    for seed in range(2):
        torch.manual_seed(seed)  # the state of others must not matter
        runs.append(train_image_extractor(images, labels, FORM, config(5)))

    first, second = (run.network.state_dict() for run in runs)
    assert all(torch.equal(first[name], second[name]) for name in first)
    np.testing.assert_array_equal(images, before)


def test_labels_that_name_one_class_or_are_too_few_are_refused():
    images, labels = digits()

    with pytest.raises(DataError, match="needs no training"):
        train_image_extractor(images[:9], ["0"] * 9, FORM, config())
    with pytest.raises(DataError, match="9 items and 8 labels"):
        train_image_extractor(images[:9], labels[:8], FORM, config())


@pytest.mark.long
def test_real_digits_are_told_apart(shared_data):
    data = np.load(shared_data / "mnist" / "mnist.npz")
    images, labels = data["x_train"][:6000, ..., None], data["y_train"][:6000]
    held_out = data["x_test"][:1000, ..., None]
    form = ImageForm(height=28, width=28, num_channels=1)

    training = TrainingConfig(num_steps=100, batch_size=64, num_threads=1)
    trained = train_image_extractor(
        images, list(map(str, labels)), form, ExtractorConfig(training=training)
    )

    expected = list(map(str, data["y_test"][:1000]))
    assert accuracy(trained, held_out, expected) > 0.9
