import importlib
import sys

import pytest

from taojin.runners import code_version as module
from taojin.runners.code_version import _reach, code_version


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package ``gold``: ``top`` imports ``middle``, which imports ``leaf``."""
    root = tmp_path / "gold"
    root.mkdir()
    (root / "__init__.py").write_text("")
    (root / "leaf.py").write_text("LIMIT = 1\n")
    (root / "middle.py").write_text("from gold.leaf import LIMIT\nimport json\n")
    (root / "top.py").write_text("from gold import middle\ndef node(): ...\n")
    (root / "aside.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "PACKAGE", "gold")
    for name in [name for name in sys.modules if name.split(".")[0] == "gold"]:
        monkeypatch.delitem(sys.modules, name)
    _reach.cache_clear()
    yield root
    _reach.cache_clear()


def version() -> str:
    return code_version(importlib.import_module("gold.top").node)


@pytest.mark.parametrize(
    ("file", "changes"),
    [("top.py", 1), ("middle.py", 1), ("leaf.py", 1), ("aside.py", 0)],
)
def test_only_what_the_node_reaches_counts(package, file, changes):
    before = version()
    with (package / file).open("a") as stream:
        stream.write("# changed\n")
    assert (version() != before) == bool(changes)


@pytest.mark.usefixtures("package")
def test_library_code_is_left_out():
    version()
    assert [name for name, _ in _reach("gold.top")] == [
        "gold",
        "gold.leaf",
        "gold.middle",
        "gold.top",
    ]
