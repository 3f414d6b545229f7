"""The session on a project of its own."""

import importlib
import subprocess
import sys

import click
import pytest
from kedro.framework.session import KedroSession
from kedro.io import DatasetError
from kedro.runner import SequentialRunner, ThreadRunner

from taojin.core.errors import SourceReadError
from taojin.runners.fingerprint_runner import FingerprintRunner
from taojin.runners.session import RankSession, TaojinSession


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


RANKS = """
import os, sys
from pathlib import Path

from kedro.framework.session import KedroSession

from taojin.runners.session import RankSession

folder = Path(sys.argv[1])
KedroSession.run = lambda *_, **__: {"rank": (folder / os.environ["RANK"]).touch()}
found = RankSession.__new__(RankSession).run()
(folder / f"{os.environ['RANK']} got {list(found)}").touch()
"""


@pytest.mark.slow
def test_of_the_processes_of_torchrun_the_first_alone_runs_the_pipeline(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(RANKS, encoding="utf-8")
    folder = tmp_path / "found"
    folder.mkdir()
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    done = subprocess.run(
        [*torchrun, "--nproc-per-node", "2", str(script), str(folder)],
        check=False, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["0", "0 got ['rank']", "1 got []"]


@pytest.mark.parametrize(
    ("run_id", "expected"), [(None, TaojinSession), ("a run", RankSession)]
)
def test_the_settings_know_torchrun(monkeypatch, run_id, expected):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    if run_id:
        monkeypatch.setenv("TORCHELASTIC_RUN_ID", run_id)
    settings = importlib.import_module("taojin.settings")
    assert importlib.reload(settings).SESSION_CLASS is expected
