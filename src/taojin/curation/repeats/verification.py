"""Compare linked text word by word, though its two halves lie in different parts.

Either side is digested where it lies (BLAKE2b, 128 bits, over the folded words) and
the digests are compared; so each part is read once, whoever copies from it.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.errors import DataError
from taojin.core.fingerprints import DIGEST_BYTES
from taojin.core.shards import read_part
from taojin.curation.kernels.plain_words import folded_words, plain_words
from taojin.curation.repeats.spill import (
    Run,
    RunWriter,
    load_runs,
    read_range,
    remember_runs,
)
from taojin.curation.repeats.texts import PartTexts, TextBatch, read_texts
from taojin.curation.repeats.windows import read_offsets

_DIGESTS_AT_ONCE = 1 << 16
_ID_BYTES = 32
_ID_VALUES = _ID_BYTES // 8


@dataclass(frozen=True)
class DigestTask:
    """Linked text in one part, on either side of the link.

    Attributes:
        part: The part.
        size: Words a window.
        links: Copies in this part.
        requests: List of the copies in all parts by the text they equal, maybe here.
        origins: List of the copies in all parts by where they stood first, maybe here.
        folder: Where to write.
    """

    part: PartTexts
    size: int
    links: Run
    requests: Path
    origins: Path
    folder: Path


class Located(NamedTuple):
    """Where runs of words are, and what they say.

    Attributes:
        digests: Of shape (number of runs, 2).
        rows: Rows in the part.
        starts: First byte in the row's text.
        ends: Byte after the last word.
    """

    digests: NDArray[np.int64]
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def digest_links(task: DigestTask) -> list[Run]:
    """Digest both sides of links as far as they lie in a part.

    Returns:
        Three runs, keyed by the position of the copy. The first is of copies in this
        part: two values of digest, row, start, end, number of windows. The second
        is of text in this part that copies equal: two values of digest. The third is
        of documents of this part in which copies stood first: the ``document_id`` in
        four values.
    """
    path = task.folder / f"digests-{task.part.index:06d}.bin"

    def write() -> list[Run]:
        low, high = task.part.low, task.part.high
        here = read_range([task.links], low, high)
        there = read_range(load_runs(task.requests), low, high)
        origins = read_range(load_runs(task.origins), low, high)
        offsets = read_offsets(task.folder, task.part)
        positions = np.concatenate([here.keys, there.keys]).astype(np.int64) - low
        lengths = np.concatenate([here.values[:, -1], there.values[:, -1]])
        lengths += task.size - 1
        located = locate_runs(task.part, positions, lengths, offsets)
        count = len(here.keys)
        first_words = origins.keys.astype(np.int64) - low
        ids = _packed_ids(task.part, rows_of(first_words, offsets))
        with RunWriter(path) as writer:
            own = [*located.digests[:count].T, *(v[:count] for v in located[1:])]
            writer.add(here.keys, *own, here.values[:, 0])
            copies = there.values[:, 0].astype(np.uint64)
            writer.add(copies, *located.digests[count:].T)
            writer.add(origins.values[:, 0].astype(np.uint64), *ids.T)
        return writer.runs

    return remember_runs(path, write)


def locate_runs(
    part: PartTexts,
    positions: NDArray[np.int64],
    lengths: NDArray[np.int64],
    offsets: NDArray[np.int64],
) -> Located:
    """Find and digest runs of words.

    Args:
        part: Where they lie.
        positions: First word of each, counted in the part.
        lengths: Words of each; a run lies within one row.
        offsets: Words of the part's rows.
    """
    # Text that many copy is digested once.
    order = np.lexsort((lengths, positions))
    is_new = np.ones(len(order), dtype=np.bool_)
    is_new[1:] = (np.diff(positions[order]) != 0) | (np.diff(lengths[order]) != 0)
    distinct = order[is_new]
    inverse = np.empty(len(order), np.int64)
    inverse[order] = np.cumsum(is_new) - 1
    positions, lengths = positions[distinct], lengths[distinct]
    rows = rows_of(positions, offsets)
    wanted = np.zeros(len(offsets) - 1, dtype=np.bool_)
    wanted[rows] = True
    edges = np.zeros((2, len(rows)), np.int64)
    located = Located(np.zeros((len(rows), 2), np.int64), rows, *edges)
    for batch in read_texts(part, wanted) if len(rows) else ():
        last_row = batch.first_row + batch.texts.num_texts
        first, last = np.searchsorted(rows, [batch.first_row, last_row])
        within = positions[first:last] - offsets[rows[first:last]]
        here = Located(*(values[first:last] for values in located))
        _locate_in_batch(batch, within, lengths[first:last], here)
    return Located(*(values[inverse] for values in located))


def rows_of(
    positions: NDArray[np.int64], offsets: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows in which words of a part stand."""
    return np.searchsorted(offsets, positions, side="right") - 1


def unpack_ids(values: NDArray[np.int64]) -> list[str]:
    """Read ids that were packed into integers, shape (number, 4)."""
    packed = np.ascontiguousarray(values).view(f"S{_ID_BYTES}").reshape(-1)
    return [value.decode() for value in packed.tolist()]


def _locate_in_batch(
    batch: TextBatch,
    within: NDArray[np.int64],
    lengths: NDArray[np.int64],
    located: Located,
) -> None:
    words = plain_words(batch.texts)
    rows = located.rows - batch.first_row
    firsts = words.offsets[rows] + within
    lasts = firsts + lengths
    located.starts[:] = words.starts[firsts] - batch.texts.offsets[rows]
    located.ends[:] = words.ends[lasts - 1] - batch.texts.offsets[rows]
    folded, offsets = folded_words(batch.texts, words)
    for start in range(0, len(firsts), _DIGESTS_AT_ONCE):
        chosen = slice(start, start + _DIGESTS_AT_ONCE)
        edges = offsets[firsts[chosen]].tolist(), offsets[lasts[chosen]].tolist()
        digests = b"".join(
            hashlib.blake2b(
                folded[first:last].tobytes(), digest_size=DIGEST_BYTES
            ).digest()
            for first, last in zip(*edges, strict=True)
        )
        located.digests[chosen] = np.frombuffer(digests, np.int64).reshape(-1, 2)


def _packed_ids(part: PartTexts, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(rows):
        return np.zeros((0, _ID_VALUES), np.int64)
    column = read_part(part.path, ["document_id"])["document_id"]
    ids = [value.encode() for value in column.take(pa.array(rows)).to_pylist()]
    longest = max(ids, key=len)
    if len(longest) > _ID_BYTES:
        message = (
            f"{part.path} has the document_id {longest.decode()!r:.60} of "
            f"{len(longest)} bytes; an id has at most {_ID_BYTES}"
        )
        raise DataError(message)
    packed = np.array(ids, dtype=f"S{_ID_BYTES}")
    return packed.view(np.int64).reshape(-1, _ID_VALUES)
