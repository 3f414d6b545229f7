"""The training text as audits need it: which document stands at a place."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.errors import CountMismatchError
from taojin.core.shards import Shards
from taojin.features.tokens import TokenShards

_ORIGIN = ("document_id", "source", "licence")


@dataclass(frozen=True)
class TrainingCorpus:
    """Tokens of the training text and where its documents come from.

    Attributes:
        tokens: Token ids of all documents; may be memory-mapped.
        offsets: Where documents begin, int64 ``(num_documents + 1,)``.
        documents: ``document_id``, ``source``, ``licence``, in order.
    """

    tokens: NDArray[np.integer]
    offsets: NDArray[np.int64]
    documents: pd.DataFrame

    def __post_init__(self) -> None:
        """Check that the three belong together.

        Raises:
            CountMismatchError: If they do not.
        """
        num_documents, num_tokens = len(self.offsets) - 1, int(self.offsets[-1])
        if num_documents != len(self.documents) or num_tokens != len(self.tokens):
            message = (
                f"the index has {num_documents} documents of {num_tokens} tokens, and "
                f"there are {len(self.documents)} of {len(self.tokens)}; make the token "
                "shards from these documents again"
            )
            raise CountMismatchError(message)

    def documents_at(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row numbers of the documents that hold the tokens at some positions."""
        return np.searchsorted(self.offsets, positions, side="right") - 1


def training_corpus(
    tokens: TokenShards, documents: Shards, split: str = "train"
) -> TrainingCorpus:
    """Join the tokens of a split with the origins of its documents.

    Args:
        tokens: The tokenised corpus.
        documents: The documents it was made from: ``document_id``, ``source``,
            ``licence``.
        split: Which part was trained on.

    Raises:
        CountMismatchError: If a document of the tokens is not among them.
    """
    table = documents.read(_ORIGIN).to_pandas().drop_duplicates("document_id")
    rows = pd.Index(table["document_id"])
    ids = tokens.documents(split)["document_id"].tolist()
    places = rows.get_indexer(ids)
    missing = [ids[index] for index in np.flatnonzero(places < 0)]
    if missing:
        message = (
            f"{len(missing)} of {len(ids)} tokenised documents are not among the "
            f"curated ones, e.g. {missing[:3]}; make the token shards again"
        )
        raise CountMismatchError(message)
    origins = table.iloc[places].reset_index(drop=True)
    return TrainingCorpus(tokens.tokens(split), tokens.offsets(split), origins)


def training_texts(
    documents: Shards, document_ids: Collection[str]
) -> Iterator[pa.Table]:
    """Read the documents that were trained on, part by part.

    Yields:
        ``document_id``, ``text``, ``source``, ``licence``.
    """
    wanted = set(document_ids)
    for table in documents.tables([*_ORIGIN, "text"]):
        ids = table.column("document_id").to_pylist()
        mask = [document_id in wanted for document_id in ids]
        yield table.filter(pa.array(mask, pa.bool_()))
