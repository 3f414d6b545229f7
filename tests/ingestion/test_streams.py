import bz2
import functools
import gzip
import io
import lzma
from typing import BinaryIO, cast

import pyarrow as pa
import pytest

from taojin.ingestion.streams import (
    READ_ERRORS,
    open_stream,
    read_at_most,
    read_blocks,
    read_lines,
    without_compression,
)

TEXT = "黄金 gold\n".encode() * 50_000


def zstd(content):
    return pa.compress(content, codec="zstd", asbytes=True)


PACKERS = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": functools.partial(lzma.compress, preset=0),
    ".zst": zstd,
    ".GZ": gzip.compress,
}


@pytest.mark.parametrize("ending", PACKERS)
def test_a_file_is_decompressed_by_its_ending(tmp_path, ending):
    path = tmp_path / f"a.txt{ending}"
    path.write_bytes(PACKERS[ending](TEXT))
    with open_stream(str(path)) as stream:
        assert b"".join(read_blocks(stream)) == TEXT


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst"])
def test_what_comes_before_a_break_is_read(tmp_path, ending):
    lines = "".join(f"{i * 7919 % 1_000_003}\n" for i in range(200_000)).encode()
    path = tmp_path / f"a.txt{ending}"
    packed = PACKERS[ending](lines)
    path.write_bytes(packed[: len(packed) * 9 // 10])
    found = b""

    def read():
        nonlocal found
        with open_stream(str(path)) as stream:
            for block in read_blocks(stream):
                found += block

    with pytest.raises(READ_ERRORS):
        read()
    assert lines.startswith(found)
    assert len(found) > len(lines) // 3


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst"])
def test_a_file_that_is_not_what_its_ending_says_raises(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"this was never compressed")
    with pytest.raises(READ_ERRORS), open_stream(str(path)) as stream:
        list(read_blocks(stream))


def test_an_absent_file_raises(tmp_path):
    with pytest.raises(READ_ERRORS), open_stream(str(tmp_path / "none")):
        pass


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"a", [b"a"]),
        (b"a\n", [b"a"]),
        (b"a\n\nb", [b"a", b"", b"b"]),
        (b"a\r\nb", [b"a\r", b"b"]),
        (b"123456\n12345\n", [None, b"12345"]),
        (b"a\n123456", [b"a", None]),
    ],
)
def test_lines_are_split_and_bounded(content, expected):
    assert list(read_lines(io.BytesIO(content), max_bytes=5)) == expected


def test_lines_over_several_blocks_are_whole():
    line = b"x" * 700_000
    content = line + b"\n" + b"y" * 2_000_000 + b"\nz"
    found = list(read_lines(io.BytesIO(content), max_bytes=1_000_000))
    assert found == [line, None, b"z"]


def test_a_line_without_end_is_not_held_in_memory():
    class Endless(io.RawIOBase):
        served = 0

        def read1(self, size):
            self.served += size
            return b"x" * size if self.served < 50_000_000 else b""

    import tracemalloc

    tracemalloc.start()
    assert list(read_lines(cast(BinaryIO, Endless()), max_bytes=1_000_000)) == [None]
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_reading_at_most_gives_all_or_nothing():
    assert read_at_most(io.BytesIO(b"12345"), 5) == b"12345"
    assert read_at_most(io.BytesIO(b"123456"), 5) is None


def test_the_ending_of_a_compression_is_taken_off():
    assert without_compression("a/b.jsonl.gz") == "a/b.jsonl"
    assert without_compression("a/b.jsonl") == "a/b.jsonl"
