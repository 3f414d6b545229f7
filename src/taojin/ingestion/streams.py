"""Open files anywhere, decompress them on the way, and read lines within bounds."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, cast

import fsspec
import pyarrow as pa

from taojin.ingestion.candidates import Portion

READ_ERRORS = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    pa.ArrowException,
    ImportError,  # fsspec: the package of a file system is not installed
)
"""What opening or reading a file raises when it is absent, denied or corrupt."""

COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")
"""File name endings that mark a compressed file."""

_BLOCK_BYTES = 1 << 18


@contextmanager
def open_stream(
    path: str, portion: Portion | None = None
) -> Generator[BinaryIO, None, None]:
    """Open a file by fsspec URL for reading once, from start to end, decompressed.

    Args:
        path: The file.
        portion: Bytes to read of a file that is not compressed; null reads all.
    """
    with ExitStack() as stack:
        raw: Any = stack.enter_context(fsspec.open(path, "rb"))
        if portion is not None:
            raw.seek(portion.first)
            yield cast("BinaryIO", _Bounded(raw, portion.end - portion.first))
            return
        stream = _decompressed(raw, path)
        if stream is not raw:
            stack.callback(stream.close)
        yield stream


class _Bounded:
    """The next bytes of a stream, as if the file ended after them."""

    def __init__(self, stream: BinaryIO, num_bytes: int) -> None:
        self._stream = stream
        self._left = num_bytes

    def read(self, num_bytes: int) -> bytes:
        block = self._stream.read(min(num_bytes, self._left))
        self._left -= len(block)
        return block


def _decompressed(raw: Any, path: str) -> Any:
    match path.rsplit(".", 1)[-1].lower():
        case "gz":
            return gzip.GzipFile(fileobj=raw, mode="rb")
        case "bz2":
            return bz2.BZ2File(raw)
        case "xz":
            return lzma.LZMAFile(raw)
        case "zst":
            return pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")
        case _:
            return raw


def without_compression(name: str) -> str:
    """Take the ending of a compressed file off its name."""
    for ending in COMPRESSIONS:
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def read_blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Read a stream block by block.

    What was decompressed before a break is yielded before the error is raised.
    """
    # A full read() of a broken archive throws away what it had got so far.
    read = getattr(stream, "read1", stream.read)
    while block := read(_BLOCK_BYTES):
        yield block


def read_at_most(stream: BinaryIO, max_bytes: int) -> bytes | None:
    """Read a stream to its end; None if it is longer than ``max_bytes``."""
    blocks: list[bytes] = []
    size = 0
    for block in read_blocks(stream):
        size += len(block)
        if size > max_bytes:
            return None
        blocks.append(block)
    return b"".join(blocks)


def read_lines(stream: BinaryIO, max_bytes: int) -> Iterator[bytes | None]:
    """Split a stream at line feeds, which are taken off; a longer line is None.

    A line over ``max_bytes`` is passed over without being held in memory.
    """
    pending: list[bytes] = []
    size = 0
    for block in read_blocks(stream):
        first, *lines = block.split(b"\n")
        size += len(first)
        pending = [*pending, first] if size <= max_bytes else []
        if not lines:
            continue
        yield b"".join(pending) if size <= max_bytes else None
        for line in lines[:-1]:
            yield line if len(line) <= max_bytes else None
        pending, size = [lines[-1]], len(lines[-1])
    if size:
        yield b"".join(pending) if size <= max_bytes else None
