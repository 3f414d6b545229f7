"""Labelled examples that a corpus carries in its own metadata.

Two tasks: *topic* (which value of a metadata field a text belongs to; by default
the library that it documents) and *description* (the first sentence of a function's
documentation, given its signature). A corpus whose metadata has neither field
yields empty tables with the right columns, and the log says what is missing:
finetuning and task evaluation are then skipped, nothing else.
"""

import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.fingerprints import hash_text
from taojin.core.shards import Shards
from taojin.features.sentences import first_sentence
from taojin.features.splits import split_of_documents

MASK = "<NAME>"
"""Stands where a text named its own label."""

TOPIC_COLUMNS = ("document_id", "text", "label", "split")
DESCRIPTION_COLUMNS = ("document_id", "prompt", "target", "split")

_MIN_TOPICS = 2

_log = logging.getLogger(__name__)


class LabelConfig(StageConfig):
    """Which examples to take."""

    topic_field: str = Field(default="distribution", min_length=1)
    """Metadata field whose value is the topic of a document."""
    num_topics: int = Field(default=12, ge=_MIN_TOPICS)
    """Take the topics with most documents."""
    min_examples_per_topic: int = Field(default=50, ge=1)
    """A topic with fewer train documents is passed over."""
    max_examples_per_topic: int = Field(default=400, ge=1)
    """Balances the train split."""
    max_held_out_per_topic: int = Field(default=100, ge=1)
    """Balances the validation split, and the test split."""
    max_text_chars: int = Field(default=500, ge=16)
    """Topic texts are cut here, so that every classifier judges the same text."""
    max_prompt_chars: int = Field(default=240, ge=16)
    """Functions with longer signatures are passed over."""
    min_target_chars: int = Field(default=10, ge=1)
    max_target_chars: int = Field(default=200, ge=1)
    """Descriptions outside these lengths are passed over."""
    max_descriptions: int = Field(default=12_000, ge=1)
    """Take at most so many descriptions, chosen by a hash."""


class _Labelled(NamedTuple):
    document_id: str
    label: str
    split: str
    package: str
    """First part of the qualified name, as imported; empty if there is none."""


def label_topics(
    documents: Shards, splits: pd.DataFrame, config: LabelConfig
) -> pd.DataFrame:
    """Make examples of the topic task.

    The names of all chosen topics, and dotted paths that begin with one, are masked
    in all texts: the task is to know the subject, not to find the string.

    Args:
        documents: Documents.
        splits: ``document_id`` and ``split`` of exactly these documents.
        config: Field, number of topics, balance.

    Returns:
        ``document_id``, ``text``, ``label``, ``split``, in the documents' order;
        empty if fewer than two topics have enough documents.

    Raises:
        CountMismatchError: If the splits are not of exactly these documents.
    """
    assignment = split_of_documents(documents, splits)
    labelled = _joined_by_package(
        list(_labelled_documents(documents, assignment, config.topic_field))
    )
    topics = _largest_topics(labelled, config)
    if len(topics) < _MIN_TOPICS:
        _log.warning(
            "features.labels: %d of %d documents have a metadata field %r, and %d of "
            "its values reach min_examples_per_topic = %d train documents (2 are "
            "needed): no topic examples, finetuning on topics will be skipped",
            len(labelled),
            len(assignment),
            config.topic_field,
            len(topics),
            config.min_examples_per_topic,
        )
        return _empty(TOPIC_COLUMNS)
    chosen = _balanced(labelled, topics, config)
    names = topics | {row.package for row in labelled if row.label in topics}
    mask = _mask_pattern(names)
    rows = [
        (row.document_id, mask.sub(MASK, text)[: config.max_text_chars], *row[1:3])
        for document_id, text, _ in _records(documents)
        if (row := chosen.get(document_id)) is not None
    ]
    return pd.DataFrame(rows, columns=list(TOPIC_COLUMNS), dtype="str")


def label_descriptions(
    documents: Shards, splits: pd.DataFrame, config: LabelConfig
) -> pd.DataFrame:
    """Make examples of the description task.

    A prompt is ``def <signature>:`` and an opened docstring, which a language model
    continues; the target is the docstring's first sentence. A pair occurs once.

    Args:
        documents: Documents; those with ``kind`` "function" and a ``signature`` in
            their metadata count.
        splits: ``document_id`` and ``split`` of exactly these documents.
        config: Lengths and number.

    Returns:
        ``document_id``, ``prompt``, ``target``, ``split``, in the documents' order;
        empty if no document describes a function.

    Raises:
        CountMismatchError: If the splits are not of exactly these documents.
    """
    assignment = split_of_documents(documents, splits)
    rows = [
        (document_id, *pair, assignment[document_id])
        for document_id, text, metadata in _records(documents)
        if (pair := _description(text, metadata, config)) is not None
    ]
    if not rows:
        _log.warning(
            "features.labels: none of %d documents has kind 'function' and a signature "
            "in its metadata: no description examples, finetuning on descriptions "
            "will be skipped",
            len(assignment),
        )
        return _empty(DESCRIPTION_COLUMNS)
    table = pd.DataFrame(rows, columns=list(DESCRIPTION_COLUMNS), dtype="str")
    table = table.drop_duplicates(["prompt", "target"])
    order = np.argsort([_rank(name) for name in table["document_id"]], kind="stable")
    return table.iloc[np.sort(order[: config.max_descriptions])].reset_index(drop=True)


def _records(documents: Shards) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for table in documents.tables(["document_id", "text", "metadata"]):
        columns = (table.column(name).to_pylist() for name in table.column_names)
        for document_id, text, metadata in zip(*columns, strict=True):
            yield document_id, text, _parsed(metadata)


def _parsed(metadata: str) -> dict[str, Any]:
    try:
        value = json.loads(metadata)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _labelled_documents(
    documents: Shards, assignment: dict[str, str], field: str
) -> Iterator[_Labelled]:
    for table in documents.tables(["document_id", "metadata"]):
        columns = (table.column(name).to_pylist() for name in table.column_names)
        for document_id, text in zip(*columns, strict=True):
            metadata = _parsed(text)
            label = metadata.get(field)
            if isinstance(label, str | int) and str(label).strip():
                package = str(metadata.get("qualified_name", "")).partition(".")[0]
                split = assignment[document_id]
                yield _Labelled(document_id, str(label).strip(), split, package)


def _joined_by_package(labelled: list[_Labelled]) -> list[_Labelled]:
    """Give documents of one package one label: that of most of its documents.

    Two distributions that ship the same package (one a cut-down copy of the other)
    document the same thing, and which of two duplicates was kept is chance.
    """
    counts = Counter((row.package, row.label) for row in labelled)
    owners: dict[str, str] = {}
    for (package, label), _ in sorted(
        counts.items(), key=lambda item: (-item[1], item[0])
    ):
        owners.setdefault(package, label)
    return [
        row._replace(label=owners[row.package]) if row.package else row
        for row in labelled
    ]


def _largest_topics(labelled: list[_Labelled], config: LabelConfig) -> set[str]:
    """Choose the topics with most train documents; ties go by name."""
    counts = Counter(row.label for row in labelled if row.split == "train")
    enough = [
        label
        for label, count in counts.items()
        if count >= config.min_examples_per_topic
    ]
    largest = sorted(enough, key=lambda label: (-counts[label], label))
    return set(largest[: config.num_topics])


def _balanced(
    labelled: list[_Labelled], topics: set[str], config: LabelConfig
) -> dict[str, _Labelled]:
    """Take the first documents of each topic and split, in the order of a hash."""
    limits = {"train": config.max_examples_per_topic}
    taken: dict[tuple[str, str], int] = {}
    chosen: dict[str, _Labelled] = {}
    candidates = (row for row in labelled if row.label in topics)
    for row in sorted(candidates, key=lambda row: _rank(row.document_id)):
        key = (row.label, row.split)
        limit = limits.get(row.split, config.max_held_out_per_topic)
        if taken.get(key, 0) < limit:
            taken[key] = taken.get(key, 0) + 1
            chosen[row.document_id] = row
    return chosen


def _rank(document_id: str) -> str:
    return hash_text(f"labels/{document_id}")


def _mask_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Match the names, however their parts are joined, and paths that begin so.

    ASCII boundaries, not word boundaries: Chinese is written without spaces.
    """
    named = sorted({name for name in names if re.search(r"[^\W\d_]", name)})
    forms = [
        r"[-_. ]?".join(re.escape(part) for part in re.split(r"[-_. ]+", name) if part)
        for name in sorted(named, key=len, reverse=True)
    ]
    if not forms:
        return re.compile(r"(?!)")  # matches nothing
    joined = "|".join(forms)
    return re.compile(
        rf"(?<![A-Za-z0-9])(?:{joined})(?:\.\w+)*(?![A-Za-z0-9])", re.IGNORECASE
    )


def _description(
    text: str, metadata: dict[str, Any], config: LabelConfig
) -> tuple[str, str] | None:
    signature = metadata.get("signature")
    if metadata.get("kind") != "function" or not isinstance(signature, str):
        return None
    prompt = f'def {signature}:\n    """'
    target = first_sentence(text)
    fits = config.min_target_chars <= len(target) <= config.max_target_chars
    return (prompt, target) if fits and len(prompt) <= config.max_prompt_chars else None


def _empty(columns: Iterable[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
