"""Adapters from catalogue names to the features library."""

from pathlib import Path

import pandas as pd

from taojin.core.shards import Shards
from taojin.features import labels, splits, tokenisation
from taojin.features import tokenizer as tokenizers
from taojin.features.labels import LabelConfig
from taojin.features.splits import SplitConfig
from taojin.features.tokenizer import TokenizerConfig
from taojin.features.tokens import TokenShards


def split_documents(
    documents: Shards, clusters: pd.DataFrame, config: SplitConfig
) -> pd.DataFrame:
    """Split by cluster; see :func:`taojin.features.splits.split_documents`."""
    return splits.split_documents(documents, clusters, config)


def train_tokenizer(
    documents: Shards, document_splits: pd.DataFrame, config: TokenizerConfig
) -> str:
    """Train it; see :func:`taojin.features.tokenizer.train_tokenizer`."""
    return tokenizers.train_tokenizer(documents, document_splits, config)


def tokenise_documents(
    documents: Shards, document_splits: pd.DataFrame, tokenizer: str, workspace: Path
) -> TokenShards:
    """Write token shards; see :func:`taojin.features.tokenisation.tokenise_documents`."""
    return tokenisation.tokenise_documents(
        documents, document_splits, tokenizer, workspace / "token_shards"
    )


def label_documents(
    documents: Shards, document_splits: pd.DataFrame, config: LabelConfig
) -> dict[str, pd.DataFrame]:
    """Make labelled examples of both tasks; see :mod:`taojin.features.labels`."""
    return {
        "topics": labels.label_topics(documents, document_splits, config),
        "descriptions": labels.label_descriptions(documents, document_splits, config),
    }
