"""The version of the code that a node runs: its module and all it imports of ours."""

import ast
import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from taojin.core.fingerprints import fingerprint_of, hash_file

PACKAGE = "taojin"


def code_version(function: Callable[..., Any]) -> str:
    """Hash the source of a function's module and of our modules that it reaches.

    Libraries are left out: their versions are pinned, and a newer patch release of
    one is no reason to train again. A change in a comment counts as a change.
    """
    reached = _reach(function.__module__)
    return fingerprint_of([(name, hash_file(path)) for name, path in reached])


@cache
def _reach(module: str) -> tuple[tuple[str, Path], ...]:
    """List our modules that importing ``module`` can execute, by name."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        path = _source(name)
        if path is None:
            continue
        found[name] = path
        waiting.extend(_imports(path))
    return tuple(sorted(found.items()))


def _imports(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            # "from package import name" may name a module or something inside one.
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in names if name.split(".")[0] == PACKAGE]


def _source(module: str) -> Path | None:
    """Find a module's file without importing anything; null if it is no module."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        return None
    base = Path(package.origin).parent.joinpath(*module.split(".")[1:])
    candidates = (base.with_name(f"{base.name}.py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)
