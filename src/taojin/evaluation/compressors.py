"""Bits per byte of held-out text under general-purpose compressors.

A compressor is a language model without training. To be fair it gets to see train
text too: what is charged to the held-out text is the size of train and held-out
text together, less that of the train text alone. Raw formats, so that no file header
is charged; each document is followed by one NUL byte, as a model pays for its end.
"""

import lzma
import math
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import EmptyStageError
from taojin.core.fingerprints import hash_text
from taojin.core.shards import Shards
from taojin.features.splits import split_of_documents

_DEFLATE_WINDOW_BYTES = 1 << 15
_END = b"\0"
_NATS_PER_BYTE = 8.0 * math.log(2.0)


class CompressorConfig(StageConfig):
    """How much train text the compressors see."""

    max_train_megabytes: float = Field(default=4.0, ge=0.0)
    """lzma sees a sample of about this much; about 1.6 CPU seconds a megabyte.
    zlib sees its last 32 kB, which is all that its window holds."""


def compressor_losses(
    documents: Shards, splits: pd.DataFrame, split: str, config: CompressorConfig
) -> dict[str, pd.DataFrame]:
    """Measure held-out documents with zlib and lzma, each compressing all as one.

    Only the totals are exact: a compressor pays where its blocks end, not where
    documents do. They are divided among the documents in proportion to what each
    adds to a deflate stream that is flushed after it, which gives the intervals the
    right kind of spread.

    Args:
        documents: Documents.
        splits: ``document_id`` and ``split`` of exactly these documents.
        split: Which documents to measure.
        config: How much train text is seen.

    Returns:
        For ``lzma`` and ``zlib``: ``document_id``, ``nats``, ``num_bytes``, in the
        documents' order.

    Raises:
        CountMismatchError: If the splits are not of exactly these documents.
        EmptyStageError: If the split has no document.
    """
    assignment = split_of_documents(documents, splits)
    sizes = {"train": 0.0}
    held_out: list[tuple[str, bytes]] = []
    for document_id, content in _contents(documents):
        if assignment[document_id] == split:
            held_out.append((document_id, content))
        elif assignment[document_id] == "train":
            sizes["train"] += len(content)
    if not held_out:
        message = f"evaluation: the split {split!r} has no document to measure"
        raise EmptyStageError(message)
    share = min(1.0, config.max_train_megabytes * 1e6 / max(1.0, sizes["train"]))
    seen = b"".join(
        content + _END
        for document_id, content in _contents(documents)
        if assignment[document_id] == "train" and _position(document_id) < share
    )
    contents = [content for _, content in held_out]
    shares = np.array(list(_flushed_sizes(contents, seen)), dtype=np.float64)
    shares /= shares.sum()
    totals = {
        "lzma": _lzma_bytes(seen + _joined(contents)) - _lzma_bytes(seen),
        "zlib": _deflate_bytes(_joined(contents), seen),
    }
    frame = pd.DataFrame(
        {
            "document_id": [document_id for document_id, _ in held_out],
            "num_bytes": [len(content) for content in contents],
        }
    )
    return {
        name: frame.assign(nats=shares * num_bytes * _NATS_PER_BYTE)
        for name, num_bytes in totals.items()
    }


def _contents(documents: Shards) -> Iterator[tuple[str, bytes]]:
    for table in documents.tables(["document_id", "text"]):
        ids, texts = table.column("document_id"), table.column("text")
        for document_id, text in zip(ids.to_pylist(), texts.to_pylist(), strict=True):
            yield document_id, text.encode()


def _position(document_id: str) -> float:
    return int(hash_text(f"compressors/{document_id}")[:8], 16) / (1 << 32)


def _joined(contents: Iterable[bytes]) -> bytes:
    return b"".join(content + _END for content in contents)


def _flushed_sizes(contents: Iterable[bytes], seen: bytes) -> Iterator[int]:
    """Yield what each document adds to one deflate stream, flushed after each."""
    stream = _deflater(seen)
    for content in contents:
        added = len(stream.compress(content + _END))
        yield added + len(stream.flush(zlib.Z_PARTIAL_FLUSH))


def _deflate_bytes(content: bytes, seen: bytes) -> int:
    stream = _deflater(seen)
    return len(stream.compress(content)) + len(stream.flush())


def _deflater(seen: bytes) -> "zlib._Compress":
    window = seen[-_DEFLATE_WINDOW_BYTES:]
    return zlib.compressobj(
        9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_DEFAULT_STRATEGY, window
    )


def _lzma_bytes(content: bytes) -> int:
    size = max(_dictionary_bytes(len(content)), 1 << 12)
    chain = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": size}]
    return len(lzma.compress(content, format=lzma.FORMAT_RAW, filters=chain))


def _dictionary_bytes(num_bytes: int) -> int:
    """Smallest power of two that holds the content, up to 1 GiB."""
    return 1 << min(30, max(0, num_bytes - 1).bit_length())
