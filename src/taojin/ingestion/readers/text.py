"""Plain text and Markdown: one document a file."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from taojin.core.records import Source
from taojin.ingestion.candidates import Candidate, Found, Item, Refusal
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.readers.decoding import decode
from taojin.ingestion.streams import open_stream, read_at_most, without_compression


def read_text(item: Item, source: Source, config: IngestionConfig) -> Iterator[Found]:
    """Read a file as one document; its title is its first heading, or its name."""
    del source  # a file of text has no fields to map
    with open_stream(item.path) as stream:
        content = read_at_most(stream, config.max_record_bytes)
    if content is None:
        detail = f"over max_record_bytes {config.max_record_bytes}"
        yield Refusal("too_large", detail, item.label)
        return
    words, problem = decode(content, at_start=True)
    if words is None:
        yield Refusal("wrong_encoding", problem, item.label)
        return
    name = PurePosixPath(without_compression(item.label))
    title = _heading(words) if name.suffix.lower() != ".txt" else None
    yield Candidate(text=words, uri=item.label, title=title or name.stem)


def _heading(words: str) -> str | None:
    """Return the first Markdown heading if the file opens with one."""
    for line in words[:2000].splitlines():
        if line.startswith("#"):
            return line.strip("# \t") or None
        if line.strip():
            return None
    return None
