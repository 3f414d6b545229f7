import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from taojin.training.distribution.processes import started
from taojin.training.distribution.torchrun import leading


@pytest.fixture(scope="session")
def rank_jobs() -> ModuleType:
    """Jobs that other processes can import by name."""
    folder = str(Path(__file__).parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module("rank_jobs")


@pytest.fixture(scope="module")
def two_ranks(rank_jobs):  # noqa: ARG001 - to be imported first
    """This process and another one, for as many trainings as there are tests."""
    with started(2) as team, leading(team):
        yield
