"""Brightness, contrast and saturation; affine in the pixels."""

import torch
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)
"""Of red, green and blue (ITU-R BT.601)."""


def recoloured(
    pixels: Tensor, brightness: Tensor, contrast: Tensor, saturation: Tensor
) -> Tensor:
    """Change the colours of each picture.

    Args:
        pixels: ``[pictures, channels, height, width]``.
        brightness: Is added to all pixels, ``[pictures]``.
        contrast: Multiplies the distance from the picture's mean, ``[pictures]``.
        saturation: Multiplies the distance of a pixel from its own grey,
            ``[pictures]``; unread unless there are three channels.

    Returns:
        As many pixels; not clipped. A picture that nothing happens to is the same bit
        for bit.
    """
    brightness, contrast, saturation = (
        amount.to(pixels.dtype)[:, None, None, None]
        for amount in (brightness, contrast, saturation)
    )
    hit = (brightness != 0) | (contrast != 1)
    mean = pixels.mean(dim=(1, 2, 3), keepdim=True)
    if pixels.shape[1] == len(_LUMA):
        hit = hit | (saturation != 1)
        grey = torch.einsum("nchw,c->nhw", pixels, pixels.new_tensor(_LUMA))[:, None]
        centre = grey.mean(dim=(2, 3), keepdim=True)
        mean = centre + (mean - centre) * saturation
        # Both factors at once: every pass over the pixels counts.
        changed = pixels * (contrast * saturation) + grey * (
            contrast - contrast * saturation
        )
    else:
        changed = pixels * contrast
    return torch.where(hit, changed + (mean - mean * contrast + brightness), pixels)
