import pytest

from taojin.core.records import Source
from taojin.ingestion.candidates import Candidate, Item, Refusal
from taojin.ingestion.config import HtmlConfig, IngestionConfig
from taojin.ingestion.readers.html import extract_page, read_html

PARAGRAPH = (
    "Panning is the oldest way of finding gold, and it still works today. The pan is "
    "filled with gravel and water and swirled until only the heaviest grains remain. "
)
CHINESE = "淘金是最古老的采金方法，直到今天仍然有效。把砂石和水装进盘里，轻轻摇动，重的金粒就留在盘底。"


def page(body, head="", lang="en"):
    return (
        f"<html lang='{lang}'><head><title>How to  pan</title>{head}</head><body>"
        f"<nav><a href='/'>Home</a> <a href='/x'>Subscribe now</a></nav>"
        f"<article><h1>Panning</h1>{body}</article>"
        "<footer>All rights reserved, contact us</footer></body></html>"
    )


GOOD = page("".join(f"<p>{PARAGRAPH}{i}</p>" for i in range(5)))


def read(tmp_path, content, **config):
    path = tmp_path / "a.html"
    path.write_bytes(content)
    item = Item(str(path), "a.html", len(content), "")
    source = Source(name="web", kind="html")
    (found,) = read_html(item, source, IngestionConfig(**config))
    return found


def test_a_page_yields_its_main_text_and_title(tmp_path):
    found = read(tmp_path, GOOD.encode())
    assert isinstance(found, Candidate)
    assert found.text.count("Panning is the oldest way") == 5
    assert "Subscribe" not in found.text
    assert (found.title, found.language, found.uri) == ("How to pan", "en", "a.html")


def test_a_page_says_its_licence_and_date():
    head = (
        "<link rel='license nofollow' href='https://creativecommons.org/licenses/by/4.0/'>"
        "<meta property='article:published_time' content='2024-05-06T07:08:09Z'>"
    )
    found = extract_page(page(f"<p>{PARAGRAPH * 5}</p>", head).encode(), HtmlConfig())
    assert found is not None
    assert found["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    assert found["created_at"] == "2024-05-06T07:08:09Z"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5"])
def test_a_declared_encoding_is_believed(encoding):
    words = CHINESE if encoding != "big5" else "淘金是最古老的方法" * 10
    body = "".join(f"<p>{words}{i}</p>" for i in range(8))
    declared = {"gb18030": "gb2312"}.get(encoding, encoding)
    content = page(body, f'<meta charset="{declared}">', "zh").encode(encoding)
    found = extract_page(content, HtmlConfig())
    assert found is not None
    assert words in found["text"]


def test_the_server_is_believed_before_the_page():
    body = "".join(f"<p>{CHINESE}{i}</p>" for i in range(8))
    content = page(body, '<meta charset="latin-1">', "zh").encode("gb18030")
    found = extract_page(content, HtmlConfig(), charset="gbk")
    assert found is not None
    assert CHINESE in found["text"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\0\0", b"<html></html>", b"not a page", b"<p>" * 2_000, b"\xff\xfe<h"],
)
def test_what_has_no_main_text_is_refused(tmp_path, content):
    found = read(tmp_path, content)
    assert isinstance(found, Refusal)
    assert found.reason == "no_text"
    assert f"{len(content)} bytes" in found.detail


def test_a_page_over_the_limit_is_refused(tmp_path):
    limits = {"max_record_bytes": 100, "max_document_bytes": 100}
    found = read(tmp_path, GOOD.encode(), **limits)
    assert isinstance(found, Refusal)
    assert found.reason == "too_large"


def test_tables_are_text_unless_told_otherwise():
    rows = "".join(f"<tr><td>grain {i}</td><td>{i} grams</td></tr>" for i in range(9))
    content = page(f"<p>{PARAGRAPH * 4}</p><table>{rows}</table>").encode()
    with_tables = extract_page(content, HtmlConfig())
    without = extract_page(content, HtmlConfig(include_tables=False))
    assert with_tables is not None
    assert without is not None
    assert "grain 3" in with_tables["text"]
    assert "grain 3" not in without["text"]
