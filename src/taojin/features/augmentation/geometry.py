"""Where the pixels of a picture come from: one resampling for all geometry."""

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx

Beyond = Literal["fill", "edge", "reflection"]
"""What lies beyond the border of a picture."""


class Placement(NamedTuple):
    """What happens to each picture; every field ``[pictures]``.

    Attributes:
        degrees: Of the rotation, counter-clockwise.
        zoom: What the picture's size is multiplied by.
        right: Translation to the right, as a share of the width.
        down: Translation downwards, as a share of the height.
        crop: Share of each side that a crop keeps, which then fills the frame.
        crop_right: Where the crop lies, from -1 (left edge) to 1 (right edge).
        crop_down: The same, from the top to the bottom.
        mirror_x: -1 where left and right are exchanged, else 1.
        mirror_y: -1 where top and bottom are exchanged, else 1.
    """

    degrees: Tensor
    zoom: Tensor
    right: Tensor
    down: Tensor
    crop: Tensor
    crop_right: Tensor
    crop_down: Tensor
    mirror_x: Tensor
    mirror_y: Tensor

    def moves(self) -> Tensor:
        """Whether anything happens to a picture, ``[pictures]``."""
        return (
            (self.degrees != 0)
            | (self.zoom != 1)
            | (self.right != 0)
            | (self.down != 0)
            | (self.crop != 1)
            | (self.mirror_x != 1)
            | (self.mirror_y != 1)
        )


def placement_matrices(placement: Placement, height: int, width: int) -> Tensor:
    """Affine maps from places in the new picture to places in the old one.

    A picture is cropped, mirrored, scaled, rotated and then translated; the map goes
    the other way. Rotations keep shapes in frames that are not square.

    Args:
        placement: What happens.
        height: Of the frame, in pixels.
        width: Of the frame, in pixels.

    Returns:
        ``[pictures, 2, 3]`` in the coordinates of
        :func:`torch.nn.functional.affine_grid`: -1 and 1 are the outer edges.
    """
    angle = placement.degrees * (math.pi / 180.0)
    scale_x = placement.crop * placement.mirror_x / placement.zoom
    scale_y = placement.crop * placement.mirror_y / placement.zoom
    cosine, sine = torch.cos(angle), torch.sin(angle)
    shape = height / width
    # Rotation in pixels; y points downwards.
    xx, xy = scale_x * cosine, scale_x * -sine * shape
    yx, yy = scale_y * sine / shape, scale_y * cosine
    room = 1.0 - placement.crop
    right, down = 2.0 * placement.right, 2.0 * placement.down
    x = placement.crop_right * room - xx * right - xy * down
    y = placement.crop_down * room - yx * right - yy * down
    return torch.stack([xx, xy, x, yx, yy, y], dim=-1).unflatten(-1, (2, 3))


def resampled(
    pixels: Tensor, matrices: Tensor, beyond: Beyond = "fill", fill: float = 0.0
) -> Tensor:
    """Take the pixels of new pictures from old ones, bilinearly.

    Can be differentiated in the pixels any number of times, as penalties on the
    gradients of a discriminator need.

    Args:
        pixels: ``[pictures, channels, height, width]``.
        matrices: Of :func:`placement_matrices`.
        beyond: What lies beyond the border.
        fill: Value of pixels there, if ``beyond`` is ``fill``.
    """
    narrow = pixels.dtype in (torch.bfloat16, torch.float16)
    exact = pixels.float() if narrow else pixels  # places need more digits
    grid = torch.nn.functional.affine_grid(
        matrices.to(exact.dtype), list(pixels.shape), align_corners=False
    )
    if beyond == "fill":
        found = _Sampled.apply(exact - fill, grid, 0) + fill
    else:
        found = _Sampled.apply(exact, grid, 1 if beyond == "edge" else 2)
    return found.to(pixels.dtype)


_BILINEAR = 0
_CORNERS = False
"""Whether -1 and 1 are centres of pixels; they are the outer edges."""


class _Sampled(Function):
    """Bilinear sampling; linear in the pixels, so the adjoint is all it needs.

    Not every torch version that the project runs with derives the adjoint of
    ``grid_sample`` again.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, pixels: Tensor, grid: Tensor, border: int) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.border = border  # pyright: ignore[reportAttributeAccessIssue]
        ctx.shape = pixels.shape  # pyright: ignore[reportAttributeAccessIssue]
        return torch.grid_sampler_2d(pixels, grid, _BILINEAR, border, _CORNERS)

    @staticmethod
    def backward(ctx: FunctionCtx, *grad_outputs: Tensor) -> tuple[Tensor, None, None]:
        (grid,) = ctx.saved_tensors  # pyright: ignore[reportAttributeAccessIssue]
        border, shape = ctx.border, ctx.shape  # pyright: ignore[reportAttributeAccessIssue]
        return _Spread.apply(grad_outputs[0], grid, border, shape), None, None


class _Spread(Function):
    """The adjoint: every sample gives its value back to the pixels it came from."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, samples: Tensor, grid: Tensor, border: int, shape: torch.Size
    ) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.border = border  # pyright: ignore[reportAttributeAccessIssue]
        pixels, _ = torch.ops.aten.grid_sampler_2d_backward(
            samples.contiguous(),
            samples.new_zeros(shape),
            grid,
            _BILINEAR,
            border,
            _CORNERS,
            [True, False],
        )
        return pixels

    @staticmethod
    def backward(
        ctx: FunctionCtx, *grad_outputs: Tensor
    ) -> tuple[Tensor, None, None, None]:
        (grid,) = ctx.saved_tensors  # pyright: ignore[reportAttributeAccessIssue]
        border = ctx.border  # pyright: ignore[reportAttributeAccessIssue]
        return _Sampled.apply(grad_outputs[0], grid, border), None, None, None
