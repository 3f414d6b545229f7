"""The session on a project of its own."""

import click
import pytest
from kedro.framework.session import KedroSession
from kedro.io import DatasetError
from kedro.runner import SequentialRunner, ThreadRunner

from taojin.core.errors import SourceReadError
from taojin.runners.fingerprint_runner import FingerprintRunner
from taojin.runners.session import TaojinSession


@pytest.fixture
def session(monkeypatch):
    """A session whose base class only notes the runner, or raises what it is told."""
    seen = {}

    def run(_self, *_args, runner=None, **_kwargs):
        seen["runner"] = runner
        if "error" in seen:
            raise seen["error"]
        return {}

    monkeypatch.setattr(KedroSession, "run", run)
    made = TaojinSession.__new__(TaojinSession)
    return made, seen


@pytest.mark.parametrize("given", [None, SequentialRunner()])
def test_the_default_runner_is_replaced(session, given):
    made, seen = session
    made.run(runner=given)
    assert isinstance(seen["runner"], FingerprintRunner)


def test_a_runner_that_was_asked_for_is_kept(session):
    made, seen = session
    runner = ThreadRunner()
    made.run(runner=runner)
    assert seen["runner"] is runner


@pytest.mark.parametrize(
    "error",
    [SourceReadError("news is gone"), DatasetError("x"), OSError(28, "No space", "f")],
)
def test_on_the_command_line_a_foreseen_error_is_its_message(session, error):
    made, seen = session
    seen["error"] = error
    with (
        click.Context(click.Command("run")),
        pytest.raises(click.ClickException) as told,
    ):
        made.run()
    assert told.value.message == str(error)


def test_elsewhere_the_error_itself_is_raised(session):
    made, seen = session
    seen["error"] = SourceReadError("news is gone")
    with pytest.raises(SourceReadError):
        made.run()


def test_an_error_that_nobody_foresaw_keeps_its_trace(session):
    made, seen = session
    seen["error"] = ZeroDivisionError()
    with click.Context(click.Command("run")), pytest.raises(ZeroDivisionError):
        made.run()
