"""One reader a kind of source: an item in, candidates and refusals out."""

from collections.abc import Callable, Iterator

from taojin.core.records import Source, SourceKind
from taojin.ingestion.candidates import Found, Item
from taojin.ingestion.config import IngestionConfig

Reader = Callable[[Item, Source, IngestionConfig], Iterator[Found]]
"""Yields what it finds in one item, in order. Raises one of
:data:`taojin.ingestion.streams.READ_ERRORS`, or
:class:`taojin.core.errors.SourceReadError`, where the item cannot be read (on)."""


def reader_for(kind: SourceKind) -> Reader:
    """Find the reader of a kind; the libraries it needs are imported only now."""
    match kind:
        case "jsonl":
            from taojin.ingestion.readers.jsonl import read_jsonl as reader
        case "csv":
            from taojin.ingestion.readers.csv import read_csv as reader
        case "parquet":
            from taojin.ingestion.readers.parquet import read_parquet as reader
        case "text":
            from taojin.ingestion.readers.text import read_text as reader
        case "html":
            from taojin.ingestion.readers.html import read_html as reader
        case "warc":
            from taojin.ingestion.readers.warc import read_warc as reader
        case "python_documentation":
            from taojin.ingestion.python_documentation.reader import (
                read_distribution as reader,
            )
    return reader
