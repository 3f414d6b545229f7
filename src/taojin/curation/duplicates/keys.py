"""What copies have in common: the keys of documents and paragraphs."""

from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from taojin.core.shards import Shards
from taojin.core.text_buffers import text_buffers
from taojin.curation.duplicates.linking import Keys, KeySource
from taojin.curation.kernels.xxh64 import hash_slices

_SEEDS = (np.uint64(0), np.uint64(1))


def exact_hash_keys() -> KeySource:
    """Take the ``exact_hash`` of each row, as 128 bits."""
    return KeySource(("exact_hash",), _read_exact_hashes, 1, len(_SEEDS))


def band_keys(shards: Shards, min_shingles: int) -> KeySource:
    """Take the ``band_hashes`` of each row that has ``min_shingles`` or more."""
    schema = pq.read_schema(shards.path(shards.parts[0]))
    num_bands = schema.field("band_hashes").type.list_size
    read = partial(_read_bands, min_shingles=min_shingles)
    return KeySource(("num_shingles", "band_hashes"), read, num_bands, 1)


def _read_exact_hashes(batch: pa.RecordBatch) -> Keys:
    data, offsets = text_buffers(batch["exact_hash"])
    words = [hash_slices(data, offsets, seed) for seed in _SEEDS]
    keys = np.stack(words, axis=1)[:, np.newaxis]
    return keys, np.arange(batch.num_rows, dtype=np.int64)


def _read_bands(batch: pa.RecordBatch, min_shingles: int) -> Keys:
    bands = batch["band_hashes"]
    keys = bands.flatten().to_numpy().reshape(batch.num_rows, bands.type.list_size, 1)
    long_enough = batch["num_shingles"].to_numpy() >= min_shingles
    if not long_enough.all():
        keys = keys[long_enough]
    return keys, np.flatnonzero(long_enough)
