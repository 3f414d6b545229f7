"""Small corpora with their signals, copies and decisions, made by hand."""

import itertools
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taojin.core.records import DOCUMENT_SCHEMA
from taojin.core.shards import Shards, write_shards
from taojin.curation.config import (
    CurationConfig,
    DuplicatesConfig,
    RulesConfig,
    ThresholdRule,
)
from taojin.curation.decisions import decide


class Verdict(NamedTuple):
    allowed: bool
    reason: str


VERDICTS = {"MIT": Verdict(True, "MIT is allowed"), None: Verdict(False, "unknown")}
NO_CLUSTERS = pd.DataFrame(columns=["document_id", "cluster_id", "kind", "twin_id"])


class Corpus(NamedTuple):
    """Everything that a report is made from."""

    documents: Shards
    signals: Shards
    decisions: Shards
    clusters: pd.DataFrame
    contamination: pd.DataFrame
    config: CurationConfig

    def arguments(self) -> tuple[Any, ...]:
        return (*self[:4], self.config, VERDICTS)


def make_corpus(
    root: Path,
    rows: list[dict[str, Any]],
    config: CurationConfig,
    clusters: pd.DataFrame = NO_CLUSTERS,
    contamination: pd.DataFrame | None = None,
    sizes: tuple[int, ...] = (),
) -> Corpus:
    """Write documents and signals in parts of these sizes, and decide."""
    leaks = pd.DataFrame(
        columns=["document_id", "evaluation_set", "num_ngrams", "share", "example"]
    )
    leaks = leaks if contamination is None else contamination
    defaults = {"text": "text", "title": None, "licence": "MIT", "metadata": "{}"}
    filled = [defaults | {"uri": f"file#{i}"} | row for i, row in enumerate(rows)]
    documents = pa.Table.from_pylist(filled, schema=DOCUMENT_SCHEMA)
    measured = {
        name: pa.array([row[name] for row in filled])
        for name in filled[0]
        if name not in DOCUMENT_SCHEMA.names
    }
    signals = documents.select(["document_id", "source", "licence", "language"])
    sizes_of_text = [len(row["text"].encode()) for row in filled]
    signals = signals.append_column("num_bytes", pa.array(sizes_of_text))
    for name, values in measured.items():
        signals = signals.append_column(name, values)
    texts = write_shards(_cut(documents, sizes), root / "documents")
    measured_shards = write_shards(_cut(signals, sizes), root / "signals")
    decisions = decide(
        measured_shards, clusters, config, VERDICTS, root / "decisions", leaks
    )
    return Corpus(texts, measured_shards, decisions, clusters, leaks, config)


def _cut(table: pa.Table, sizes: tuple[int, ...]) -> list[pa.Table]:
    starts = [0, *np.cumsum(sizes, dtype=int).tolist(), table.num_rows]
    return [
        table.slice(start, end - start) for start, end in itertools.pairwise(starts)
    ]


def random_corpus(root: Path, size: int, seed: int, parts: int = 3) -> Corpus:
    """Documents of three sources, a third of them in clusters of two to thirty."""
    rng = np.random.default_rng(seed)
    ids = [f"{number:032x}" for number in rng.permutation(size)]
    rows = [
        {
            "document_id": document_id,
            "source": str(rng.choice(["a", "b", "c"], p=[0.6, 0.3, 0.1])),
            "licence": "MIT" if rng.random() < 0.9 else None,
            "language": str(rng.choice(["en", "zh", "de"], p=[0.7, 0.25, 0.05])),
            "text": "x" * int(rng.geometric(0.05)),
            "num_words": int(rng.geometric(0.01)),
            "share_digit_chars": float(np.round(rng.beta(1, 6), 3)),
            "mean_word_length": float(rng.normal(5, 1))
            if rng.random() < 0.98
            else np.nan,
            "num_email": int(rng.random() < 0.1),
        }
        for document_id in ids
    ]
    leaks = pd.DataFrame(
        [
            {
                "document_id": document_id,
                "evaluation_set": name,
                "num_ngrams": 3,
                "share": 0.2,
                "example": "a question by jo@firm.de",
            }
            for name, step in (("quiz", 17), ("exam", 34))
            for document_id in ids[::step]
        ]
    )
    config = CurationConfig(
        rules=RulesConfig(
            languages=("en", "zh"),
            thresholds=(
                ThresholdRule(name="short", signal="num_words", at_least=25),
                ThresholdRule(name="digits", signal="share_digit_chars", at_most=0.25),
                ThresholdRule(
                    name="word_length", signal="mean_word_length",
                    at_least=3.3, at_most=6.5, languages=("en",),
                ),
                ThresholdRule(
                    name="long_in_b", signal="num_words", at_most=300, sources=("b",)
                ),
            ),
        ),
        duplicates=DuplicatesConfig(keep_highest="num_words"),
    )  # fmt: skip
    sizes = tuple(int(n) for n in rng.multinomial(size, [1 / parts] * parts)[:-1])
    return make_corpus(root, rows, config, _clusters(ids, rng), leaks, sizes)


def _clusters(ids: list[str], rng: np.random.Generator) -> pd.DataFrame:
    members, start = [], 0
    shuffled = list(rng.permutation(ids))
    while start < len(ids) // 3:
        cluster = sorted(shuffled[start : start + int(rng.integers(2, 30))])
        start += len(cluster)
        for index, document_id in enumerate(cluster):
            twin = cluster[index % 2 * (len(cluster) > 3)]
            kind = "exact" if len(cluster) != 3 else "near"
            twin_id = twin if kind == "exact" else document_id
            members.append((document_id, cluster[0], kind, twin_id))
    return pd.DataFrame(members, columns=NO_CLUSTERS.columns).sort_values(
        ["cluster_id", "document_id"], ignore_index=True
    )


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """A corpus that fits into the explorer's sample."""
    return random_corpus(tmp_path_factory.mktemp("corpus"), 900, seed=3)


@pytest.fixture(scope="session")
def make() -> Any:
    return make_corpus


@pytest.fixture(scope="session")
def make_random() -> Any:
    return random_corpus
