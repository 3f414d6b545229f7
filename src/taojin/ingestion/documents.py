"""Turn a candidate into a row of the document schema, or say why it cannot be."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from taojin.core.records import document_id
from taojin.ingestion.candidates import Candidate, Refusal
from taojin.ingestion.config import IngestionConfig

MAX_TITLE_CHARS = 1000
_MILLISECONDS_FROM = 1e11
"""Larger numbers of seconds lie after the year 5138: they are milliseconds."""


def to_row(
    candidate: Candidate, source: str, config: IngestionConfig
) -> dict[str, Any] | Refusal:
    """Judge a candidate.

    Args:
        candidate: The record as found.
        source: Name of its source.
        config: Limits on text and metadata.

    Returns:
        The fields of :data:`taojin.core.records.DOCUMENT_SCHEMA` except ``licence``,
        with what the record itself says: ``licence_declared`` and ``language`` are
        None where it says nothing. Or the refusal.
    """
    text = candidate.text
    problem = _text_problem(text, config.max_document_bytes)
    if problem is not None:
        return Refusal(*problem, candidate.uri, candidate.position)
    created_at = parse_time(candidate.created_at)
    metadata = dict(candidate.metadata)
    if created_at is None and candidate.created_at not in (None, ""):
        metadata["created_at"] = candidate.created_at
    uri = _as_text(candidate.uri) or ""
    title = _as_text(candidate.title)
    return {
        "document_id": document_id(source, uri, text),
        "text": text,
        "source": source,
        "uri": uri,
        "title": title[:MAX_TITLE_CHARS] if title else None,
        "licence_declared": _as_text(candidate.licence),
        "language": _as_text(candidate.language),
        "created_at": created_at,
        "metadata": dump_metadata(metadata, config.max_metadata_bytes),
    }


def _text_problem(text: Any, max_bytes: int) -> tuple[str, str] | None:
    if text is None:
        return "no_text", "the text is null"
    if not isinstance(text, str):
        return "bad_field", f"the text is a {type(text).__name__}: {text!r:.100}"
    if not text or text.isspace():
        return "no_text", f"{len(text)} characters, all white space"
    return _content_problem(text, max_bytes)


def _content_problem(text: str, max_bytes: int) -> tuple[str, str] | None:
    if "\0" in text:
        detail = f"NUL at character {text.index(chr(0))}: binary data, or UTF-16"
        return "wrong_encoding", detail
    try:
        num_bytes = len(text.encode())
    except UnicodeEncodeError as error:
        found = text[error.start].encode("ascii", "backslashreplace").decode()
        return "wrong_encoding", f"lone surrogate {found} at character {error.start}"
    if num_bytes > max_bytes:
        detail = f"{num_bytes} bytes, over max_document_bytes {max_bytes}"
        return "too_large", detail
    return None


def parse_time(value: Any) -> datetime | None:
    """Read a point in time: ISO 8601, RFC 2822, or seconds or milliseconds since 1970.

    A time without a zone is taken as UTC. None if it cannot be read.
    """
    try:
        moment = _parse_time(value)
        # astimezone fails where the UTC moment lies outside years 1 to 9999.
        return None if moment is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _parse_time(value: Any) -> datetime | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
        return datetime.fromtimestamp(seconds, UTC)
    if isinstance(value, str):
        value = _parse_words(value.strip())
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _parse_words(words: str) -> datetime | None:
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        return parsedate_to_datetime(words)


def dump_metadata(fields: Mapping[str, Any], max_bytes: int) -> str:
    """Write fields as one JSON object of at most about ``max_bytes`` bytes.

    Fields with no value are left out. Those that do not fit are left out too, the
    later ones first, and their names listed under ``_omitted``.
    """
    parts: list[str] = []
    omitted: list[str] = []
    room = max_bytes - 2
    for name in sorted(map(str, fields)):
        value = fields.get(name)
        if value is None or value == "":
            continue
        part = f"{_json(name)}: {_json(value)}"
        size = len(part.encode()) + 2
        if size <= room:
            parts.append(part)
            room -= size
        else:
            omitted.append(name[:50])
    if omitted:
        parts.append(f'"_omitted": {_json(omitted[:20])}')
    return "{" + ", ".join(parts) + "}"


def _json(value: Any) -> str:
    try:
        words = json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False)
    except ValueError:  # NaN and infinity are not JSON
        words = json.dumps(str(value), ensure_ascii=False)
    # A lone surrogate cannot be written as UTF-8; its JSON escape can.
    return words.encode("utf-8", "backslashreplace").decode()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    return value.isoformat() if isinstance(value, date) else str(value)


def _as_text(value: Any) -> str | None:
    """Make a visible, encodable string of any value; None of none."""
    if value is None or value == "":
        return None
    words = value if isinstance(value, str) else _json(value)
    words = words.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    return words.strip() or None
