"""The n-grams of evaluation sets, in files that all workers share."""

import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from taojin.core.files import write_text
from taojin.core.shards import Shards
from taojin.core.text_buffers import batches
from taojin.curation.decontamination.config import ContaminationConfig
from taojin.curation.kernels.overlaps import NgramTable, make_table
from taojin.curation.kernels.plain_words import plain_words
from taojin.curation.kernels.windows import hash_windows

_NAMES = "sets.json"


class EvaluationIndex(NamedTuple):
    """N-grams of evaluation sets.

    Attributes:
        sets: Names, in order; the table has their numbers as groups.
        table: The n-grams.
        num_too_short: Texts of each set that are too short to be looked for.
    """

    sets: tuple[str, ...]
    table: NgramTable
    num_too_short: dict[str, int]


def build_index(
    evaluation_sets: Shards, config: ContaminationConfig
) -> EvaluationIndex:
    """Index the n-grams of evaluation sets; these must fit into memory."""
    sources: list[str] = []
    hashes: list[NDArray[np.uint64]] = []
    sizes: list[NDArray[np.int64]] = []
    alone: list[NDArray[np.int64]] = []
    for table in evaluation_sets.tables(["source", "text"]):
        sources += table["source"].to_pylist()
        for texts in batches(table["text"]):
            words = plain_words(texts)
            hashes.append(words.hashes)
            sizes.append(np.diff(words.offsets))
            alone.append(words.alone)
    names = tuple(sorted(set(sources)))
    number = {name: index for index, name in enumerate(names)}
    groups = np.array([number[source] for source in sources], np.int64)
    num_words = np.concatenate([np.zeros(0, np.int64), *sizes])
    num_alone = np.concatenate([np.zeros(0, np.int64), *alone])
    lengths = ngram_lengths(num_words, num_alone, config)
    short = np.bincount(groups[lengths == 0], minlength=len(names))
    all_words = np.concatenate([np.zeros(0, np.uint64), *hashes])
    offsets = np.concatenate([[0], np.cumsum(num_words)]).astype(np.int64)
    return EvaluationIndex(
        names,
        _table(all_words, offsets, lengths, groups),
        dict(zip(names, short.tolist(), strict=True)),
    )


def ngram_lengths(
    num_words: NDArray[np.int64],
    num_alone: NDArray[np.int64],
    config: ContaminationConfig,
) -> NDArray[np.int64]:
    """Words of the n-grams by which each text is looked for; 0 if it is too short."""
    unspaced = 2 * num_alone > num_words
    most = np.where(unspaced, config.ngram_chars, config.ngram)
    least = np.where(unspaced, config.min_chars, config.min_words)
    return np.where(num_words < least, 0, np.minimum(num_words, most))


def without_common(
    index: EvaluationIndex, num_documents: NDArray[np.int64], max_documents: int
) -> EvaluationIndex:
    """Leave out the n-grams that more than so many documents have."""
    table = index.table
    rare = num_documents <= max_documents
    ranges = table.starts[rare], table.sizes[rare]
    lighter = make_table(table.keys[rare], table.groups[rare], ranges, table.words)
    return index._replace(table=lighter)


def save_index(index: EvaluationIndex, folder: Path) -> None:
    """Write an index as a folder of arrays."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in index.table._asdict().items():
        np.save(folder / f"{name}.npy", array)
    names = {"sets": index.sets, "num_too_short": index.num_too_short}
    write_text(folder / _NAMES, json.dumps(names))


@lru_cache(maxsize=1)
def open_index(folder: Path) -> EvaluationIndex:
    """Map an index into memory; workers of one machine share it."""
    names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
    arrays = {
        name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="c"))
        for name in NgramTable._fields
    }
    return EvaluationIndex(
        tuple(names["sets"]), NgramTable(**arrays), names["num_too_short"]
    )


def _table(
    words: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    lengths: NDArray[np.int64],
    groups: NDArray[np.int64],
) -> NgramTable:
    keys, firsts, texts, sizes = [], [], [], []
    for length in np.unique(lengths[lengths > 0]).tolist():
        found, first = hash_windows(words, offsets, length)
        text = np.searchsorted(offsets, first, side="right") - 1
        meant = lengths[text] == length
        keys.append(found[meant])
        firsts.append(first[meant])
        texts.append(text[meant])
        sizes.append(np.full(int(meant.sum()), length, np.int64))
    nothing = np.zeros(0, np.int64)
    return make_table(
        np.concatenate([nothing.astype(np.uint64), *keys]),
        groups[np.concatenate([nothing, *texts])],
        (np.concatenate([nothing, *firsts]), np.concatenate([nothing, *sizes])),
        words,
    )
