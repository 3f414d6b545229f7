"""Every heuristic signal of a column of texts, family by family.

A family nobody asks for is not measured. What several families need (words, lines,
room for tables) is made once a batch.
"""

from collections.abc import Collection
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.text_buffers import TextBuffers, batches
from taojin.curation.kernels import (
    c4,
    cjk,
    composition,
    fineweb,
    quality,
    redpajama,
    repetition,
)
from taojin.curation.kernels.c4 import measure_c4
from taojin.curation.kernels.cjk import measure_cjk
from taojin.curation.kernels.composition import measure_composition
from taojin.curation.kernels.fineweb import measure_fineweb
from taojin.curation.kernels.line_index import LineIndex, index_lines
from taojin.curation.kernels.ngrams import Workspace, make_workspace
from taojin.curation.kernels.quality import measure_quality
from taojin.curation.kernels.redpajama import measure_redpajama
from taojin.curation.kernels.repetition import measure_repetition
from taojin.curation.kernels.words import Words, split_words

_MODULES = {
    "general": (composition,),
    "gopher": (quality, repetition),
    "c4": (c4,),
    "fineweb": (fineweb,),
    "rps": (redpajama,),
    "cjk": (cjk,),
}
ALL_FAMILIES = tuple(_MODULES)

COUNT_SIGNALS: tuple[str, ...] = tuple(
    name
    for modules in _MODULES.values()
    for module in modules
    for name in module.COUNT_SIGNALS
)
"""Columns of whole numbers (int64)."""
RATIO_SIGNALS: tuple[str, ...] = tuple(
    name
    for modules in _MODULES.values()
    for module in modules
    for name in module.RATIO_SIGNALS
)
"""Columns of fractions and means (float64)."""


def family_signals(family: str) -> tuple[str, ...]:
    """Name the columns of a family."""
    return tuple(name for module in _MODULES[family] for name in module.SIGNALS)


def measure_texts(
    text: pa.ChunkedArray, families: Collection[str] = ALL_FAMILIES
) -> dict[str, NDArray[np.int64] | NDArray[np.float64]]:
    """Measure texts.

    Args:
        text: Column of strings; a null counts as an empty text.
        families: Which families to measure, of ``ALL_FAMILIES``.

    Returns:
        A column for each signal, in the order of ``ALL_FAMILIES``. A signal of a text
        depends on that text alone.
    """
    names = [
        name
        for family in ALL_FAMILIES
        if family in families
        for name in family_signals(family)
    ]
    rows = [_measure_batch(batch, families) for batch in batches(text)]
    table = np.concatenate([np.zeros((0, len(names))), *rows])
    counts = set(COUNT_SIGNALS)
    return {
        name: column.astype(np.int64) if name in counts else column.copy()
        for name, column in zip(names, table.T, strict=True)
    }


def _measure_batch(text: TextBuffers, families: Collection[str]) -> NDArray[np.float64]:
    shared = _Shared(text)
    measured = [
        column
        for family in ALL_FAMILIES
        if family in families
        for column in _MEASURES[family](shared)
    ]
    return np.concatenate([np.zeros((text.num_texts, 0)), *measured], axis=1)


class _Shared:
    """A batch, and what several families need of it."""

    def __init__(self, text: TextBuffers) -> None:
        self.text = text

    @cached_property
    def words(self) -> Words:
        return split_words(*self.text)

    @cached_property
    def lines(self) -> LineIndex:
        return index_lines(self.text)

    @cached_property
    def work(self) -> Workspace:
        # No text has more pieces of any kind than bytes, but for an empty line.
        return make_workspace(int(np.diff(self.text.offsets).max(initial=0)) + 1)


def _measure_general(batch: _Shared) -> list[NDArray[np.float64]]:
    return [measure_composition(batch.text, batch.lines, batch.work)]


def _measure_gopher(batch: _Shared) -> list[NDArray[np.float64]]:
    text, words, lines = batch.text, batch.words, batch.lines
    return [
        measure_quality(text, words),
        measure_repetition(text, words, lines, batch.work),
    ]


def _measure_c4(batch: _Shared) -> list[NDArray[np.float64]]:
    return [measure_c4(batch.text, batch.words)]


def _measure_fineweb(batch: _Shared) -> list[NDArray[np.float64]]:
    return [measure_fineweb(batch.text, batch.words, batch.lines, batch.work)]


def _measure_redpajama(batch: _Shared) -> list[NDArray[np.float64]]:
    return [measure_redpajama(batch.text, batch.lines, batch.work)]


def _measure_cjk(batch: _Shared) -> list[NDArray[np.float64]]:
    return [measure_cjk(batch.text, batch.work)]


_MEASURES = {
    "general": _measure_general,
    "gopher": _measure_gopher,
    "c4": _measure_c4,
    "fineweb": _measure_fineweb,
    "rps": _measure_redpajama,
    "cjk": _measure_cjk,
}
