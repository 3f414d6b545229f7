import threading

import pytest
import torch

from taojin.training.background_saving import BackgroundStore
from taojin.training.checkpoints import Checkpoint, MemoryCheckpointStore


class _SlowStore(MemoryCheckpointStore):
    """Writes only once it is let."""

    def __init__(self):
        super().__init__()
        self.may_write = threading.Event()

    def save(self, checkpoint):
        assert self.may_write.wait(10)
        super().save(checkpoint)


class _FullStore(MemoryCheckpointStore):
    def save(self, checkpoint):
        raise OSError(f"No space left on device for step {checkpoint.step}")


def _checkpoint(step, tensor=None):
    tensors = {"w": torch.ones(1) if tensor is None else tensor}
    return Checkpoint(step, None, {}, tensors, {})


def test_training_goes_on_while_a_checkpoint_is_written():
    slow, weight = _SlowStore(), torch.ones(1)
    store = BackgroundStore(slow)

    store.save(_checkpoint(1, weight))
    weight.fill_(2.0)  # the next step of training
    slow.may_write.set()

    found = store.latest({})
    assert found is not None
    assert found.tensors["w"].tolist() == [1.0]


def test_reading_and_closing_wait_for_what_is_being_written():
    slow = _SlowStore()
    store = BackgroundStore(slow)
    store.save(_checkpoint(3))
    slow.may_write.set()

    assert store.load(3, {}).step == 3
    store.save(_checkpoint(4))
    store.close()

    assert slow.load(4, {}).step == 4


def test_every_checkpoint_has_its_own_tensors():
    kept = MemoryCheckpointStore()
    store = BackgroundStore(kept)

    for step, tensor in enumerate([torch.ones(2), torch.zeros(2), torch.ones(3)]):
        store.save(_checkpoint(step, tensor))
    store.close()

    assert kept.load(1, {}).tensors["w"].tolist() == [0.0, 0.0]
    assert kept.load(2, {}).tensors["w"].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("how", ["save", "latest", "close"])
def test_an_error_of_writing_is_raised_at_the_next_call(how):
    store = BackgroundStore(_FullStore())
    store.save(_checkpoint(1))

    calls = {
        "save": lambda: store.save(_checkpoint(2)),
        "latest": lambda: store.latest({}),
        "close": store.close,
    }

    with pytest.raises(OSError, match="No space"):
        calls[how]()
