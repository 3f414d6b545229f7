import numpy as np
import pytest
from PIL import Image

from taojin.features.images import ImageForm, image_planes, resized


def noise(height=9, width=7, channels=3):
    draw = np.random.default_rng(0)
    return draw.integers(0, 256, (height, width, channels), dtype=np.uint8)


def test_an_image_that_fits_is_left_alone():
    image = noise(8, 8)

    assert resized(image, ImageForm(height=8, width=8)) is image


def test_size_is_changed_by_the_stated_path():
    image = noise(40, 30)

    small = resized(image, ImageForm(height=10, width=12))

    expected = Image.fromarray(image).resize((12, 10), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(small, np.asarray(expected))


def test_shrinking_averages_instead_of_picking_pixels():
    checks = np.indices((64, 64)).sum(0)[..., None] % 2 * np.uint8(255)

    small = resized(
        checks.astype(np.uint8), ImageForm(height=8, width=8, num_channels=1)
    )

    assert np.abs(small[1:-1, 1:-1].astype(float) - 127.5).max() < 4


@pytest.mark.parametrize(("given", "wanted"), [(1, 3), (3, 1), (3, 3), (1, 1)])
def test_channels_are_brought_to_the_form(given, wanted):
    form = ImageForm(height=5, width=5, num_channels=wanted)

    assert resized(noise(channels=given), form).shape == (5, 5, wanted)


def test_grey_is_the_luma_of_a_colour():
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 255

    grey = resized(red, ImageForm(height=2, width=2, num_channels=1))

    assert grey[0, 0, 0] == round(0.299 * 255)


def test_a_single_pixel_fills_the_form():
    assert (
        resized(noise(1, 1), ImageForm(height=4, width=4)).std(axis=(0, 1)).max() == 0
    )


def test_planes_are_channels_first_between_0_and_1():
    image = noise(4, 4)

    planes = image_planes([image, image], ImageForm(height=4, width=4))

    assert planes.shape == (2, 3, 4, 4)
    np.testing.assert_allclose(planes[0, 1], image[..., 1] / 255, atol=1e-7)
