"""Where a model is trained, and how batches get there."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal, TypeVar, cast

import torch
from torch import Tensor, nn

from taojin.core.errors import ConfigurationError

Batch = TypeVar("Batch")


@contextmanager
def on_device(
    model: nn.Module, device: Literal["cpu", "cuda", "auto"]
) -> Generator[None, None, None]:
    """Move a model inside the block, and back to where it was at its end.

    Args:
        model: Moved in place: its weights stay the same objects.
        device: ``auto`` is a GPU if there is one.

    Raises:
        ConfigurationError: If there is no such device.
    """
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        message = (
            "device is cuda, and PyTorch finds no GPU; set it to cpu or auto, or "
            "install a build of PyTorch for your card"
        )
        raise ConfigurationError(message)
    home = next(model.parameters()).device
    if device == "cuda" or (device == "auto" and has_gpu):
        model.to("cuda")
    try:
        yield
    finally:
        model.to(home)


def place(batch: Batch, device: torch.device) -> Batch:
    """Move every tensor of a batch to a device; on the CPU it stays as it is.

    Args:
        batch: A tensor, or a (named) tuple, list or mapping of such; other values
            are passed through.
        device: Where to.
    """
    return batch if device.type == "cpu" else cast("Batch", _moved(batch, device))


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device, non_blocking=True)
    if isinstance(value, dict):
        return {key: _moved(item, device) for key, item in value.items()}
    if isinstance(value, tuple | list):
        items = [_moved(item, device) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value
