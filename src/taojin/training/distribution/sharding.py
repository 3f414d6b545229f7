"""Weights of which each rank holds a share (FSDP2), and their whole again."""

from collections.abc import Generator
from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch import distributed as dist

from taojin.training.compilation import stacks_in

if TYPE_CHECKING:
    from torch.distributed.tensor import DTensor


def is_sharded(tensor: Tensor) -> bool:
    """Whether other ranks hold parts of a tensor."""
    return hasattr(tensor, "placements")


def local(tensor: Tensor) -> Tensor:
    """What this rank holds of a tensor; shares its memory."""
    return cast("DTensor", tensor).to_local() if is_sharded(tensor) else tensor


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor; collective where it is sharded, itself where it is not."""
    return cast("DTensor", tensor).full_tensor() if is_sharded(tensor) else tensor


def share_of(tensor: Tensor, weight: Tensor) -> Tensor:
    """What each rank holds of a whole tensor that is shaped like a weight.

    Args:
        tensor: The same on all ranks.
        weight: Sharded or not.
    """
    if not is_sharded(weight) or tensor.shape != weight.shape:
        return tensor
    from torch.distributed.tensor import distribute_tensor

    model = cast("DTensor", weight)
    return distribute_tensor(
        tensor.to(weight.device),
        model.device_mesh,
        model.placements,
        src_data_rank=None,
    )


@contextmanager
def sharded(model: nn.Module, *, enabled: bool) -> Generator[None, None, None]:
    """Let each rank hold a share of the blocks of a model inside the block of code.

    The blocks of its stacks are exchanged for copies under
    :func:`torch.distributed.fsdp.fully_shard`; at the end the originals are back, with
    the trained weights, also in memory that is not a card's. Embeddings and heads
    stay whole on every rank: objectives use them directly.

    Args:
        model: The same on all ranks.
        enabled: Whether to do anything.
    """
    originals: list[tuple[nn.ModuleList, int, nn.Module]] = []
    if enabled:
        for stack in stacks_in(model):
            originals += [(stack, i, block) for i, block in enumerate(stack)]
    for stack, place, block in originals:
        stack[place] = _shard(deepcopy(block))
        block.to("cpu")
    succeeded = False
    try:
        yield
        succeeded = True
    finally:
        for stack, place, block in originals:
            if succeeded:  # else some rank may be gone, and asking it would hang
                _copy_back(stack[place], block)
            stack[place] = block


def _shard(block: nn.Module) -> nn.Module:
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    device = next(block.parameters()).device.type
    mesh = init_device_mesh(device, (dist.get_world_size(),))
    # Without True a block, being the root of its own, would stay whole after a
    # validation, and its weights would be read from memory that is soon freed.
    module = fully_shard(block, mesh=mesh, reshard_after_forward=True)
    module.set_gradient_divide_factor(1.0)  # summed: divided once, by all units
    module.set_force_sum_reduction_for_comms(True)
    return block


@torch.no_grad()
def _copy_back(block: nn.Module, original: nn.Module) -> None:
    trained = block.state_dict()
    original.load_state_dict({name: whole(t).cpu() for name, t in trained.items()})
