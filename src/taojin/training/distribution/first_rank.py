"""What rank 0 does for all ranks: keeping checkpoints and logging metrics."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from taojin.training.checkpoints import Checkpoint, CheckpointStore
from taojin.training.distribution.ranks import Ranks
from taojin.training.metrics import MetricSink, TextSink


@runtime_checkable
class AccompaniesRanks(Protocol):
    """A sink that also watches the processes that do not log."""

    def companion(self) -> Callable[[int], AbstractContextManager[Any]] | None:
        """What another rank holds open while it trains, given its number.

        It is sent to another process; None where there is nothing to watch.
        """
        ...


class FirstRankStore:
    """A store that rank 0 alone reads and writes, for all ranks.

    Args:
        store: That of rank 0; those of the others are left alone.
        ranks: Who trains.
    """

    def __init__(self, store: CheckpointStore, ranks: Ranks) -> None:
        self._store = store
        self._ranks = ranks

    def save(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint."""
        self._ranks.first_does(lambda: self._store.save(checkpoint))

    def latest(self, fingerprint: Mapping[str, Any]) -> Checkpoint | None:
        """The newest sound checkpoint of this run, or None."""
        found = self._ranks.first_does(lambda: self._store.latest(fingerprint))
        return self._given_to_all(found)

    def load(self, step: int, fingerprint: Mapping[str, Any]) -> Checkpoint:
        """The checkpoint of one step of this run."""
        found = self._ranks.first_does(lambda: self._store.load(step, fingerprint))
        given = self._given_to_all(found)
        if given is None:  # rank 0 would have raised
            message = f"rank 0 has no checkpoint of step {step}"
            raise RuntimeError(message)
        return given

    def _given_to_all(self, found: Checkpoint | None) -> Checkpoint | None:
        ranks = self._ranks
        outline = ranks.told_by_first(
            found
            and replace(
                found,
                fingerprint=dict(found.fingerprint),
                tensors={name: t.to("meta") for name, t in found.tensors.items()},
            )
        )
        if outline is None or ranks.is_first:
            tensors = {} if found is None else found.tensors
            ranks.copy_from_first(tensors[name] for name in sorted(tensors))
            return found
        empty = {name: _room_for(t) for name, t in outline.tensors.items()}
        ranks.copy_from_first(empty[name] for name in sorted(empty))
        return replace(outline, tensors=empty)


class FirstRankSink:
    """A sink to which rank 0 alone logs; if that fails, all ranks stop.

    So a search that prunes a run from within its sink ends every process of it.

    Args:
        sink: That of rank 0.
        ranks: Who trains.
    """

    def __init__(self, sink: MetricSink, ranks: Ranks) -> None:
        self._sink = sink
        self._ranks = ranks

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record metrics of one step."""
        self._ranks.first_does(lambda: self._sink.log(step, metrics))

    def log_text(self, name: str, text: str) -> None:
        """Record a text where the sink takes texts; not collective."""
        if self._ranks.is_first and isinstance(self._sink, TextSink):
            self._sink.log_text(name, text)


def companion_of(
    sink: MetricSink | None, ranks: Ranks
) -> Callable[[int], AbstractContextManager[Any]] | None:
    """What the sink of rank 0 wants the other ranks to hold open."""
    found = sink.companion() if isinstance(sink, AccompaniesRanks) else None
    return ranks.told_by_first(found)


def _room_for(tensor: Any) -> Any:
    return tensor.new_empty(tensor.shape, device="cpu")
