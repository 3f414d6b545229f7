"""Find the windows of words that stood in the corpus before."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from taojin.core.files import atomic_file
from taojin.curation.kernels.plain_words import plain_words
from taojin.curation.kernels.windows import hash_windows
from taojin.curation.kernels.windows import link_windows as link_equal
from taojin.curation.repeats.spill import (
    Run,
    RunWriter,
    group_starts,
    load_runs,
    read_range,
    remember_runs,
    sort_by_key,
)
from taojin.curation.repeats.texts import PartTexts, read_texts


@dataclass(frozen=True)
class WindowTask:
    """Windows of one part."""

    part: PartTexts
    size: int
    folder: Path


@dataclass(frozen=True)
class RangeTask:
    """Windows of all parts whose hash lies in one range."""

    low: int
    high: int
    runs: Path
    size: int
    path: Path


@dataclass(frozen=True)
class LinkTask:
    """Repeated windows of one part."""

    part: PartTexts
    runs: Path
    folder: Path


def record_windows(task: WindowTask) -> list[Run]:
    """Write (hash, position) of all windows of a part; a position counts words."""
    name = f"windows-{task.part.index:06d}"

    def write() -> list[Run]:
        offsets = [np.zeros(1, np.int64)]
        num_words = 0
        with RunWriter(task.folder / f"{name}.bin") as writer:
            for batch in read_texts(task.part):
                words = plain_words(batch.texts)
                keys, firsts = hash_windows(words.hashes, words.offsets, task.size)
                writer.add(keys, firsts + (task.part.low + num_words))
                offsets.append(words.offsets[1:] + num_words)
                num_words += len(words.hashes)
        with atomic_file(offsets_path(task.folder, task.part)) as partial:
            partial.write_bytes(np.concatenate(offsets).tobytes())
        return writer.runs

    return remember_runs(task.folder / f"{name}.bin", write)


def match_windows(task: RangeTask) -> list[Run]:
    """Write (position, position of an equal window, of the first) of repeated windows.

    A window that overlaps the first one is no repetition of it: in "la la la ..."
    one whole window has to stay.
    """

    def write() -> list[Run]:
        records = read_range(load_runs(task.runs), task.low, task.high)
        keys, values = sort_by_key(records)
        positions = _column(values, 0)
        starts = group_starts(keys)
        sizes = np.diff(starts, append=len(keys))
        several = np.repeat(sizes > 1, sizes)
        keys, positions = keys[several], positions[several]
        order = np.lexsort((positions, keys))
        keys, positions = keys[order], positions[order]
        firsts, links = link_equal(keys, positions, task.size)
        repeated = positions - firsts >= task.size
        with RunWriter(task.path) as writer:
            at = positions[repeated].astype(np.uint64)
            writer.add(at, links[repeated], firsts[repeated])
        return writer.runs

    return remember_runs(task.path, write)


def link_windows(task: LinkTask) -> list[Run]:
    """Join repeated windows that follow each other, here and where they equal others.

    Returns:
        Three runs about such copies: (position, number of windows); (position of the
        equal text, position, number of windows); (position of the first window that
        equals the copy's first, position).
    """
    path = task.folder / f"links-{task.part.index:06d}.bin"

    def write() -> list[Run]:
        runs = load_runs(task.runs)
        keys, values = sort_by_key(read_range(runs, task.part.low, task.part.high))
        positions, links = keys.astype(np.int64), _column(values, 0)
        starts = _broken(positions, links)
        num_windows = np.diff(starts, append=len(keys))
        copies = positions[starts]
        with RunWriter(path) as writer:
            writer.add(keys[starts], num_windows)
            writer.add(links[starts].astype(np.uint64), copies, num_windows)
            writer.add(_column(values, 1)[starts].astype(np.uint64), copies)
        return writer.runs

    return remember_runs(path, write)


def offsets_path(folder: Path, part: PartTexts) -> Path:
    """Where the word offsets of a part's rows are: 64-bit integers."""
    return folder / f"offsets-{part.index:06d}.bin"


def read_offsets(folder: Path, part: PartTexts) -> NDArray[np.int64]:
    """Words of row r of a part are ``offsets[r]`` to ``offsets[r + 1]``."""
    return np.fromfile(offsets_path(folder, part), np.int64)


def _column(values: NDArray[np.int64], index: int) -> NDArray[np.int64]:
    """Take a column of records, of which there may be none."""
    return values[:, index] if len(values) else np.zeros(0, np.int64)


def _broken(
    positions: NDArray[np.int64], links: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Where a window does not continue the one before it."""
    broken = np.ones(len(positions), dtype=np.bool_)
    broken[1:] = (np.diff(positions) != 1) | (np.diff(links) != 1)
    return np.flatnonzero(broken)
