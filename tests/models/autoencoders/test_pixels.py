import numpy as np
import pytest
import torch

from taojin.models.autoencoders.pixels import binarise, to_bytes, unit_interval


def test_bytes_survive_the_way_to_the_unit_interval_and_back():
    pixels = np.arange(256, dtype=np.uint8)
    images = unit_interval(torch.from_numpy(pixels))
    assert images[0] == 0.0
    assert images[255] == 1.0
    assert (to_bytes(images) == pixels).all()


def test_numbers_beyond_the_interval_are_cut():
    assert to_bytes(torch.tensor([-1.0, 2.0])).tolist() == [0, 255]


@pytest.mark.parametrize("level", [0, 1, 64, 128, 254, 255])
def test_a_pixel_is_white_as_often_as_its_grey_level_says(level):
    pixels = np.full((100, 1, 40, 40), level, np.uint8)
    drawn = binarise(pixels, seed=0)
    assert set(np.unique(drawn)) <= {0, 255}
    assert drawn.mean() == pytest.approx(level, abs=0.0 if level in (0, 255) else 1.0)


def test_a_draw_is_repeatable_and_leaves_the_images():
    pixels = np.random.default_rng(0).integers(0, 256, (9, 1, 5, 5), dtype=np.uint8)
    before = pixels.copy()
    first = binarise(pixels, seed=1)
    assert (first == binarise(pixels, seed=1)).all()
    assert (first != binarise(pixels, seed=2)).any()
    assert (pixels == before).all()
    assert (first[:4] == binarise(pixels[:4], seed=1)).all()
