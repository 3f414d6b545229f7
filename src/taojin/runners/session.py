"""A session whose default runner knows what is up to date."""

from typing import Any

from kedro.framework.session import KedroSession
from kedro.runner import AbstractRunner, SequentialRunner

from taojin.runners.fingerprint_runner import FingerprintRunner


class TaojinSession(KedroSession):
    """Runs pipelines with :class:`FingerprintRunner` unless told otherwise.

    ``kedro run`` hands over a plain ``SequentialRunner`` when no ``--runner`` is
    given; only that one is replaced. ``--runner=ThreadRunner`` and others stay.
    """

    def run(
        self, *args: Any, runner: AbstractRunner | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Run a pipeline; see :meth:`kedro.framework.session.KedroSession.run`."""
        if runner is None or type(runner) is SequentialRunner:
            runner = FingerprintRunner()
        return super().run(*args, runner=runner, **kwargs)
