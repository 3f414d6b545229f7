import numpy as np
import pytest

from taojin.core.errors import ConfigurationError, DataError
from taojin.generation.latents.codes import decode_codes, encode_images
from taojin.generation.latents.paths import (
    interpolated_codes,
    interpolations,
    reconstructions,
    traversals,
)


def test_reconstructions_stand_under_their_images(digit_autoencoder, digit_pixels):
    table = reconstructions(digit_autoencoder, digit_pixels[:7])
    assert table.shape == (2, 7, 8, 8, 1)
    assert (table[0] == digit_pixels[:7].transpose(0, 2, 3, 1)).all()
    codes = encode_images(digit_autoencoder, digit_pixels[:7])
    assert (table[1] == decode_codes(digit_autoencoder, codes)).all()


@pytest.mark.parametrize("course", ["spherical", "linear"])
def test_ways_begin_and_end_at_their_images(digit_autoencoder, digit_pixels, course):
    pixels = digit_pixels[:6]
    table = interpolations(digit_autoencoder, pixels[:3], pixels[3:], 5, course)
    restored = decode_codes(digit_autoencoder, encode_images(digit_autoencoder, pixels))
    assert table.shape == (3, 5, 8, 8, 1)
    for column, wanted in ((0, restored[:3]), (-1, restored[3:])):
        difference = table[:, column].astype(int) - wanted
        assert np.abs(difference).max() <= 1


def test_a_spherical_way_keeps_its_length_and_a_line_cuts_through():
    first, second = np.array([[2.0, 0.0]]), np.array([[0.0, 2.0]])
    round_way = interpolated_codes(first, second, 3)[0]
    straight = interpolated_codes(first, second, 3, "linear")[0]
    np.testing.assert_allclose(np.linalg.norm(round_way, axis=1), 2.0, rtol=1e-6)
    np.testing.assert_allclose(round_way[1], [2**0.5, 2**0.5], rtol=1e-6)
    np.testing.assert_allclose(straight[1], [1.0, 1.0])


@pytest.mark.parametrize(
    ("first", "second"),
    [([1.0, 0.0], [2.0, 0.0]), ([0.0, 0.0], [1.0, 1.0]), ([1.0, 0.0], [-1.0, 0.0])],
)
def test_where_there_is_no_one_sphere_the_way_is_straight(first, second):
    ends = np.array([first]), np.array([second])
    found = interpolated_codes(*ends, 5)
    np.testing.assert_allclose(found, interpolated_codes(*ends, 5, "linear"))


def test_a_traversal_changes_one_dimension_a_row_the_liveliest_first(
    digit_autoencoder, digit_pixels
):
    codes = encode_images(digit_autoencoder, digit_pixels)
    table = traversals(digit_autoencoder, digit_pixels, num_dimensions=2, num_steps=3)
    assert table.shape == (2, 3, 8, 8, 1)
    liveliest = int(codes.std(0).argmax())
    changed = codes[0].copy()
    changed[liveliest] = codes[:, liveliest].mean()
    wanted = decode_codes(digit_autoencoder, changed[None])[0]
    assert (table[0, 1] == wanted).all()
    assert (table[0, 0] != table[0, 2]).any()


def test_impossible_ways_are_refused(digit_autoencoder, digit_pixels):
    pixels = digit_pixels[:4]
    with pytest.raises(ConfigurationError, match="num_steps is 1"):
        interpolations(digit_autoencoder, pixels[:2], pixels[2:], 1)
    with pytest.raises(ConfigurationError, match="num_steps is 1"):
        traversals(digit_autoencoder, pixels, num_steps=1)
    with pytest.raises(DataError, match="give pairs"):
        interpolations(digit_autoencoder, pixels[:1], pixels[1:])
    with pytest.raises(DataError, match="at is 4"):
        traversals(digit_autoencoder, pixels, at=4)
