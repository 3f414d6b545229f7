"""Turn documents into token shards, streaming."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from tokenizers import Tokenizer

from taojin.core.errors import EmptyStageError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import hash_file, hash_text
from taojin.core.progress import progress_bar
from taojin.core.row_groups import cut_by_bytes
from taojin.core.shards import Shards
from taojin.features.byte_pairs import Encoder, encoder_of
from taojin.features.splits import SPLITS, split_of_documents
from taojin.features.tokenizer import END_OF_DOCUMENT, load_tokenizer
from taojin.features.tokens import (
    FORMAT_VERSION,
    MANIFEST,
    TokenShards,
    documents_name,
    tokens_name,
)

_BATCH_BYTES = 4 << 20
"""Text tokenised at a time; bounds memory, does not change the result."""


def tokenise_documents(
    documents: Shards, splits: pd.DataFrame, tokenizer_json: str, output: Path
) -> TokenShards:
    """Tokenise every document into the token shards of its split.

    At most one part of the documents is in memory. The folder appears at once
    and whole when all is done.

    Args:
        documents: Documents.
        splits: ``document_id`` and ``split`` of exactly these documents.
        tokenizer_json: What :func:`~taojin.features.tokenizer.train_tokenizer`
            returned.
        output: Folder to make; an existing one is replaced.

    Raises:
        CountMismatchError: If the splits are not of exactly these documents.
        EmptyStageError: If a split has no document.
    """
    assignment = split_of_documents(documents, splits)
    _require_no_empty_split(assignment)
    tokenizer = load_tokenizer(tokenizer_json)
    with atomic_directory(output) as folder:
        tables = _write_tokens(
            documents,
            assignment,
            encoder_of(tokenizer_json),
            _token_dtype(tokenizer),
            folder,
        )
        for split, table in tables.items():
            table.to_parquet(folder / documents_name(split), index=False)
        manifest = {
            "format_version": FORMAT_VERSION,
            "tokenizer": hash_text(tokenizer_json),
            "vocab_size": tokenizer.get_vocab_size(),
            "end_of_document": tokenizer.token_to_id(END_OF_DOCUMENT),
            "dtype": _token_dtype(tokenizer).str,
            "splits": {
                split: {
                    "num_documents": len(table),
                    "num_tokens": int(table["num_tokens"].to_numpy().sum()),
                    "num_bytes": int(table["num_bytes"].to_numpy().sum()),
                }
                for split, table in tables.items()
            },
            "files": {
                path.name: {"num_bytes": path.stat().st_size, "hash": hash_file(path)}
                for path in sorted(folder.iterdir())
            },
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return TokenShards.open(output)


def _require_no_empty_split(assignment: Mapping[str, str]) -> None:
    empty = sorted(set(SPLITS) - set(assignment.values()))
    if empty:
        message = (
            f"features: the splits {empty} have no document among {len(assignment)}; "
            "give the run more documents or raise their share in features.splits"
        )
        raise EmptyStageError(message)


def _token_dtype(tokenizer: Tokenizer) -> np.dtype:
    # Little-endian on every machine, so that shards can be copied between them.
    return np.dtype("<u2" if tokenizer.get_vocab_size() <= 1 << 16 else "<u4")


class _Batch(NamedTuple):
    """Some documents: their ids, and texts (``large_string``)."""

    ids: list[str]
    texts: pa.Array


def _write_tokens(
    documents: Shards,
    assignment: Mapping[str, str],
    encoder: Encoder,
    dtype: np.dtype,
    folder: Path,
) -> dict[str, pd.DataFrame]:
    """Write the token files; return the document list of every split."""
    lists: dict[str, list[pd.DataFrame]] = {split: [] for split in SPLITS}
    numbers = {split: number for number, split in enumerate(SPLITS)}
    with ExitStack() as stack:
        files = [
            stack.enter_context((folder / tokens_name(split)).open("wb"))
            for split in SPLITS
        ]
        bar = stack.enter_context(
            progress_bar("tokenise documents", documents.num_rows, unit="doc")
        )
        for batch in _batches(documents):
            tokens, ends = encoder.encode(batch.texts)
            chosen = np.array([numbers[assignment[one]] for one in batch.ids])
            _write_runs(files, chosen, tokens.astype(dtype), ends)
            table = pd.DataFrame(
                {
                    "document_id": batch.ids,
                    "num_tokens": np.diff(ends, prepend=0),
                    "num_bytes": np.diff(_offsets(batch.texts)),
                }
            )
            for split, number in numbers.items():
                lists[split].append(table.loc[chosen == number])
            bar.update(len(batch.ids))
    return {split: pd.concat(lists[split], ignore_index=True) for split in SPLITS}


def _write_runs(
    files: Sequence[BinaryIO],
    chosen: NDArray[np.int64],
    tokens: NDArray[np.generic],
    ends: NDArray[np.int64],
) -> None:
    """Write the tokens of each document to its file, neighbours of one file at once."""
    changes = np.flatnonzero(np.diff(chosen)) + 1
    starts = [0, *changes.tolist()]
    stops = [*changes.tolist(), len(chosen)]
    places = [0, *ends.tolist()]
    for start, stop in zip(starts, stops, strict=True):
        files[chosen[start]].write(tokens[places[start] : places[stop]].data)


def _batches(documents: Shards) -> Iterator[_Batch]:
    """Yield documents in order, in batches with at least one document."""
    tables = documents.tables(["document_id", "text"])
    for table in cut_by_bytes(tables, _BATCH_BYTES):
        if table.num_rows:
            texts = table.column("text").cast(pa.large_string()).combine_chunks()
            texts = texts.chunk(0) if isinstance(texts, pa.ChunkedArray) else texts
            yield _Batch(table.column("document_id").to_pylist(), texts)


def _offsets(texts: pa.Array) -> NDArray[np.int64]:
    """Return where each text starts in the bytes of the column, and the last ends."""
    return np.frombuffer(texts.buffers()[1], np.int64)[texts.offset :][: len(texts) + 1]
