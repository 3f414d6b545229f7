"""Remove boilerplate lines from texts."""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.fingerprints import hash_bytes
from taojin.core.text_buffers import (
    TextBuffers,
    batches,
    text_array,
    text_buffers,
)
from taojin.curation.kernels.lines import (
    Lines,
    cut_ranges,
    equal_ranges,
    find_lines,
    hash_ranges,
    line_stops,
)

LINE_COLUMNS = ("source", "line", "num_documents", "share")
"""A line without the white space around it, documents of the source that have it, and
their share of the source's documents."""


def remove_lines(
    text: pa.ChunkedArray | pa.Array,
    source: pa.ChunkedArray | pa.Array,
    boilerplate: pd.DataFrame,
) -> tuple[pa.LargeStringArray, dict[str, int]]:
    """Remove the boilerplate lines of their sources from texts.

    Args:
        text: Texts of a part; not changed.
        source: Source of each.
        boilerplate: Lines, as
            :func:`taojin.curation.repeats.boilerplate.count_lines` returns them.

    Returns:
        Texts in the same order, and the counts ``num_documents_cut``,
        ``num_lines_removed`` and ``num_bytes_removed``.
    """
    known = _KnownLines(boilerplate)
    counts = {"num_documents_cut": 0, "num_lines_removed": 0, "num_bytes_removed": 0}
    salts = source_salts(source)
    arrays = []
    row = 0
    for texts in batches(text):
        lines = find_lines(texts)
        chosen = known.among(texts, lines, salts[row : row + texts.num_texts])
        row += texts.num_texts
        stops = line_stops(texts, lines)
        cut = cut_ranges(texts, lines.begins[chosen], stops[chosen])
        arrays.append(text_array(*cut))
        counts["num_lines_removed"] += int(chosen.sum())
        counts["num_bytes_removed"] += len(texts.data) - len(cut.data)
        changed = np.diff(texts.offsets) != np.diff(cut.offsets)
        counts["num_documents_cut"] += int(changed.sum())
    empty = pa.array([], type=pa.large_string())
    return pa.concat_arrays([empty, *arrays]), counts


def source_salts(source: pa.ChunkedArray | pa.Array) -> NDArray[np.uint64]:
    """Hash of each row's source: equal lines of two sources have unequal keys."""
    encoded = source.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = pa.concat_arrays(encoded.chunks)
    salts = [source_hash(name) for name in encoded.dictionary.to_pylist()]
    table = np.array(salts, dtype=np.int64).view(np.uint64)
    return table[encoded.indices.to_numpy(zero_copy_only=False)]


def source_hash(source: str) -> int:
    """Hash a source's name to 64 bits, signed."""
    value = int(hash_bytes(source.encode())[:16], 16)
    return value - (1 << 64) if value >> 63 else value


class _KnownLines:
    """Boilerplate lines, by hash and then byte for byte."""

    def __init__(self, boilerplate: pd.DataFrame) -> None:
        self._texts = text_buffers(
            pa.array(boilerplate["line"].tolist(), type=pa.large_string())
        )
        keys, _ = hash_ranges(
            self._texts, self._texts.offsets[:-1], self._texts.offsets[1:]
        )
        keys ^= source_salts(pa.array(boilerplate["source"].tolist(), pa.string()))
        self._order = np.argsort(keys)
        self._keys = keys[self._order]

    def among(
        self, texts: TextBuffers, lines: Lines, salts: NDArray[np.uint64]
    ) -> NDArray[np.bool_]:
        """Mark the lines that are boilerplate of their text's source."""
        chosen = np.zeros(len(lines.starts), np.bool_)
        if not len(self._keys):
            return chosen
        keys, _ = hash_ranges(texts, lines.starts, lines.ends)
        keys ^= np.repeat(salts, np.diff(lines.offsets))
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        likely = np.flatnonzero(self._keys[place] == keys)
        ranges = lines.starts[likely], lines.ends[likely]
        which = self._order[place[likely]]
        chosen[likely] = equal_ranges(texts, ranges, self._texts, which)
        return chosen
