import numpy as np

from taojin.evaluation.items import read_items
from taojin.media.pictures import (
    enlarged,
    picture_grid,
    table_picture,
    write_image_set,
)


def test_a_grid_holds_every_image_in_reading_order():
    images = np.arange(5, dtype=np.uint8)[:, None, None, None].repeat(2, 1).repeat(3, 2)
    grid = picture_grid(images, num_columns=2)
    assert grid.shape == (2 * 3 + 2, 3 * 2 + 1, 1)
    assert grid[0, 0, 0] == 0
    assert grid[0, 4, 0] == 1
    assert grid[6, 0, 0] == 4
    assert grid[6, 4, 0] == 255  # nothing there
    assert grid[2, 0, 0] == 255  # a gap


def test_a_table_keeps_its_rows():
    table = np.zeros((2, 3, 4, 4, 1), np.uint8)
    table[1, 0] = 7
    picture = table_picture(table, gap=0)
    assert picture.shape == (8, 12, 1)
    assert (picture[4:, :4] == 7).all()
    assert picture.sum() == 7 * 16


def test_small_images_grow_without_a_blur():
    picture = np.array([[[1], [2]]], np.uint8)
    assert enlarged(picture, 2)[..., 0].tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]


def test_a_set_is_read_back_with_its_classes(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3), dtype=np.uint8)
    write_image_set(tmp_path / "set", images, ["a", "b", "a", "b"])
    found = read_items(tmp_path / "set")
    assert found.ids == ("a/000000.png", "a/000002.png", "b/000001.png", "b/000003.png")
    assert np.array_equal(found.items[1], images[2])


def test_an_older_set_is_replaced(tmp_path):
    images = np.zeros((3, 4, 4, 1), np.uint8)
    write_image_set(tmp_path / "set", images)
    write_image_set(tmp_path / "set", images[:1])
    assert len(read_items(tmp_path / "set")) == 1
