import math
from typing import Any

import pytest
import torch

from taojin.features.augmentation.geometry import (
    Placement,
    placement_matrices,
    resampled,
)


def placement(**changes):
    nothing = {
        **dict.fromkeys(("degrees", "right", "down", "crop_right", "crop_down"), 0.0),
        **dict.fromkeys(("zoom", "crop", "mirror_x", "mirror_y"), 1.0),
    }
    values = {**nothing, **changes}
    return Placement(
        **{k: torch.tensor([v], dtype=torch.double) for k, v in values.items()}
    )


def changed(pixels, beyond: Any = "fill", fill=0.0, **changes: Any):
    matrices = placement_matrices(placement(**changes), *pixels.shape[2:])
    return resampled(pixels, matrices, beyond, fill)


def picture(height=6, width=8):
    draws = torch.Generator().manual_seed(0)
    return torch.rand((1, 2, height, width), generator=draws, dtype=torch.double)


def close(found, wanted):
    torch.testing.assert_close(found, wanted, atol=1e-9, rtol=0.0)


def test_nothing_happens_to_a_picture_that_stays_in_its_place():
    close(changed(picture()), picture())
    assert not placement().moves().any()


def test_a_shift_moves_right_and_down():
    found = changed(picture(), right=2 / 8, down=1 / 6)

    close(found[..., 1:, 2:], picture()[..., :-1, :-2])
    assert not found[..., 0, :].any()
    assert not found[..., :2].any()


def test_a_quarter_turn_is_counter_clockwise():
    square = picture(6, 6)

    close(changed(square, degrees=90.0), torch.rot90(square, 1, (2, 3)))


def test_a_half_turn_fits_in_any_frame():
    close(changed(picture(), degrees=180.0), torch.rot90(picture(), 2, (2, 3)))


def test_a_turn_keeps_distances_in_a_frame_that_is_not_square():
    matrix = placement_matrices(placement(degrees=33.0), 6, 8)[0, :, :2]
    halves = torch.diag(torch.tensor([4.0, 3.0], dtype=torch.double))
    in_pixels = halves @ matrix @ halves.inverse()

    close(in_pixels @ in_pixels.T, torch.eye(2, dtype=torch.double))
    assert in_pixels[0, 0] == pytest.approx(math.cos(math.radians(33.0)))


@pytest.mark.parametrize(("mirror", "side"), [("mirror_x", 3), ("mirror_y", 2)])
def test_a_mirror_exchanges_two_sides(mirror, side):
    close(changed(picture(), **{mirror: -1.0}), picture().flip(side))


def test_a_zoom_of_two_shows_the_middle_half():
    wide = picture(4, 4).repeat_interleave(2, 2).repeat_interleave(2, 3)
    found = changed(wide, zoom=0.5, fill=7.0)

    close(found[..., 2:6, 2:6], picture(4, 4))
    assert (found[..., 0, :] == 7.0).all()


@pytest.mark.parametrize("axis", ["crop_right", "crop_down"])
def test_a_crop_fills_the_frame_from_its_corner(axis):
    ramp = torch.arange(8.0, dtype=torch.double).expand(1, 1, 8, 8)
    ramp = ramp if axis == "crop_right" else ramp.mT
    first, last = (
        changed(ramp, beyond="edge", crop=0.5, **{axis: end}).mean(
            2 if axis == "crop_right" else 3
        )[0, 0]
        for end in (-1.0, 1.0)
    )

    close(first[1:], torch.arange(8).double()[1:] / 2 - 0.25)
    close(last[:-1], torch.arange(8).double()[:-1] / 2 + 3.75)


def test_beyond_the_border_lie_ground_edge_or_mirror_image():
    row = torch.tensor([1.0, 2.0, 3.0, 4.0]).double().expand(1, 1, 4, 4)

    found = {
        beyond: changed(row, beyond=beyond, fill=9.0, right=0.5)[0, 0, 0].tolist()
        for beyond in ("fill", "edge", "reflection")
    }

    assert found["fill"] == pytest.approx([9, 9, 1, 2])
    assert found["edge"] == pytest.approx([1, 1, 1, 2])
    assert found["reflection"] == pytest.approx([2, 1, 1, 2])


@pytest.mark.parametrize("beyond", ["fill", "edge", "reflection"])
def test_gradients_and_their_gradients_are_those_of_differences(beyond):
    pixels = picture(3, 4).requires_grad_()

    def sampled(x):
        return changed(x, beyond, fill=0.5, degrees=20.0, zoom=1.2, right=0.1)

    assert torch.autograd.gradcheck(sampled, pixels)
    assert torch.autograd.gradgradcheck(lambda x: sampled(x).pow(3), pixels)


def test_half_precision_pixels_stay_so_and_are_placed_exactly():
    found = changed(picture(6, 64).bfloat16(), right=10 / 64)

    assert found.dtype == torch.bfloat16
    close(found[..., 10:], picture(6, 64).bfloat16()[..., :-10])
