"""Language models whose matrices are integers of eight bits, for processors.

Reading the weights is what a token costs at a few rows, and these are a quarter of
single precision. Weights have one scale for each output, states one for each row, so
a row's result does not depend on the rows beside it.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from taojin.core.errors import ConfigurationError
from taojin.models.inference import InferenceModel
from taojin.models.integer_products import LARGEST, multiply, round_rows
from taojin.models.language_model import LanguageModel

_FEW_ROWS = 3
"""Up to so many, our kernel takes less time than the one for many rows."""
_SMALLEST = 1e-30


def quantise(model: LanguageModel) -> InferenceModel:
    """Make a copy of a model with matrices of eight-bit integers.

    The embedding, of which a token reads one row, stays in single precision.

    Args:
        model: A model on the processor; not changed.

    Raises:
        ConfigurationError: If the model is on another device.
    """
    device = model.lm_head.weight.device
    if device.type != "cpu":
        message = (
            f"int8 inference runs on the processor, and the model is on {device}; "
            "move it to the processor, or choose the precision bf16"
        )
        raise ConfigurationError(message)
    return InferenceModel(model, QuantisedMatrix, torch.float32)


class QuantisedMatrix:
    """A weight matrix of eight-bit integers, one scale for each output."""

    def __init__(self, weight: Tensor) -> None:
        """Round ``weight``, ``[outputs, inputs]``, to the nearest integers."""
        weight = weight.detach().float()
        scales = weight.abs().amax(1).clamp_min_(_SMALLEST).div_(LARGEST)
        whole = (weight / scales[:, None]).round_().to(torch.int8).contiguous()
        self._arrays = whole.numpy(), scales.numpy()
        self._packed: tuple[Tensor, Tensor, Tensor] | None = None
        if _HAS_FAST_PRODUCTS:
            packed = torch.ops.onednn.qlinear_prepack(whole, None)
            self._packed = packed, scales, torch.zeros_like(scales, dtype=torch.int64)

    def times(self, states: Tensor) -> Tensor:
        """Map ``[N, inputs]`` to ``[N, outputs]``."""
        given = states.contiguous().numpy()
        whole = np.empty(given.shape, np.int8)
        scales = np.empty(len(given), np.float32)
        if len(given) > _FEW_ROWS and self._packed is not None:
            round_rows(given, whole, scales)
            return _product_of_many(whole, scales, *self._packed)
        product = np.empty((len(given), len(self._arrays[0])), np.float32)
        multiply(given, *self._arrays, whole, scales, product)
        return torch.from_numpy(product)

    def add_times(self, sums: Tensor, states: Tensor) -> Tensor:
        """Return ``sums``, ``[N, outputs]``, plus the product."""
        return self.times(states).add_(sums)


def _product_of_many(
    whole: NDArray[np.int8],
    scales: NDArray[np.float32],
    packed: Tensor,
    weight_scales: Tensor,
    weight_zeros: Tensor,
) -> Tensor:
    """Multiply many rows by a matrix that oneDNN has packed."""
    # oneDNN wants them unsigned, with 128 for zero: that flips the highest bit.
    shifted = torch.from_numpy(whole).view(torch.uint8).bitwise_xor_(_ZERO)
    product = torch.ops.onednn.qlinear_pointwise(
        *(shifted, 1.0, _ZERO),
        *(packed, weight_scales, weight_zeros),
        *(None, 1.0, 0, torch.float32),  # no bias; the output is not rounded
        *("none", [], ""),  # nothing after the product
    )
    return product.mul_(torch.from_numpy(scales)[:, None])


def _has_fast_products() -> bool:
    """Return whether oneDNN multiplies such integers fast, and without overflow.

    Where the processor lacks VNNI instructions, it adds in sixteen bits.
    """
    return hasattr(torch.ops.onednn, "qlinear_pointwise") and (
        torch.cpu._is_vnni_supported()  # noqa: SLF001 - there is no public name
    )


_HAS_FAST_PRODUCTS = _has_fast_products()
_ZERO = 128
