"""Delimited tables with a header line: CSV, TSV and their kin."""

import csv
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from taojin.core.errors import SourceReadError
from taojin.core.records import Source
from taojin.ingestion.candidates import Found, Item, Refusal, map_fields
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.readers.columns import require_columns
from taojin.ingestion.readers.decoding import decode
from taojin.ingestion.streams import open_stream, read_lines

DELIMITERS = ",\t;|"
"""Tried in this order; the first that yields the mapped columns is taken."""


def read_csv(item: Item, source: Source, config: IngestionConfig) -> Iterator[Found]:
    """Read one record a row (RFC 4180). Positions count rows after the header from 0.

    Raises:
        SourceReadError: If the header lacks a mapped column.
    """
    with open_stream(item.path) as stream:
        lines = _Lines(stream, config.max_record_bytes)
        header, delimiter = _read_header(lines, item, source)
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        with _cell_limit(config.max_document_bytes):
            for position, row in enumerate(_read_rows(rows, lines)):
                if isinstance(row, list):
                    yield _to_found(row, header, item, source, position)
                else:
                    yield Refusal(*row, item.label, position)


@contextmanager
def _cell_limit(max_chars: int) -> Generator[None, None, None]:
    """Set the parser's limit, which is the process's, for the time of one table.

    The default of 131,072 characters a cell refuses honest articles. The limit also
    bounds what a quote that is never closed can swallow.
    """
    before = csv.field_size_limit(max_chars)
    try:
        yield
    finally:
        csv.field_size_limit(before)


class _Lines:
    """Lines for the parser, which takes no bytes; those too long are set aside."""

    def __init__(self, stream: BinaryIO, max_bytes: int) -> None:
        self._lines = read_lines(stream, max_bytes)
        self._max_bytes = max_bytes
        self.too_long: deque[tuple[str, str]] = deque()

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            if line is None:
                detail = f"a line over max_record_bytes {self._max_bytes}"
                self.too_long.append(("too_large", detail))
            else:
                # Bytes that are not UTF-8 become surrogates, to be found in the row.
                yield line.decode("utf-8", "surrogateescape") + "\n"

    def first(self) -> bytes:
        return next(self._lines, None) or b""


def _read_header(lines: _Lines, item: Item, source: Source) -> tuple[list[str], str]:
    words, problem = decode(lines.first(), at_start=True)
    if words is None:
        message = f"source {source.name}: the header of {item.path} is {problem}"
        raise SourceReadError(message)
    headers = {mark: _split(words, mark) for mark in DELIMITERS}
    fitting = [mark for mark in headers if source.fields.text in headers[mark]]
    mark = fitting[0] if fitting else max(headers, key=lambda mark: len(headers[mark]))
    require_columns(headers[mark], item, source)
    return headers[mark], mark


def _split(header: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        return []  # no header at all: a cell that is longer than a name can be


def _read_rows(
    rows: Iterator[list[str]], lines: _Lines
) -> Iterator[list[str] | tuple[str, str]]:
    """Yield rows, and (reason, detail) for what is none; blank lines are passed over."""
    while True:
        row: list[str] | tuple[str, str] | None
        try:
            row = next(rows, None)
        except csv.Error as error:
            too_large = "field limit" in str(error)
            reason = "too_large" if too_large else "unparsable"
            row = reason, f"{error} (up to line {_line_number(rows)})"
        while lines.too_long:
            yield lines.too_long.popleft()
        if row is None:
            return
        if row:
            yield row


def _line_number(rows: Iterator[list[str]]) -> int:
    return getattr(rows, "line_num", 0) + 1  # the header was read before


def _to_found(
    row: list[str], header: list[str], item: Item, source: Source, position: int
) -> Found:
    if len(row) != len(header):
        detail = f"{len(row)} cells, the header has {len(header)}: {row!r:.100}"
        return Refusal("unparsable", detail, item.label, position)
    for name, cell in zip(header, row, strict=True):
        if not cell.isascii():
            content = cell.encode("utf-8", "surrogateescape")
            words, problem = decode(content, at_start=False)
            if words is None:
                detail = f"column {name!r}: {problem}"
                return Refusal("wrong_encoding", detail, item.label, position)
        if "\0" in cell:
            detail = f"column {name!r} holds NUL at {cell.index(chr(0))}"
            return Refusal("wrong_encoding", detail, item.label, position)
    record = dict(zip(header, row, strict=True))
    return map_fields(record, source.fields, item.label, position)
