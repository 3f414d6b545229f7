"""A sink of one process, used by another one over the queues of Ray."""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from taojin.training.distribution.first_rank import AccompaniesRanks
from taojin.training.distribution.ranks import StoppedByFirstRankError
from taojin.training.metrics import MetricSink, TextSink

T = TypeVar("T")

_SECONDS_BETWEEN_LOOKS = 1.0


class LentSink:
    """The sink of this process, used by rank 0 in another one.

    Args:
        sink: Called in the thread of :meth:`serve` alone: an MLflow run is active in
            a thread, not in a process.
    """

    def __init__(self, sink: MetricSink) -> None:
        from ray.util.queue import Queue

        self._sink = sink
        self._calls = Queue(actor_options={"num_cpus": 0})
        self._answers = Queue(actor_options={"num_cpus": 0})
        watch = sink.companion() if isinstance(sink, AccompaniesRanks) else None
        self.end = RemoteSink(self._calls, self._answers, watch)

    def serve(self, action: Callable[[], T]) -> T:
        """Do something in another thread, and meanwhile what rank 0 asks of the sink.

        Raises:
            BaseException: What the sink raised, which has ended the run, or what the
                action raised.
        """
        found: list[T] = []
        failures: list[BaseException] = []

        def act() -> None:
            try:
                found.append(action())
            except BaseException as error:  # noqa: BLE001 - raised again below
                failures.append(error)

        acting = threading.Thread(target=act, daemon=True)
        acting.start()
        refusal = None
        while acting.is_alive():
            refusal = self._answer() or refusal
        for queue in (self._calls, self._answers):
            queue.shutdown(force=True)
        for error in (refusal, *failures):
            if error is not None:
                raise error
        return found[0]

    def _answer(self) -> BaseException | None:
        from ray.util.queue import Empty

        try:
            name, args = self._calls.get(timeout=_SECONDS_BETWEEN_LOOKS)
        except Empty:
            return None
        try:
            if name == "log":
                self._sink.log(*args)
            elif isinstance(self._sink, TextSink):
                self._sink.log_text(*args)
        except BaseException as error:  # noqa: BLE001 - raised by serve
            self._answers.put(f"{type(error).__name__}: {error}")
            return error
        self._answers.put(None)
        return None


class RemoteSink:
    """Rank 0's end of a lent sink."""

    def __init__(
        self,
        calls: Any,
        answers: Any,
        watch: Callable[[int], AbstractContextManager[Any]] | None,
    ) -> None:
        self._calls = calls
        self._answers = answers
        self._watch = watch

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record metrics of one step."""
        self._ask("log", step, dict(metrics))

    def log_text(self, name: str, text: str) -> None:
        """Record a text where the sink takes texts."""
        self._ask("log_text", name, text)

    def companion(self) -> Callable[[int], AbstractContextManager[Any]] | None:
        """What other ranks hold open while they train."""
        return self._watch

    def watch_first_rank(self) -> AbstractContextManager[Any]:
        """The same for rank 0, which is not the process that has the sink."""
        return nullcontext() if self._watch is None else self._watch(0)

    def _ask(self, name: str, *args: Any) -> None:
        self._calls.put((name, args))
        refusal = self._answers.get()
        if refusal is not None:
            message = f"the process that runs the pipeline ended the run: {refusal}"
            raise StoppedByFirstRankError(message)
