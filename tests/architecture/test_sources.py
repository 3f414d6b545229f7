"""Limits on size that ruff has no rule for."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MAX_LINES = 400
BANNED_NAMES = {"utils", "helpers", "common", "misc", "manager", "data"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_modules_are_small(path):
    num_lines = len(path.read_text(encoding="utf-8").splitlines())
    assert num_lines <= MAX_LINES, f"{path} has {num_lines} lines: split it"


def test_names_say_what_is_inside():
    assert not {path.stem for path in SOURCES} & BANNED_NAMES


def test_tests_mirror_the_source():
    rooms = {path.relative_to(ROOT / "src/taojin").parts[0] for path in SOURCES}
    rooms = {room for room in rooms if not room.endswith(".py")}
    tested = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert rooms - tested == set()
