"""Checkpoints written beside the training."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from torch import Tensor

from taojin.training.checkpoints import Checkpoint, CheckpointStore


class BackgroundStore:
    """Hands checkpoints to another store in a thread, one at a time.

    Training waits for a copy in memory, not for the disk. Whatever reads, and the
    next save, first wait until the one before is written; its errors are raised
    there.

    Args:
        store: Keeps the checkpoints; it must not keep their tensors, whose memory is
            used again.
    """

    def __init__(self, store: CheckpointStore) -> None:
        self._store = store
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._pending: Future[None] | None = None
        self._copies: dict[str, Tensor] = {}

    def save(self, checkpoint: Checkpoint) -> None:
        """Copy the checkpoint and return; it is written in the background.

        Raises:
            OSError: If the checkpoint before it could not be written.
        """
        self.wait()
        self._copies = {
            name: self._copy(name, value) for name, value in checkpoint.tensors.items()
        }
        copied = replace(checkpoint, tensors=self._copies)
        self._pending = self._writer.submit(self._store.save, copied)

    def latest(self, fingerprint: Mapping[str, Any]) -> Checkpoint | None:
        """The newest sound checkpoint of this run, or None."""
        self.wait()
        return self._store.latest(fingerprint)

    def load(self, step: int, fingerprint: Mapping[str, Any]) -> Checkpoint:
        """The checkpoint of one step of this run."""
        self.wait()
        return self._store.load(step, fingerprint)

    def wait(self) -> None:
        """Return when all is written.

        Raises:
            OSError: If a checkpoint could not be written.
        """
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def close(self) -> None:
        """Write what is pending and end the thread.

        Raises:
            OSError: If a checkpoint could not be written.
        """
        self._writer.shutdown()
        self.wait()

    def _copy(self, name: str, value: Tensor) -> Tensor:
        # Into memory of the save before: fresh memory takes several times longer.
        found = self._copies.get(name)
        if found is None or found.shape != value.shape or found.dtype != value.dtype:
            return value.clone()
        return found.copy_(value)
