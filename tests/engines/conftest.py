import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from taojin.engines import EngineConfig

PACKAGES = {"local": "multiprocessing", "ray": "ray", "dask": "distributed"}


@pytest.fixture(scope="session")
def operators() -> ModuleType:
    """Functions that workers can import by name, before any worker is started."""
    folder = str(Path(__file__).parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module("worker_operators")


@pytest.fixture(params=PACKAGES)
def engine(request, operators) -> EngineConfig:  # noqa: ARG001 - to be imported first
    """Two real workers of each kind; started once, as in a run."""
    package = PACKAGES[request.param]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"the optional package {package} is not installed")
    return EngineConfig(name=request.param, num_workers=2)
