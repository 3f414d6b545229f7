"""A session whose default runner knows what is up to date."""

import logging
from collections.abc import Iterable
from typing import Any

import click
from kedro.framework.project import pipelines
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


MODALITIES_ON_REQUEST = frozenset({"image", "audio"})
"""Namespaces whose nodes run only when they, or a pipeline of theirs, are named."""

_CHOICES = ("node_names", "from_nodes", "to_nodes", "from_inputs", "to_outputs")


class TaojinSession(KedroSession):
    """Runs pipelines with :class:`FingerprintRunner` unless told otherwise.

    ``kedro run`` hands over a plain ``SequentialRunner`` when no ``--runner`` is
    given; only that one is replaced. ``--runner=ThreadRunner`` and others stay.
    A stage is that of text unless ``--namespaces`` or nodes say otherwise.
    """

    def run(
        self,
        *args: Any,
        runner: AbstractRunner | None = None,
        namespaces: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Run a pipeline; see :meth:`kedro.framework.session.KedroSession.run`.

        On the command line an error that was foreseen is one message; its trace is
        logged at the level ``DEBUG``.
        """
        if runner is None or type(runner) is SequentialRunner:
            runner = FingerprintRunner()
        if not namespaces and not any(kwargs.get(choice) for choice in _CHOICES):
            namespaces = usual_namespaces(kwargs.get("pipeline_names") or ())
        try:
            return super().run(*args, runner=runner, namespaces=namespaces, **kwargs)
        except _EXPECTED as error:
            if click.get_current_context(silent=True) is None:
                raise
            logger.debug("the trace", exc_info=error)
            raise click.ClickException(str(error)) from error


def usual_namespaces(names: Iterable[str]) -> list[str] | None:
    """What of some registered pipelines runs if no namespace is asked for.

    Args:
        names: Of the pipelines; an unknown one is for Kedro to refuse.

    Returns:
        Root namespaces without those of :data:`MODALITIES_ON_REQUEST`; None for all,
        where that would leave nothing out, or nothing over.
    """
    roots = {
        (node.namespace or "").split(".")[0]
        for name in names
        if name in pipelines
        for node in pipelines[name].nodes
    }
    usual = roots - MODALITIES_ON_REQUEST
    return sorted(usual) if usual and usual != roots else None


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
