"""The processes that train one model together."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor
from torch import distributed as dist

from taojin.core.errors import TrainingError
from taojin.training.config import DistributionConfig

T = TypeVar("T")

_BUCKET = 2**24
"""Numbers sent at a time: more would double the memory of the gradients."""
_HOST = torch.device("cpu")


class StoppedByFirstRankError(TrainingError):
    """Rank 0 ended the run: it was pruned, interrupted or could not go on."""


class Ranks:
    """What one process of a run knows of the others.

    All methods are collective: every rank calls them, in the same order. Alone, a
    process does what it would do anyway.

    Args:
        index: Of this process, from 0.
        num_ranks: How many there are.
        shards_weights: Whether each holds a share of the weights; then all must
            compute the same number of parts.
    """

    def __init__(
        self, index: int = 0, num_ranks: int = 1, *, shards_weights: bool = False
    ) -> None:
        self.index = index
        self.num_ranks = num_ranks
        self.shards_weights = shards_weights

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes, logs and decides."""
        return self.index == 0

    @property
    def is_alone(self) -> bool:
        """Whether there is no other process."""
        return self.num_ranks == 1

    def told_by_first(self, value: T) -> T:
        """The value of rank 0; those of the others are not looked at."""
        if self.is_alone:
            return value
        found = [value if self.is_first else None]
        dist.broadcast_object_list(found, src=0, device=_HOST)
        return found[0]  # pyright: ignore[reportReturnType]

    def first_does(self, action: Callable[[], T]) -> T | None:
        """Let rank 0 do something while the others wait.

        Returns:
            What the action gave, on rank 0; None on others.

        Raises:
            StoppedByFirstRankError: On other ranks, if the action failed; on rank 0
                the error itself is raised.
        """
        if not self.is_first:
            failure = self.told_by_first(None)
            if failure is not None:
                message = f"rank 0 ended the run: {failure}"
                raise StoppedByFirstRankError(message)
            return None
        try:
            result = action()
        except BaseException as error:
            self.told_by_first(f"{type(error).__name__}: {error}"[:500])
            raise
        self.told_by_first(None)
        return result

    def gathered(self, value: T) -> list[T]:
        """The values of all ranks in their order; on every rank."""
        if self.is_alone:
            return [value]
        found: list[T | None] = [None] * self.num_ranks
        dist.all_gather_object(found, value)
        return found  # pyright: ignore[reportReturnType]

    def add_up(self, tensors: Iterable[Tensor]) -> None:
        """Replace dense tensors by their sums over the ranks.

        They travel as one, in buckets: many small messages would wait on each other.
        """
        if self.is_alone:
            return
        for bucket in _buckets(tensors):
            flat = torch.cat([tensor.reshape(-1) for tensor in bucket])
            dist.all_reduce(flat)
            sizes = [tensor.numel() for tensor in bucket]
            for tensor, part in zip(bucket, flat.split(sizes), strict=True):
                tensor.copy_(part.view_as(tensor))

    def add_up_rows(self, rows: Tensor) -> Tensor:
        """The sum over the ranks of sparse gradients ``[rows, width]``, coalesced."""
        if self.is_alone:
            return rows.coalesce()
        rows = rows.coalesce()
        (indices,), values = rows.indices(), rows.values()
        counts = self.gathered(len(indices))
        longest = max(1, *counts)
        all_indices = [indices.new_zeros(longest) for _ in counts]
        all_values = [values.new_zeros(longest, *values.shape[1:]) for _ in counts]
        padding = longest - len(indices)
        dist.all_gather(
            all_indices, torch.cat([indices, indices.new_zeros(padding)]).contiguous()
        )
        dist.all_gather(
            all_values,
            torch.cat([values, values.new_zeros(padding, *values.shape[1:])]),
        )
        found = torch.cat([i[:n] for i, n in zip(all_indices, counts, strict=True)])
        parts = torch.cat([v[:n] for v, n in zip(all_values, counts, strict=True)])
        total = torch.sparse_coo_tensor(
            found[None], parts, rows.shape, check_invariants=False
        )
        return total.coalesce()

    def share(self, batches: Sequence[T]) -> Sequence[T]:
        """The validation batches of this rank; all of them if weights are sharded."""
        return batches if self.shards_weights else batches[self.index :: self.num_ranks]

    def totals(self, sums: Counter[str], num_units: int) -> tuple[Counter[str], int]:
        """Sums over what :meth:`share` gave, added up over the ranks."""
        if self.is_alone or self.shards_weights:
            return sums, num_units
        found = self.gathered((dict(sums), num_units))
        total: Counter[str] = Counter()
        for part, _ in found:
            total.update(part)
        return total, sum(count for _, count in found)

    @torch.no_grad()
    def copy_from_first(self, tensors: Iterable[Tensor]) -> None:
        """Overwrite tensors with those of rank 0."""
        if not self.is_alone:
            for tensor in tensors:
                dist.broadcast(tensor, src=0)


@contextmanager
def joined(config: DistributionConfig) -> Generator[Ranks, None, None]:
    """Be one of the ranks inside the block.

    The process group is the one that is open already, or one that ``torchrun``
    describes; without either, or with the strategy ``none``, there is one rank.
    """
    if config.strategy == "none":
        yield Ranks()
        return
    is_open = dist.is_available() and dist.is_initialized()
    launched = dist.is_available() and dist.is_torchelastic_launched()
    if not is_open and launched:
        if torch.cuda.is_available():
            torch.cuda.set_device(dist.distributed_c10d.get_node_local_rank(0))
        dist.init_process_group(
            backend(),
            init_method="env://",
            timeout=timedelta(seconds=config.timeout_seconds),
        )
    try:
        yield _ranks_of_group(config)
    finally:
        if not is_open and dist.is_available() and dist.is_initialized():
            dist.destroy_process_group()


def backend() -> str:
    """Gloo between processors; NCCL beside it between cards."""
    return "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"


def _ranks_of_group(config: DistributionConfig) -> Ranks:
    if not (dist.is_available() and dist.is_initialized()):
        return Ranks()
    num_ranks = dist.get_world_size()
    shards = config.strategy == "fsdp" and num_ranks > 1
    return Ranks(dist.get_rank(), num_ranks, shards_weights=shards)


def _buckets(tensors: Iterable[Tensor]) -> Iterable[list[Tensor]]:
    bucket: list[Tensor] = []
    size = 0
    for tensor in tensors:
        full = bucket and size + tensor.numel() > _BUCKET
        if full or (bucket and tensor.dtype != bucket[0].dtype):
            yield bucket
            bucket, size = [], 0
        bucket.append(tensor)
        size += tensor.numel()
    if bucket:
        yield bucket
