"""Web pages: their main text, without navigation, advertisements and comments."""

import logging
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import trafilatura

from taojin.core.records import Source
from taojin.ingestion.candidates import Candidate, Found, Item, Refusal
from taojin.ingestion.config import HtmlConfig, IngestionConfig
from taojin.ingestion.streams import open_stream, read_at_most, without_compression

# It logs an error for every page without text; here such a page is a refusal.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]+)", re.IGNORECASE)

# rel holds several words: rel="license noopener".
_IS_LICENCE = "[contains(concat(' ', normalize-space(@rel), ' '), ' license ')]"

_EXTRACTION_ERRORS = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    RecursionError,
)


def read_html(item: Item, source: Source, config: IngestionConfig) -> Iterator[Found]:
    """Read a file as one page."""
    del source  # a page has no fields to map
    with open_stream(item.path) as stream:
        content = read_at_most(stream, config.max_record_bytes)
    if content is None:
        detail = f"over max_record_bytes {config.max_record_bytes}"
        yield Refusal("too_large", detail, item.label)
        return
    page = extract_page(content, config.html)
    if page is None:
        detail = f"no main text in {len(content)} bytes of HTML"
        yield Refusal("no_text", detail, item.label)
        return
    name = PurePosixPath(without_compression(item.label)).stem
    yield Candidate(**{**page, "title": page["title"] or name}, uri=item.label)


def extract_page(
    content: bytes, config: HtmlConfig, charset: str | None = None
) -> dict[str, Any] | None:
    """Extract main text and what a page says about itself.

    Args:
        content: The page as it was served.
        config: What counts as main text.
        charset: Encoding that the server named; else the page's own word is taken,
            else the encoding is guessed.

    Returns:
        ``text``, ``title``, ``licence``, ``language`` and ``created_at`` as the page
        states them; None if it has no main text.
    """
    try:
        tree = trafilatura.load_html(_decode(content, charset))
        if tree is None:
            return None
        about = _read_head(tree)  # first: extraction prunes the tree
        found = trafilatura.bare_extraction(
            tree,
            include_comments=False,
            include_tables=config.include_tables,
            favor_precision=config.favour == "precision",
            favor_recall=config.favour == "recall",
        )
    except _EXTRACTION_ERRORS:
        # The tree of a hostile page can break an extractor in any of these ways.
        return None
    text = getattr(found, "text", None)
    return {"text": text, **about} if text else None


def _decode(content: bytes, charset: str | None) -> str | bytes:
    """Decode by what is declared; bytes are left for a guess where that is wrong."""
    own = _CHARSET.search(content[:4096])
    names = [charset, own.group(1).decode("ascii") if own else None]
    for name in [*filter(None, names), "utf-8"]:
        # Pages that say GB2312 mean its superset, as every browser knows.
        wider = "gb18030" if name.lower() in {"gb2312", "gbk"} else name
        try:
            return content.decode(wider)
        except (UnicodeDecodeError, LookupError):
            continue
    return content


def _read_head(tree: Any) -> dict[str, str | None]:
    meta = "//meta[@property='{0}' or @name='{0}']/@content"
    return {
        "title": _first(
            tree, meta.format("og:title"), "//head/title/text()", "//h1//text()"
        ),
        "licence": _first(
            tree, "//link" + _IS_LICENCE + "/@href", "//a" + _IS_LICENCE + "/@href"
        ),
        "language": _first(tree, "/html/@lang"),
        "created_at": _first(
            tree, meta.format("article:published_time"), "//time/@datetime"
        ),
    }


def _first(tree: Any, *paths: str) -> str | None:
    """Return the first value that is not blank, on one line."""
    for path in paths:
        for value in tree.xpath(path):
            words = " ".join(str(value).split())
            if words:
                return words
    return None
