"""A project of its own for each test: configuration and data in a temporary folder."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

# Python imports a module of this name at start, in every process of the run.
GUARD = """
import ipaddress, os, socket

def _is_local(host):
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

def _report(what, host):
    with open(os.environ["TAOJIN_TEST_CONNECTIONS"], "a") as log:
        log.write(f"{what} {host}\\n")
    raise OSError(f"the test guard refused: {what} {host}")

_connect, _connect_ex, _look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

def connect(self, address):
    if isinstance(address, tuple) and not _is_local(address[0]):
        _report("connect", address)
    return _connect(self, address)

def connect_ex(self, address):
    if isinstance(address, tuple) and not _is_local(address[0]):
        _report("connect", address)
    return _connect_ex(self, address)

def look_up(host, *args, **kwargs):
    if not _is_local(host):
        _report("look up", host)
    return _look_up(host, *args, **kwargs)

socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = connect, connect_ex, look_up
"""


@dataclass
class Project:
    """The project's code with a folder of its own for configuration and data."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def connections(self) -> str:
        log = self.folder / "connections.log"
        return log.read_text() if log.exists() else ""

    def configure(self, file: str, content: dict) -> None:
        """Write a file of the ``local`` kind, on top of the smoke environment."""
        path = self.folder / "conf" / "smoke" / file
        old = yaml.safe_load(path.read_text()) if path.exists() else {}
        path.write_text(yaml.safe_dump({**(old or {}), **content}))

    def command(self, *arguments: str) -> tuple[list[str], dict[str, str]]:
        guard = self.folder / "guard"
        guard.mkdir(exist_ok=True)
        (guard / "sitecustomize.py").write_text(GUARD)
        environment = {
            **{k: v for k, v in os.environ.items() if "TELEMETRY" not in k},  # noqa: TID251
            "PYTHONPATH": str(guard),
            "TAOJIN_TEST_CONNECTIONS": str(self.folder / "connections.log"),
            "COLUMNS": "400",
        }
        environment.pop("DO_NOT_TRACK", None)
        kedro = [sys.executable, "-m", "kedro", *arguments]
        return kedro, environment

    def copy_root(self) -> Path:
        """Make a project folder of its own, for commands that write beside it."""
        root = self.folder / "root"
        root.mkdir()
        for name in ("pyproject.toml", ".telemetry"):
            shutil.copy(ROOT / name, root)
        shutil.copytree(ROOT / "src", root / "src")  # Kedro refuses a link
        shutil.copytree(self.folder / "conf", root / "conf")
        return root

    def kedro(self, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess:
        command, environment = self.command(*arguments)
        return subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True,
            check=False, timeout=600,
        )  # fmt: skip

    @property
    def run_arguments(self) -> list[str]:
        return ["run", "--env", "smoke", "--conf-source", str(self.folder / "conf")]

    def run(self, *arguments: str) -> str:
        """Run, and return what was printed; fail if the run failed."""
        done = self.try_run(*arguments)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout + done.stderr

    def try_run(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.kedro(*self.run_arguments, *arguments)

    @staticmethod
    def executed(output: str) -> list[str]:
        """Names of the nodes that a run executed, without their namespace."""
        return re.findall(r"Done: (?:\w+\.)*(\w+) \(", output)

    def json(self, relative: str):
        return json.loads((self.data / relative).read_text(encoding="utf-8"))


def new_project(folder: Path) -> Project:
    shutil.copytree(ROOT / "conf", folder / "conf", ignore=lambda *_: ["local"])
    project = Project(folder)
    project.configure("globals.yml", {"data": str(project.data)})
    return project


@pytest.fixture(scope="session")
def project_in() -> Callable[[Path], Project]:
    """Makes a project in a folder, in which nothing has run."""
    return new_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> tuple[Project, str]:
    """A project in which the main job has run once, and what it printed."""
    project = new_project(tmp_path_factory.mktemp("finished"))
    return project, project.run()


@pytest.fixture
def project(finished, tmp_path) -> Project:
    """A copy of the finished project, to be changed at will."""
    original, _ = finished
    shutil.copytree(original.folder, tmp_path / "p")
    copy = Project(tmp_path / "p")
    copy.configure("globals.yml", {"data": str(copy.data)})
    return copy


@pytest.fixture
def empty_project(tmp_path) -> Project:
    """A project in which nothing has run."""
    return new_project(tmp_path)
