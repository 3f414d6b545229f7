from typing import NamedTuple

import pytest
import torch
from torch import nn

from taojin.core.errors import ConfigurationError
from taojin.training.devices import on_device, place


class _Pair(NamedTuple):
    inputs: torch.Tensor
    name: str


META = torch.device("meta")


def test_every_tensor_of_a_batch_moves():
    batch = _Pair(torch.ones(2), "a")

    moved = place({"pair": batch, "list": [torch.ones(1)]}, META)

    assert moved["pair"].inputs.device == META
    assert moved["pair"].name == "a"
    assert isinstance(moved["pair"], _Pair)
    assert moved["list"][0].device == META


def test_on_the_cpu_a_batch_stays_as_it_is():
    batch = _Pair(torch.ones(2), "a")

    assert place(batch, torch.device("cpu")) is batch


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_missing_gpu_is_named():
    with (
        pytest.raises(ConfigurationError, match="device is cuda, and PyTorch finds no"),
        on_device(nn.Linear(1, 1), "cuda"),
    ):
        pass


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_model_returns_to_where_it_was():
    model = nn.Linear(1, 1)
    weight = model.weight

    with on_device(model, "auto"):
        assert model.weight is weight
        assert weight.is_cuda

    assert not weight.is_cuda
