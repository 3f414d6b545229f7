"""JSON Lines: one object a line."""

import json
from collections.abc import Iterator
from typing import Any

from taojin.core.records import Source
from taojin.ingestion.candidates import Found, Item, Refusal, map_fields
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.readers.decoding import decode
from taojin.ingestion.streams import open_stream, read_lines


def read_jsonl(item: Item, source: Source, config: IngestionConfig) -> Iterator[Found]:
    """Read one record a line; blank lines are none.

    Positions count the lines of the file from 0, whatever portion of it is read.
    """
    first = item.portion.position if item.portion else 0
    with open_stream(item.path, item.portion) as stream:
        lines = read_lines(stream, config.max_record_bytes)
        for position, line in enumerate(lines, first):
            if line is None:
                detail = f"a line over max_record_bytes {config.max_record_bytes}"
                yield Refusal("too_large", detail, item.label, position)
                continue
            words, problem = decode(line, at_start=position == 0)
            if words is None:
                yield Refusal("wrong_encoding", problem, item.label, position)
            elif words and not words.isspace():
                yield _parse(words, item, source, position)


def _parse(words: str, item: Item, source: Source, position: int) -> Found:
    try:
        # NaN and infinity, which are not JSON, are kept as words.
        record: Any = json.loads(words, parse_constant=str)
    except (ValueError, RecursionError) as error:
        detail = f"not JSON: {error}: {words:.80}"
        return Refusal("unparsable", detail, item.label, position)
    if not isinstance(record, dict):
        detail = f"a JSON {type(record).__name__} instead of an object: {words:.80}"
        return Refusal("unparsable", detail, item.label, position)
    return map_fields(record, source.fields, item.label, position)
