from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from taojin.core.errors import ConfigurationError, CorruptArtifactError, DataError
from taojin.evaluation.extractors.image import (
    ImageNetworkExtractor,
    PixelComponents,
    RandomFilterConfig,
    RandomFilterExtractor,
)
from taojin.features.images import ImageForm
from taojin.models.image_network import (
    ImageNetwork,
    ImageNetworkShape,
    save_image_network,
)

FORM = ImageForm(height=8, width=8, num_channels=1)


def digits(start=0, stop=300):
    data: Any = load_digits()
    images = data.images[start:stop] * 15.9375
    return list(images.astype(np.uint8)[..., None])


def network_extractor(folder, seed=0):
    torch.manual_seed(seed)
    shape = ImageNetworkShape(
        num_channels=1, height=8, width=8, widths=(4, 8), labels=("a", "b")
    )
    save_image_network(ImageNetwork(shape), folder, FORM.model_dump(mode="json"))
    return ImageNetworkExtractor(folder)


@pytest.fixture(params=["network", "random filters", "components"])
def extractor(request, tmp_path):
    if request.param == "network":
        return network_extractor(tmp_path / "n")
    if request.param == "components":
        return PixelComponents.fit(digits(), FORM, num_dims=8)
    return RandomFilterExtractor()


def test_features_depend_on_the_image_alone(extractor):
    images = digits(0, 130)
    order = np.random.default_rng(0).permutation(len(images))

    whole = extractor.extract(images).values
    moved = extractor.extract([images[place] for place in order]).values
    alone = np.concatenate([extractor.extract([image]).values for image in images[:9]])

    np.testing.assert_allclose(moved, whole[order], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(alone, whole[:9], rtol=1e-12, atol=1e-12)


def test_tables_name_their_extractor(extractor):
    assert extractor.extract(digits(0, 3)).extractor == extractor.fingerprint


def test_no_item_is_an_error(extractor):
    with pytest.raises(DataError, match="no item"):
        extractor.extract([])


def test_more_noise_moves_features_farther(extractor):
    images = digits(0, 100)
    draw = np.random.default_rng(0)
    clean = extractor.extract(images).values
    moved = []
    for strength in (8, 16, 32, 64, 128):
        noisy = [
            np.clip(image + draw.normal(0, strength, image.shape), 0, 255)
            for image in images
        ]
        rows = extractor.extract([image.astype(np.uint8) for image in noisy]).values
        moved.append(np.linalg.norm(rows - clean, axis=1).mean())

    assert moved == sorted(moved)


@pytest.mark.parametrize("shape", [(1, 1, 3), (300, 5, 3), (8, 8, 1)])
def test_images_of_any_size_are_taken(extractor, shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)

    assert np.isfinite(extractor.extract([image]).values).all()


def test_the_fingerprint_follows_weights_and_settings(tmp_path):
    names = [
        network_extractor(tmp_path / "a").fingerprint,
        network_extractor(tmp_path / "b", seed=1).fingerprint,
        RandomFilterExtractor().fingerprint,
        RandomFilterExtractor(RandomFilterConfig(seed=1)).fingerprint,
        PixelComponents.fit(digits(), FORM, 8).fingerprint,
        PixelComponents.fit(digits(), FORM, 9).fingerprint,
        PixelComponents.fit(digits(0, 299), FORM, 8).fingerprint,
    ]

    assert len(set(names)) == len(names)
    assert network_extractor(tmp_path / "c").fingerprint == names[0]


def test_random_filters_see_no_brightness_only_change():
    flat = np.full((32, 32, 3), 200, np.uint8)

    values = RandomFilterExtractor().extract([flat]).values[0]

    np.testing.assert_allclose(values[:12], 200 / 255, atol=1e-6)  # 3 x 2 x 2 colours
    np.testing.assert_allclose(values[12:], 0.0, atol=1e-6)


def test_random_filters_that_leave_no_pixels_are_refused():
    with pytest.raises(ConfigurationError, match="lower num_scales"):
        RandomFilterExtractor(RandomFilterConfig(height=16, width=16, num_scales=4))


def test_components_do_not_depend_on_the_order_of_what_they_are_fitted_on():
    images = digits()

    first = PixelComponents.fit(images, FORM, 8)
    second = PixelComponents.fit(images[::-1], FORM, 8)

    assert first.fingerprint == second.fingerprint


def test_components_agree_with_the_reference_library():
    decomposition = pytest.importorskip("sklearn.decomposition")
    images = digits()
    rows = np.stack(images).reshape(len(images), -1).astype(np.float32) / 255

    found = PixelComponents.fit(images, FORM, 8).extract(images).values
    expected = decomposition.PCA(8, svd_solver="full").fit_transform(rows.astype(float))

    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-6)


def test_components_need_more_images_than_dims():
    with pytest.raises(DataError, match="at least 9"):
        PixelComponents.fit(digits(0, 8), FORM, 8)


def test_a_network_of_something_else_is_refused(tmp_path):
    shape = ImageNetworkShape(num_channels=1, height=8, width=8, labels=("a", "b"))
    save_image_network(ImageNetwork(shape), tmp_path / "n", {"sample_rate": 8000})

    with pytest.raises(CorruptArtifactError, match="no network of images"):
        ImageNetworkExtractor(tmp_path / "n")
