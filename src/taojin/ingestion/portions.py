"""Split large files into portions, so that several workers read one file."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO, cast

import fsspec
import pyarrow.parquet as pq

from taojin.core.records import Source
from taojin.ingestion.candidates import Item, Portion
from taojin.ingestion.streams import READ_ERRORS, read_blocks, without_compression

_MAX_COMPRESSION = 8
"""Text in a Parquet file takes at least this fraction of its size in memory; of a
smaller file not even the footer is looked at."""

_Portions = Iterator[tuple[Portion, int]]
"""Portions that follow one another, and the bytes of text in each, about."""


def split_item(item: Item, source: Source, part_bytes: int) -> list[Item]:
    """Split a large file into items of about ``part_bytes`` of text each.

    Read one after another they yield what the whole file does. Parquet files are
    split between row groups; files of JSON lines between lines, if they are not
    compressed and lie on this machine: their lines have to be counted first, and a
    remote file would travel twice.

    Args:
        item: A file.
        source: Its source.
        part_bytes: Bytes of text that are worth a unit of work.

    Returns:
        Items with portions; the item itself if it is small, cannot be split, or
        cannot be read, which its reader will tell.
    """
    split = _splitter_of(item, source, part_bytes)
    if split is None:
        return [item]
    try:
        portions = list(split(item, source, part_bytes))
    except READ_ERRORS:
        return [item]
    if len(portions) < 2:
        return [item]
    return [replace(item, portion=one, size=size) for one, size in portions]


def _splitter_of(
    item: Item, source: Source, part_bytes: int
) -> Callable[[Item, Source, int], _Portions] | None:
    if item.size is None or without_compression(item.path) != item.path:
        return None
    if source.kind == "parquet" and item.size * _MAX_COMPRESSION > part_bytes:
        return _split_row_groups
    is_local = "://" not in item.path
    if source.kind == "jsonl" and is_local and item.size > part_bytes:
        return _split_lines
    return None


def _split_row_groups(item: Item, source: Source, part_bytes: int) -> _Portions:
    with fsspec.open(item.path, "rb") as stream:
        metadata = pq.ParquetFile(stream).metadata
    first = position = num_rows = size = 0
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        num_rows += group.num_rows
        size += _text_bytes(group, source)
        if size >= part_bytes or index + 1 == metadata.num_row_groups:
            yield Portion(first, index + 1, position), size
            first, position, size = index + 1, num_rows, 0


def _text_bytes(group: pq.RowGroupMetaData, source: Source) -> int:
    columns = [group.column(index) for index in range(group.num_columns)]
    sizes = {one.path_in_schema: one.total_uncompressed_size for one in columns}
    return sizes.get(source.fields.text, group.total_byte_size)


def _split_lines(item: Item, source: Source, part_bytes: int) -> _Portions:
    del source
    first = position = at = num_lines = 0
    with fsspec.open(item.path, "rb") as stream:
        for block in read_blocks(cast("BinaryIO", stream)):
            counted = 0
            while (
                feed := block.find(b"\n", max(counted, first + part_bytes - at))
            ) >= 0:
                num_lines += block.count(b"\n", counted, feed + 1)
                counted = feed + 1
                yield Portion(first, at + counted, position), at + counted - first
                first, position = at + counted, num_lines
            num_lines += block.count(b"\n", counted)
            at += len(block)
    if at > first:
        yield Portion(first, at, position), at - first
