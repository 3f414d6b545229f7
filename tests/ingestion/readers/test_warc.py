import gzip
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from taojin.core.errors import SourceReadError
from taojin.core.records import Source
from taojin.ingestion.candidates import Candidate, Item, Refusal
from taojin.ingestion.config import IngestionConfig
from taojin.ingestion.readers.warc import read_warc
from taojin.ingestion.streams import READ_ERRORS

REAL = Path(__file__).parents[4] / "shared" / "data" / "dolma_fixtures"
WORDS = "Gold is where you find it, and seldom where you look for it first. " * 6
PAGE = f"<html><head><title>Gold</title></head><body><p>{WORDS}</p></body></html>"


def archive(*responses, gzipped=True):
    """Make an archive of (status, content type, body) responses and a request."""
    stream = BytesIO()
    writer = WARCWriter(stream, gzip=gzipped)
    writer.write_record(writer.create_warcinfo_record("a.warc", {"software": "test"}))
    for status, content_type, body in responses:
        headers = StatusAndHeaders(
            status, [("Content-Type", content_type)], protocol="HTTP/1.1"
        )
        record = writer.create_warc_record(
            "https://a.b/c", "response", payload=BytesIO(body), http_headers=headers
        )
        writer.write_record(record)
    return stream.getvalue()


def read(tmp_path, content, name="a.warc.gz", **config):
    path = tmp_path / name
    path.write_bytes(content)
    item = Item(str(path), name, len(content), "")
    source = Source(name="crawl", kind="warc")
    return list(read_warc(item, source, IngestionConfig(**config)))


@pytest.mark.parametrize("gzipped", [True, False])
def test_a_page_that_was_served_well_is_a_record(tmp_path, gzipped):
    content = archive(
        ("200 OK", "text/html; charset=utf-8", PAGE.encode()), gzipped=gzipped
    )
    (found,) = read(tmp_path, content, "a.warc.gz" if gzipped else "a.warc")
    assert isinstance(found, Candidate)
    assert "Gold is where you find it" in found.text
    assert found.uri.startswith("https://a.b/c#a.warc")
    assert (found.title, found.position) == ("Gold", 1)
    assert found.metadata["content_type"] == "text/html"
    assert found.metadata["crawled_at"]


def test_other_responses_are_refused_with_their_reason(tmp_path):
    content = archive(
        ("404 Not Found", "text/html", PAGE.encode()),
        ("200 OK", "image/png", b"\x89PNG"),
        ("200 OK", "text/html", b"<html></html>"),
        ("200 OK", "text/html", PAGE.encode()),
    )
    *refused, good = read(tmp_path, content)
    details = [one.detail for one in refused if isinstance(one, Refusal)]
    assert details == [
        "HTTP status 404",
        "content type image/png, not a page",
        "no main text in 13 bytes of HTML",
    ]
    assert isinstance(good, Candidate)


def test_the_encoding_that_the_server_names_is_believed(tmp_path):
    words = "淘金是最古老的采金方法，直到今天仍然有效。" * 8
    body = f"<html><body><p>{words}</p></body></html>".encode("gb18030")
    (found,) = read(tmp_path, archive(("200 OK", "text/html; charset=GBK", body)))
    assert isinstance(found, Candidate)
    assert "淘金是最古老的采金方法" in found.text


def test_converted_text_is_a_record(tmp_path):
    stream = BytesIO()
    writer = WARCWriter(stream, gzip=True)
    record = writer.create_warc_record(
        "https://a.b/c",
        "conversion",
        payload=BytesIO("金 gold".encode()),
        warc_content_type="text/plain",
    )
    writer.write_record(record)
    (found,) = read(tmp_path, stream.getvalue(), "a.wet.gz")
    assert isinstance(found, Candidate)
    assert found.text == "金 gold"


def test_a_page_over_the_limit_is_refused_and_the_next_is_read(tmp_path):
    large = PAGE.encode() + b"<!--" + b"x" * 5000 + b"-->"
    content = archive(
        ("200 OK", "text/html", large), ("200 OK", "text/html", PAGE.encode())
    )
    limits: dict[str, Any] = {"max_record_bytes": 3000, "max_document_bytes": 3000}
    refusal, good = read(tmp_path, content, **limits)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "too_large"
    assert isinstance(good, Candidate)


@pytest.mark.parametrize(
    "content", [b"plain words\n" * 100, gzip.compress(b"words" * 99)]
)
def test_a_file_that_is_no_archive_is_unreadable(tmp_path, content):
    name = "a.warc.gz" if content[:2] == b"\x1f\x8b" else "a.warc"
    with pytest.raises((SourceReadError, *READ_ERRORS)):
        read(tmp_path, content, name)


def test_a_truncated_archive_raises(tmp_path):
    noise = np.random.default_rng(0).bytes(40_000).hex()
    page = PAGE.replace("</body>", f"<!--{noise}--></body>").encode()
    content = archive(*[("200 OK", "text/html", page)] * 4)
    with pytest.raises((SourceReadError, *READ_ERRORS)):
        read(tmp_path, content[: len(content) * 3 // 4])


@pytest.mark.skipif(not REAL.exists(), reason="the shared benchmark data is absent")
def test_a_real_crawl_is_read_whole(tmp_path):
    content = (REAL / "sample-0000.warc.gz").read_bytes()
    found = read(tmp_path, content, "sample-0000.warc.gz")
    assert len(found) > 10
    assert sum(isinstance(one, Candidate) for one in found) > 10
    licences = {one.licence for one in found if isinstance(one, Candidate)}
    assert any(words and "creativecommons.org" in words for words in licences)
