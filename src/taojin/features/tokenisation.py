"""Turn documents into token shards, streaming."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
from tokenizers import Tokenizer

from taojin.core.errors import EmptyStageError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import hash_file, hash_text
from taojin.core.progress import progress_bar
from taojin.core.shards import Shards
from taojin.features.splits import SPLITS, split_of_documents
from taojin.features.tokenizer import END_OF_DOCUMENT, load_tokenizer
from taojin.features.tokens import (
    FORMAT_VERSION,
    MANIFEST,
    TokenShards,
    documents_name,
    tokens_name,
)

_BATCH_DOCUMENTS = 512
"""Documents tokenised at a time; bounds memory, does not change the result."""


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
        tables = _write_tokens(documents, assignment, tokenizer, folder)
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


def _write_tokens(
    documents: Shards,
    assignment: Mapping[str, str],
    tokenizer: Tokenizer,
    folder: Path,
) -> dict[str, pd.DataFrame]:
    """Write the token files; return the document list of every split."""
    dtype = _token_dtype(tokenizer)
    end = tokenizer.token_to_id(END_OF_DOCUMENT)
    rows: dict[str, list[tuple[str, int, int]]] = {split: [] for split in SPLITS}
    with ExitStack() as stack:
        files: dict[str, BinaryIO] = {
            split: stack.enter_context((folder / tokens_name(split)).open("wb"))
            for split in SPLITS
        }
        bar = stack.enter_context(
            progress_bar("tokenise documents", documents.num_rows, unit="doc")
        )
        for ids, texts in _batches(documents):
            encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
            for document_id, text, encoding in zip(ids, texts, encodings, strict=True):
                split = assignment[document_id]
                tokens = np.array([*encoding.ids, end], dtype=dtype)
                files[split].write(tokens.tobytes())
                rows[split].append((document_id, len(tokens), len(text.encode())))
            bar.update(len(ids))
    columns = ["document_id", "num_tokens", "num_bytes"]
    return {split: pd.DataFrame(rows[split], columns=columns) for split in SPLITS}


def _batches(documents: Shards) -> Iterator[tuple[list[str], list[str]]]:
    for table in documents.tables(["document_id", "text"]):
        for batch in table.to_batches(max_chunksize=_BATCH_DOCUMENTS):
            yield _column(batch, "document_id"), _column(batch, "text")


def _column(batch: pa.RecordBatch, name: str) -> list[str]:
    return batch.column(name).to_pylist()
