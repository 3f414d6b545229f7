"""Files that are either whole or absent, whatever kills the process."""

import os
import shutil
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

PARTIAL_SUFFIX = ".partial"
"""Marks work in progress; nothing ever reads a name with this ending."""


@contextmanager
def atomic_file(path: str | Path) -> Generator[Path, None, None]:
    """Yield a temporary sibling of ``path``; move it there when the block succeeds.

    The content is flushed to the disk before the move, so after a crash
    ``path`` holds the old content or the new, never a mixture. If the block
    raises, the temporary file is removed and ``path`` is as it was.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial_sibling(target)
    try:
        yield partial
        _flush_to_disk(partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    _flush_to_disk(target.parent)


@contextmanager
def atomic_directory(path: str | Path) -> Generator[Path, None, None]:
    """Yield an empty temporary folder that becomes ``path`` when the block succeeds.

    An existing folder at ``path`` is replaced. Between the two renames of a
    replacement ``path`` is absent for an instant; it is never half-filled.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial_sibling(target)
    partial.mkdir()
    try:
        yield partial
        for file in partial.rglob("*"):
            _flush_to_disk(file)
        _flush_to_disk(partial)
        if target.exists():
            outgoing = _partial_sibling(target)
            target.rename(outgoing)
            partial.rename(target)
            shutil.rmtree(outgoing)
        else:
            partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _flush_to_disk(target.parent)


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    with atomic_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file atomically."""
    with atomic_file(path) as partial:
        partial.write_bytes(content)


def _partial_sibling(target: Path) -> Path:
    return target.parent / f".{target.name}.{uuid.uuid4().hex}{PARTIAL_SUFFIX}"


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
