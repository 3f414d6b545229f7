"""A corpus small enough to search over in seconds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.shards import Shards, write_shards
from taojin.features.splits import SPLITS
from taojin.features.tokenisation import tokenise_documents
from taojin.features.tokenizer import TokenizerConfig, train_tokenizer
from taojin.features.tokens import TokenShards
from taojin.models.config import LanguageModelConfig
from taojin.training.config import PretrainingConfig, TrainingConfig

WORDS = ["the", "a", "value", "returns", "of", "list", "given", "number", "and", "is"]


@dataclass(frozen=True)
class Corpus:
    tokens: TokenShards
    tokenizer: str
    signals: Shards
    splits: pd.DataFrame


@pytest.fixture(scope="session")
def corpus(tmp_path_factory) -> Corpus:
    """Ninety documents, of which every third has few letters by its signal."""
    return make_corpus(tmp_path_factory.mktemp("corpus"))


def make_corpus(root: Path) -> Corpus:
    draw = np.random.default_rng(0)
    ids = [f"{number:032x}" for number in range(90)]
    texts = [" ".join(draw.choice(WORDS, 40)) for _ in ids]
    documents = write_shards(
        [pa.table({"document_id": ids, "text": pa.array(texts, pa.large_string())})],
        root / "documents",
    )
    kinds = [SPLITS[0]] * 60 + [SPLITS[1]] * 20 + [SPLITS[2]] * 10
    splits = pd.DataFrame({"document_id": ids, "split": kinds})
    config = TokenizerConfig(vocab_size=280)
    tokenizer = train_tokenizer(documents, splits, config)
    signals = pa.table(
        {
            "document_id": ids,
            "source": ["docs"] * len(ids),
            "licence": ["MIT", None, "BSD-3-Clause"] * 30,
            "language": ["en"] * len(ids),
            "num_bytes": [len(text) for text in texts],
            "share_letter_chars": [0.2, 0.8, 0.9] * 30,
        }
    )
    return Corpus(
        tokenise_documents(documents, splits, tokenizer, root / "token_shards"),
        tokenizer,
        write_shards([signals], root / "signals"),
        splits,
    )


@pytest.fixture
def pretraining() -> PretrainingConfig:
    """Settings with which a trial takes a tenth of a second."""
    return PretrainingConfig(
        model=LanguageModelConfig(depth=1, width=16, context_length=16),
        training=TrainingConfig(
            num_steps=20,
            batch_size=4,
            validate_every=5,
            validation_batches=1,
            checkpoint_every_seconds=1000.0,
            log_every=10,
        ),
    )
