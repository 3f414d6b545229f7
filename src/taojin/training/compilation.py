"""Compiled blocks, and names of weights that do not tell of it."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

_WRAPPER = "_orig_mod."
"""What ``torch.compile(model)`` puts before the names of its weights."""


@contextmanager
def compiled(
    model: nn.Module, *, enabled: bool = True, backend: str = "inductor"
) -> Generator[None, None, None]:
    """Compile a model's blocks for as long as the block of code lasts.

    The blocks of a stack are alike: compiled each for itself they share one result,
    in a fraction of the time that the whole model takes. Only what the modules do is
    replaced, not the modules, so weights keep their names.

    Args:
        model: A model.
        enabled: Whether to do anything.
        backend: See :func:`torch.compile`.
    """
    modules = blocks_of(model) if enabled else []
    for module in modules:
        module.forward = torch.compile(module.forward, backend=backend)
    try:
        yield
    finally:
        for module in modules:
            del module.forward  # what the class does shows again


def blocks_of(model: nn.Module) -> Sequence[nn.Module]:
    """The members of a model's outermost module lists, or the model itself."""
    return [block for stack in stacks_in(model) for block in stack] or [model]


def stacks_in(model: nn.Module) -> list[nn.ModuleList]:
    """The outermost module lists of a model."""
    stacks: list[nn.ModuleList] = []
    inside: set[nn.Module] = set()
    for module in model.modules():
        if isinstance(module, nn.ModuleList) and module not in inside:
            stacks.append(module)
            inside.update(module.modules())
    return stacks


def plain_name(name: str) -> str:
    """The name of a weight without the traces of a compiled wrapper."""
    return name.replace(_WRAPPER, "")


def unwrap(model: nn.Module) -> nn.Module:
    """The model inside the wrappers that compile it or spread it over processes."""
    while True:
        if isinstance(model, nn.parallel.DistributedDataParallel):
            model = model.module
        elif isinstance(inner := getattr(model, "_orig_mod", None), nn.Module):
            model = inner
        else:
            return model
