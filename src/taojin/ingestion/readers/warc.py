"""Web archives (ISO 28500): the main text of every page that was served well."""

from collections.abc import Iterator
from email.message import Message
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from taojin.core.errors import SourceReadError
from taojin.core.records import Source
from taojin.ingestion.candidates import Candidate, Found, Item, Refusal, locate
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.readers.decoding import decode
from taojin.ingestion.readers.html import extract_page
from taojin.ingestion.streams import open_stream, read_at_most

_RECORD_TYPES = frozenset({"response", "conversion"})
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_PLAIN = "text/plain"


def read_warc(item: Item, source: Source, config: IngestionConfig) -> Iterator[Found]:
    """Read responses, and text that a crawler converted (WET).

    Other record types (requests, crawl metadata) are no records of content. A
    response that is no page, or was not served with status 200, is refused. Positions
    count the archive's records of all types from 0.

    Raises:
        SourceReadError: If the file is not a web archive, or breaks off.
    """
    with open_stream(item.path) as stream:
        archive = ArchiveIterator(stream)
        try:
            for position, record in enumerate(archive):
                if record.rec_type in _RECORD_TYPES:
                    yield _read_record(record, item, position, config)
        except ArchiveLoadFailed as error:
            message = (
                f"source {source.name}: {item.path} is not a readable web archive: "
                f"{error}; fetch it again or take it out of the source"
            )
            raise SourceReadError(message) from error


def _read_record(
    record: Any, item: Item, position: int, config: IngestionConfig
) -> Found:
    content_type = _content_type(record)
    problem = _refuse(record, content_type)
    if problem is not None:
        return Refusal("no_text", problem, item.label, position)
    content = read_at_most(record.content_stream(), config.max_record_bytes)
    if content is None:
        detail = f"a page over max_record_bytes {config.max_record_bytes}"
        return Refusal("too_large", detail, item.label, position)
    page: dict[str, Any] | None
    if content_type == _PLAIN:
        words, problem = decode(content, at_start=True)
        if words is None:
            return Refusal("wrong_encoding", problem, item.label, position)
        page = {"text": words}
    else:
        page = extract_page(content, config.html, _charset(record))
    if page is None:
        detail = f"no main text in {len(content)} bytes of HTML"
        return Refusal("no_text", detail, item.label, position)
    return _to_candidate(page, record, item, position)


def _to_candidate(
    page: dict[str, Any], record: Any, item: Item, position: int
) -> Candidate:
    headers = record.rec_headers
    crawled_at = headers.get_header("WARC-Date")
    return Candidate(
        **page,
        uri=locate(item.label, position, headers.get_header("WARC-Target-URI")),
        position=position,
        metadata={
            "crawled_at": crawled_at,
            "content_type": _content_type(record),
            "warc_record_id": headers.get_header("WARC-Record-ID"),
        },
    )


def _content_type(record: Any) -> str:
    headers = record.http_headers or record.rec_headers
    declared = headers.get_header("Content-Type") or ""
    return declared.split(";", 1)[0].strip().lower()


def _charset(record: Any) -> str | None:
    headers = record.http_headers or record.rec_headers
    message = Message()
    message["Content-Type"] = headers.get_header("Content-Type") or ""
    return message.get_content_charset()


def _refuse(record: Any, content_type: str) -> str | None:
    if record.rec_type == "conversion":
        if content_type == _PLAIN:
            return None
    elif record.http_headers is not None:
        status = record.http_headers.get_statuscode()
        if status != "200":
            return f"HTTP status {status}"
    if content_type not in _HTML:
        return f"content type {content_type or 'missing'}, not a page"
    return None
