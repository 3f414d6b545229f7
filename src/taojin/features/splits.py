"""Train, validation and test splits that near duplicates never straddle."""

from collections import Counter
from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError, CountMismatchError, DataError
from taojin.core.fingerprints import DIGEST_BYTES, hash_text
from taojin.core.shards import Shards

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

_SHARES_TOLERANCE = 1e-6


class SplitConfig(StageConfig):
    """How documents are divided."""

    train: float = Field(default=0.94, gt=0.0, lt=1.0)
    """Share of the documents to learn from."""
    validation: float = Field(default=0.03, gt=0.0, lt=1.0)
    """Share to choose by: early stopping, tuning."""
    test: float = Field(default=0.03, gt=0.0, lt=1.0)
    """Share to report on; nothing is chosen by it."""
    min_documents: int = Field(default=20, ge=1)
    """Fewest documents a split may have."""
    seed: int = Field(default=0, ge=0)
    """Another seed gives another, unrelated division."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> "SplitConfig":
        total = self.train + self.validation + self.test
        if abs(total - 1.0) > _SHARES_TOLERANCE:
            message = f"train, validation and test must add up to 1, not {total:g}"
            raise ValueError(message)
        return self


def split_documents(
    documents: Shards, clusters: pd.DataFrame, config: SplitConfig
) -> pd.DataFrame:
    """Divide documents by a hash of their duplicate cluster.

    A document's split depends on its cluster and the seed alone: documents that
    come or go do not move others, and two near duplicates are always together.

    Args:
        documents: Documents to divide.
        clusters: ``document_id`` and ``cluster_id`` of those that have duplicates;
            it may name others. A document without a row is its own cluster.
        config: Shares, seed, smallest size.

    Returns:
        ``document_id``, ``cluster_id``, ``split``; one row a document, in order.

    Raises:
        ConfigurationError: If a split would have too few documents.
        DataError: If a document is in several clusters.
    """
    _require_one_cluster_each(clusters)
    cluster_of = dict(
        zip(clusters["document_id"], clusters["cluster_id"].astype(str), strict=True)
    )
    ids = list(_document_ids(documents))
    keys = [cluster_of.get(document_id, document_id) for document_id in ids]
    shares = np.array([config.train, config.validation])
    positions = np.array([_position(config.seed, key) for key in keys], dtype=float)
    numbers = np.searchsorted(np.cumsum(shares), positions, side="right")
    names = np.array(SPLITS, dtype=object)[numbers]
    table = pd.DataFrame(
        {"document_id": ids, "cluster_id": keys, "split": names}, dtype="str"
    )
    _require_enough(table, config)
    return table


def split_of_documents(documents: Shards, splits: pd.DataFrame) -> dict[str, str]:
    """Map document ids to splits, after checking that the two agree.

    Raises:
        CountMismatchError: If the splits are not of exactly these documents.
    """
    columns = (splits[name].to_list() for name in ("document_id", "split"))
    assignment = dict(zip(*columns, strict=True))
    ids = set(_document_ids(documents))
    missing, foreign = ids - assignment.keys(), assignment.keys() - ids
    if missing or foreign:
        message = (
            f"the splits lack {len(missing)} of the {len(ids)} documents and name "
            f"{len(foreign)} others; make the splits from these documents again"
        )
        raise CountMismatchError(message)
    return assignment


def texts_of_split(documents: Shards, splits: pd.DataFrame, split: Split) -> list[str]:
    """Read the texts of a split, in the documents' order.

    Raises:
        CountMismatchError: If the splits are not of exactly these documents.
    """
    assignment = split_of_documents(documents, splits)
    return [
        text
        for table in documents.tables(["document_id", "text"])
        for document_id, text in zip(
            table.column("document_id").to_pylist(),
            table.column("text").to_pylist(),
            strict=True,
        )
        if assignment[document_id] == split
    ]


def _document_ids(documents: Shards) -> Iterator[str]:
    for table in documents.tables(["document_id"]):
        yield from table.column("document_id").to_pylist()


def _position(seed: int, key: str) -> float:
    """Place a cluster in [0, 1), uniformly."""
    return int(hash_text(f"{seed}/{key}"), 16) / (1 << (8 * DIGEST_BYTES))


def _require_one_cluster_each(clusters: pd.DataFrame) -> None:
    repeated = clusters.loc[clusters["document_id"].duplicated(), "document_id"]
    if len(repeated):
        message = (
            f"{repeated.nunique()} documents are in several duplicate clusters, e.g. "
            f"{repeated.iloc[0]}; clusters that share a document must be joined"
        )
        raise DataError(message)


def _require_enough(table: pd.DataFrame, config: SplitConfig) -> None:
    counts = Counter(table["split"])
    short = {
        split: counts[split] for split in SPLITS if counts[split] < config.min_documents
    }
    if short:
        message = (
            f"features.splits: of {len(table)} documents in "
            f"{table['cluster_id'].nunique()} clusters the splits would have {short}, "
            f"min_documents is {config.min_documents}; give the run more documents, "
            "raise the share of these splits, or lower min_documents"
        )
        raise ConfigurationError(message)
