"""Splits of images and recordings: by the hash of their cluster, as documents are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from taojin.core.shards import Shards
from taojin.features.splits import SplitConfig, split_documents

_ID = "document_id"


def split_items(
    items: Shards, clusters: pd.DataFrame, config: SplitConfig, id_column: str
) -> pd.DataFrame:
    """Divide images or recordings; see :func:`taojin.features.splits.split_documents`.

    Args:
        items: Curated records.
        clusters: Their copies, see :mod:`taojin.curation.media.copies`.
        config: Shares, seed, smallest size.
        id_column: ``image_id`` or ``clip_id``.

    Returns:
        The id, ``cluster_id`` and ``split``; one row an item, in order.

    Raises:
        ConfigurationError: If a split would have too few items.
    """
    documents = _AsDocuments(items.root, items.parts, id_column)
    named = clusters.rename(columns={id_column: _ID})
    table = split_documents(documents, named, config)
    return table.rename(columns={_ID: id_column})


@dataclass(frozen=True)
class _AsDocuments(Shards):
    """Records whose ids are read as those of documents."""

    id_column: str

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        del columns
        for table in super().tables([self.id_column]):
            yield table.rename_columns([_ID])
