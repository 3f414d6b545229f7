"""Token shards: a tokenised corpus as flat, memory-mapped arrays, one a split.

Layout of the folder::

    manifest.json                 written last; a folder without it is unfinished
    <split>.tokens                token ids, little-endian uint16 or uint32
    <split>.documents.parquet     document_id, num_tokens, num_bytes, in token order

Every document is its tokens followed by one end-of-document token.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from taojin.core.errors import CorruptArtifactError, DataError
from taojin.core.fingerprints import fingerprint_of

MANIFEST = "manifest.json"
FORMAT_VERSION = 1

_REMEDY = "delete the folder and run the features stage again"


@dataclass(frozen=True)
class TokenShards:
    """A tokenised corpus on disk.

    Attributes:
        root: The folder.
    """

    root: Path

    @classmethod
    def open(cls, root: str | Path) -> Self:
        """Open a folder after checking its manifest and the sizes of its files.

        Raises:
            CorruptArtifactError: If the manifest is missing or unreadable, was
                written by another version, or a file is absent or truncated.
        """
        shards = cls(Path(root))
        damaged = list(shards._damaged_files())
        if damaged:
            message = (
                f"{root} holds {len(damaged)} damaged files: "
                f"{'; '.join(damaged[:5])}; {_REMEDY}"
            )
            raise CorruptArtifactError(message)
        return shards

    @property
    def fingerprint(self) -> str:
        """Hash of tokens, document ids, tokeniser and splits; not of the place."""
        return fingerprint_of(self._manifest)

    @property
    def vocab_size(self) -> int:
        """Number of token ids; every token is below it."""
        return self._manifest["vocab_size"]

    @property
    def end_of_document(self) -> int:
        """Token id that is written after every document."""
        return self._manifest["end_of_document"]

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits."""
        return tuple(self._manifest["splits"])

    def tokens(self, split: str) -> np.memmap:
        """Map the tokens of a split: one dimension, uint16 or uint32, read-only."""
        self._require_split(split)
        path = self.root / tokens_name(split)
        return np.memmap(path, dtype=self._manifest["dtype"], mode="r")

    def offsets(self, split: str) -> np.ndarray:
        """Where documents begin: int64, shape ``(num_documents + 1,)``.

        Document ``i`` is ``tokens[offsets[i]:offsets[i + 1]]``, its
        end-of-document token included.
        """
        lengths = self.documents(split)["num_tokens"].to_numpy()
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    def document_tokens(self, split: str) -> list[np.ndarray]:
        """Map the tokens of each document, its end-of-document token left out."""
        stream = self.tokens(split)
        return [
            stream[first : last - 1] for first, last in pairwise(self.offsets(split))
        ]

    def documents(self, split: str) -> pd.DataFrame:
        """List the documents of a split, in token order.

        Returns:
            ``document_id``; ``num_tokens``, the end-of-document token included;
            ``num_bytes`` of the text in UTF-8.
        """
        self._require_split(split)
        return pd.read_parquet(self.root / documents_name(split))

    def table(self) -> pd.DataFrame:
        """List the documents of all splits, with a ``split`` column."""
        frames = [self.documents(split).assign(split=split) for split in self.splits]
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def _manifest(self) -> dict[str, Any]:
        try:
            content = json.loads((self.root / MANIFEST).read_text(encoding="utf-8"))
            version = content["format_version"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"{self.root} has no readable {MANIFEST}: {error}; {_REMEDY}"
            raise CorruptArtifactError(message) from error
        if version != FORMAT_VERSION:
            message = (
                f"{self.root} is in format {version!r}, this version reads "
                f"{FORMAT_VERSION}; {_REMEDY}"
            )
            raise CorruptArtifactError(message)
        return content

    def _damaged_files(self) -> Iterator[str]:
        for name, file in self._manifest["files"].items():
            path = self.root / name
            found = path.stat().st_size if path.is_file() else None
            if found is None:
                yield f"{name} is missing"
            elif found != file["num_bytes"]:
                yield f"{name} has {found} bytes instead of {file['num_bytes']}"

    def _require_split(self, split: str) -> None:
        if split not in self._manifest["splits"]:
            message = f"{self.root} has splits {self.splits}, not {split!r}"
            raise DataError(message)


def tokens_name(split: str) -> str:
    """File name of the tokens of a split."""
    return f"{split}.tokens"


def documents_name(split: str) -> str:
    """File name of the document list of a split."""
    return f"{split}.documents.parquet"
