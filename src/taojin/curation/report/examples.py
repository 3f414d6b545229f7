"""Examples of dropped documents, beside the rule, the value and the threshold."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from taojin.core.errors import CorruptArtifactError
from taojin.core.foreign_text import shorten
from taojin.core.shards import Shards
from taojin.curation.personal_data import redact
from taojin.curation.report.sampling import Frame

NUM_EXAMPLES = 3
MAX_EXAMPLE_CHARS = 300
_MAX_DETAIL_CHARS = 200
_MAX_READ_CHARS = 10_000
"""Personal data is looked for in this much of an example's text."""

Json = dict[str, Any]


def choose_examples(dropped: Frame) -> Frame:
    """Take the ends and the middle of what a rule dropped, by value, then by size.

    The outermost twentieth on either side is left out: it is mostly odd.
    """
    ordered = dropped.sort_values(["value", "num_bytes", "document_id", "row"])
    shares = np.linspace(0.05, 0.95, NUM_EXAMPLES)
    positions = np.unique((shares * (len(ordered) - 1)).round().astype(int))
    return ordered.iloc[positions if len(ordered) else []]


def describe_examples(dropped: Frame, documents: Shards) -> dict[str, list[Json]]:
    """Show some of what each rule dropped.

    Args:
        dropped: Dropped documents with their row number and their decision.
        documents: All documents; texts are read of the examples only.

    Returns:
        By rule. Texts are redacted whatever the configuration says.
    """
    if not len(dropped):
        return {}
    chosen = {
        str(rule): choose_examples(rows) for rule, rows in dropped.groupby("rule")
    }
    numbers = {int(row) for rows in chosen.values() for row in rows["row"]}
    texts = read_rows(documents, numbers, ["title", "uri", "text"])
    return {
        rule: [_describe(example, texts[example.row]) for example in rows.itertuples()]
        for rule, rows in chosen.items()
    }


def read_rows(
    documents: Shards, rows: Iterable[int], columns: list[str]
) -> dict[int, Json]:
    """Read some rows of a table in parts, by row number.

    Only the row groups that hold them are read.

    Raises:
        CorruptArtifactError: If a part cannot be read.
    """
    wanted = np.array(sorted(rows), dtype=np.int64)
    found: dict[int, Json] = {}
    start = 0
    for part in documents.parts:
        inside = wanted[(wanted >= start) & (wanted < start + part.num_rows)] - start
        if len(inside):
            path = documents.path(part)
            try:
                found |= {
                    start + row: values
                    for row, values in _read_groups(
                        pq.ParquetFile(path), inside, columns
                    )
                }
            except (pa.ArrowException, OSError) as error:
                message = f"{path} is not a readable Parquet file: {error}; delete it"
                raise CorruptArtifactError(message) from error
        start += part.num_rows
    return found


def _read_groups(
    file: pq.ParquetFile, rows: np.ndarray, columns: list[str]
) -> Iterator[tuple[int, Json]]:
    start = 0
    for index in range(file.num_row_groups):
        size = file.metadata.row_group(index).num_rows
        inside = rows[(rows >= start) & (rows < start + size)]
        if len(inside):
            group = file.read_row_group(index, columns=columns)
            values = group.take(pa.array(inside - start)).to_pylist()
            yield from zip(inside.tolist(), values, strict=True)
        start += size


def _describe(example: Any, document: Json) -> Json:
    text, _ = redact(document["text"][:_MAX_READ_CHARS])
    return {
        "document_id": example.document_id,
        "source": example.source,
        "uri": document["uri"],
        "title": document["title"],
        "value": _none_if_missing(example.value),
        "threshold": _none_if_missing(example.threshold),
        "detail": shorten(_none_if_missing(example.detail) or "", _MAX_DETAIL_CHARS),
        "text": shorten(text.strip(), MAX_EXAMPLE_CHARS),
    }


def _none_if_missing(value: Any) -> Any:
    return None if pd.isna(value) else value
