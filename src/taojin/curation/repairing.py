"""Repair documents before anything is measured: characters, then boilerplate."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from taojin.core.fingerprints import fingerprint_of
from taojin.core.records import DOCUMENT_SCHEMA
from taojin.core.shards import Shards, require_same_rows
from taojin.curation.repair import RepairConfig, repair_texts
from taojin.curation.repeats.lines import remove_lines
from taojin.engines import EngineConfig, RowWise, map_partitions

REPAIR_VERSION = 1
"""Raised when a repair changes, so that finished parts are repaired anew."""

_SEPARATOR = "/"


def repair_documents(
    documents: Shards,
    boilerplate: pd.DataFrame,
    config: RepairConfig,
    output: Path,
    engine: EngineConfig,
) -> Shards:
    """Repair all documents, part by part.

    Args:
        documents: All documents.
        boilerplate: Lines to remove, see
            :func:`taojin.curation.repeats.boilerplate.count_lines`.
        config: What to repair.
        output: Folder to write to.
        engine: Where to run.

    Returns:
        The documents under their old ids, in their parts and order.
    """
    repaired = map_partitions(
        RowWise(partial(repair_part, boilerplate=boilerplate, config=config)),
        [documents],
        output,
        engine=engine,
        fingerprint=fingerprint_of(
            "repaired", REPAIR_VERSION, config, boilerplate.to_dict("list")
        ),
        label="Repairing documents",
    )
    require_same_rows(documents, repaired, stage="repair")
    return repaired


def repair_part(
    documents: pa.Table, boilerplate: pd.DataFrame, config: RepairConfig
) -> tuple[pa.Table, dict[str, int]]:
    """Repair the documents of one part; counts are ``<source>/<what was repaired>``."""
    counts: dict[str, int] = {}
    pieces = [documents.slice(0, 0).cast(DOCUMENT_SCHEMA)]
    for source, piece in _by_source(documents):
        text, found = repair_texts(piece["text"], config)
        text, removed = remove_lines(text, piece["source"], boilerplate)
        found = {**found, "num_boilerplate_lines": removed["num_lines_removed"]}
        for name, number in found.items():
            key = f"{source}{_SEPARATOR}{name}"
            counts[key] = counts.get(key, 0) + number
        position = DOCUMENT_SCHEMA.get_field_index("text")
        field = DOCUMENT_SCHEMA.field("text")
        pieces.append(piece.set_column(position, field, text).cast(DOCUMENT_SCHEMA))
    return pa.concat_tables(pieces), counts


def repairs_by_source(repaired: Shards) -> dict[str, dict[str, int]]:
    """What was repaired, as numbers of documents (of lines, for boilerplate)."""
    report: dict[str, dict[str, int]] = {}
    for key, number in sorted(repaired.counts.items()):
        source, _, name = key.partition(_SEPARATOR)
        report.setdefault(source, {})[name] = number
    return report


def _by_source(documents: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Cut a part where its source changes; most have one."""
    sources = documents["source"].to_numpy()
    starts = np.flatnonzero(np.append(True, sources[1:] != sources[:-1]))
    for start, end in zip(starts, [*starts[1:], len(sources)], strict=False):
        if end > start:
            yield sources[start], documents.slice(start, end - start)
