"""Gather a corpus of real documents from what lies on a Linux machine.

Manual pages (all languages), HTML, Markdown, reStructuredText and plain text under
the usual documentation folders, and the documents of a finished ingestion. Real, not
clean: navigation, code, tables, change logs, a dozen languages. Writes Parquet parts
with the columns of ``DOCUMENT_SCHEMA``; nothing leaves the machine.

    python benchmarks/corpus.py data/01_raw/benchmark_corpus
"""

import argparse
import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import lxml.html
import pyarrow as pa

from taojin.core.files import PARTIAL_SUFFIX
from taojin.core.records import DOCUMENT_SCHEMA, document_id
from taojin.core.shards import Shards, write_shards

ROOT = Path(__file__).parents[1]
FOLDERS = (
    "/usr/share/doc",
    "/usr/share/man",
    "/usr/share/vim",
    "/usr/share/cmake-3.25/Help",
    "/usr/lib/node_modules",
    "/usr/lib/python3/dist-packages",
    "~/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/share/doc",
)
MAX_FILE_BYTES = 2_000_000
PART_BYTES = 30 << 20
_ROFF_LINE = re.compile(r"^[.'](?:\\\"|[A-Za-z]{1,2}\b ?)", re.MULTILINE)
_ROFF_ESCAPE = re.compile(r"\\(?:f[A-Z]|f\(..|s[-+]?\d|&|\||\^|%|c)")


def main() -> None:
    """Write the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--max-megabytes", type=float, default=200.0)
    arguments = parser.parse_args()
    limit = int(arguments.max_megabytes * 1e6)
    shards = write_shards(_parts(_unique(_texts()), limit), arguments.output)
    print(f"{shards.num_rows:,} documents in {len(shards.parts)} parts")


def _texts() -> Iterator[tuple[str, str]]:
    ingested = ROOT / "data/02_intermediate/raw_documents"
    if ingested.is_dir():
        for table in Shards.open(ingested).tables(["uri", "text"]):
            yield from zip(
                table["uri"].to_pylist(), table["text"].to_pylist(), strict=True
            )
    files = chain.from_iterable(
        sorted(Path(folder).expanduser().rglob("*")) for folder in FOLDERS
    )
    # By the hash of the name: what the limit leaves is a mixture of all folders.
    for path in sorted(files, key=lambda p: hashlib.md5(bytes(p)).digest()):  # noqa: S324
        if path.is_file() and path.stat().st_size <= MAX_FILE_BYTES:
            text = _read(path)
            if text:
                yield str(path), text


def _read(path: Path) -> str | None:
    suffixes = [s for s in path.suffixes if s != PARTIAL_SUFFIX]
    kind = suffixes[-2] if path.suffix == ".gz" and len(suffixes) > 1 else path.suffix
    is_manual = "/man/" in str(path) and re.fullmatch(r"\.[1-8][a-z]*", kind)
    if not is_manual and kind not in {".html", ".md", ".rst", ".txt", ".gz"}:
        return None
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    text = content.decode("utf-8", errors="replace")
    if is_manual:
        return _ROFF_ESCAPE.sub("", _ROFF_LINE.sub("", text)).strip()
    if kind == ".html":
        return _html_text(text)
    return text.strip()


def _html_text(text: str) -> str | None:
    try:
        tree = lxml.html.fromstring(text.encode())
    except (lxml.etree.ParserError, ValueError):
        return None
    for element in tree.xpath("//script|//style|//nav|//head"):
        element.drop_tree()
    lines = (line.strip() for line in tree.text_content().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _unique(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    seen: set[bytes] = set()
    for uri, text in texts:
        digest = hashlib.blake2b(text.encode("utf-8", "replace")).digest()
        if len(text) >= 200 and digest not in seen:
            seen.add(digest)
            yield uri, text


def _parts(texts: Iterable[tuple[str, str]], limit: int) -> Iterator[pa.Table]:
    rows: list[tuple[str, str]] = []
    size = total = 0
    for uri, text in texts:
        rows.append((uri, text))
        size += len(text.encode("utf-8", "replace"))
        if size >= PART_BYTES:
            yield _table(rows)
            total, rows, size = total + size, [], 0
        if total + size >= limit:
            break
    if rows:
        yield _table(rows)


def _table(rows: list[tuple[str, str]]) -> pa.Table:
    uris, texts = zip(*rows, strict=True)
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    columns = {
        "document_id": [
            document_id("machine", uri, text)
            for uri, text in zip(uris, texts, strict=True)
        ],
        "text": texts,
        "source": ["machine"] * len(rows),
        "uri": uris,
        "metadata": ["{}"] * len(rows),
    }
    empty = pa.nulls(len(rows))
    ordered = {name: columns.get(name, empty) for name in DOCUMENT_SCHEMA.names}
    return pa.table(ordered, schema=DOCUMENT_SCHEMA)


if __name__ == "__main__":
    main()
