"""Measure documents: text in, one row of numbers out, once."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.core.shards import Shards
from taojin.curation import custom_signals
from taojin.curation.config import SignalsConfig
from taojin.curation.kernels.measure import measure_texts
from taojin.curation.learned.measure import (
    learned_fingerprint,
    load_models,
    measure_learned,
)
from taojin.curation.minhash import band_hashes, exact_hashes
from taojin.curation.personal_data import ALL_KINDS, count_personal_data
from taojin.curation.registry import measure_registered
from taojin.curation.signal_schema import signal_schema
from taojin.engines import EngineConfig, RowWise, map_partitions

SIGNALS_VERSION = 2
"""Raised when a measurement changes, so that finished parts are measured anew."""

pc: Any = pyarrow.compute  # made at import; no checker knows its functions

_COLUMNS = ("document_id", "text", "source", "licence")


def measure_signals(
    documents: Shards, config: SignalsConfig, output: Path, engine: EngineConfig
) -> Shards:
    """Measure all documents, part by part.

    Returns:
        One row a document in the order of ``documents``, see
        :func:`taojin.curation.signal_schema.signal_schema`.
    """
    warm_up(config)
    return map_partitions(
        RowWise(partial(measure_part, config=config)),
        [documents],
        output,
        engine=engine,
        fingerprint=fingerprint_of(
            "signals",
            SIGNALS_VERSION,
            config.model_dump(exclude={"learned"}),
            learned_fingerprint(config.learned),
            hash_file(custom_signals.__file__),
        ),
        label="Measuring documents",
        columns=[_COLUMNS],
    )


def warm_up(config: SignalsConfig) -> None:
    """Have every kernel compiled once, before several workers want it at a time."""
    # The brackets are for what is looked at again, see kernels/words.py.
    text = "A first document. 第一份文件。 It is [1] x:( ( z: a@b.example, 10.0.0.1.\n"
    columns = {name: [text] for name in _COLUMNS}
    measure_part(pa.table(columns), config)


def measure_part(
    documents: pa.Table, config: SignalsConfig
) -> tuple[pa.Table, dict[str, int]]:
    """Measure the documents of one part."""
    text = documents["text"].cast(pa.large_string())
    columns: dict[str, Any] = measure_texts(text, config.families)
    columns |= measure_learned(text, load_models(config.learned))
    columns |= _count_personal_data(text, config)
    columns |= measure_registered(text)
    bands, columns["num_shingles"] = band_hashes(text, config.minhash)
    columns["exact_hash"] = exact_hashes(text)
    table = _assemble(documents, columns, bands, config)
    num_bytes = pc.sum(pc.binary_length(text)).as_py() or 0
    return table, {"num_documents": table.num_rows, "num_bytes": num_bytes}


def _count_personal_data(
    text: pa.ChunkedArray, config: SignalsConfig
) -> dict[str, NDArray[np.int64]]:
    found = count_personal_data(text, config.personal_data)
    nothing = np.zeros(len(text), dtype=np.int64)
    return {f"num_{kind}": found.get(kind, nothing) for kind in ALL_KINDS}


def _assemble(
    documents: pa.Table,
    columns: dict[str, Any],
    bands: NDArray[np.uint64],
    config: SignalsConfig,
) -> pa.Table:
    schema = signal_schema(bands.shape[1], config.families)
    carried = {name: documents[name] for name in ("document_id", "source", "licence")}
    flat = pa.array(bands.reshape(-1))
    columns["band_hashes"] = pa.FixedSizeListArray.from_arrays(flat, bands.shape[1])
    measured = carried | columns
    return pa.table({name: measured[name] for name in schema.names}).cast(schema)
