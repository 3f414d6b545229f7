"""A session whose default runner knows what is up to date."""

import logging
from typing import Any

import click
from kedro.framework.session import KedroSession
from kedro.io import DatasetError
from kedro.runner import AbstractRunner, SequentialRunner
from kedro.validation.exceptions import DataValidationError, ParameterValidationError

from taojin.core.errors import TaojinError
from taojin.runners.fingerprint_runner import FingerprintRunner

logger = logging.getLogger(__name__)

_EXPECTED = (
    TaojinError,
    DatasetError,
    DataValidationError,
    ParameterValidationError,
    OSError,  # disk full, no permission: it names the file
)
"""Errors whose message says all; their trace would only push it out of sight."""


class TaojinSession(KedroSession):
    """Runs pipelines with :class:`FingerprintRunner` unless told otherwise.

    ``kedro run`` hands over a plain ``SequentialRunner`` when no ``--runner`` is
    given; only that one is replaced. ``--runner=ThreadRunner`` and others stay.
    """

    def run(
        self, *args: Any, runner: AbstractRunner | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Run a pipeline; see :meth:`kedro.framework.session.KedroSession.run`.

        On the command line an error that was foreseen is one message; its trace is
        logged at the level ``DEBUG``.
        """
        if runner is None or type(runner) is SequentialRunner:
            runner = FingerprintRunner()
        try:
            return super().run(*args, runner=runner, **kwargs)
        except _EXPECTED as error:
            if click.get_current_context(silent=True) is None:
                raise
            logger.debug("the trace", exc_info=error)
            raise click.ClickException(str(error)) from error


class RankSession(TaojinSession):
    """Of one of the processes that ``torchrun`` started; the first runs the pipeline.

    The others read no catalogue, run no node and open no MLflow run: they wait for
    what the first sends them, and end with it.
    """

    def run(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run a pipeline in the first process; see :meth:`TaojinSession.run`.

        Returns:
            What the run gave; nothing in the other processes.
        """
        from taojin.training.distribution.torchrun import lead

        return lead(lambda: super(RankSession, self).run(*args, **kwargs)) or {}
