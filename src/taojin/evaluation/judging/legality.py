"""Texts on the axis of legality: whose they are, and what they say of whom."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from taojin.core.errors import DataError
from taojin.core.shards import Shards
from taojin.evaluation.audits.canaries import audit_canaries
from taojin.evaluation.audits.canary_texts import read_canaries
from taojin.evaluation.audits.config import LegalityConfig
from taojin.evaluation.audits.corpora import (
    TrainingCorpus,
    training_corpus,
    training_texts,
)
from taojin.evaluation.audits.marks import audit_marks
from taojin.evaluation.audits.near_copies import NearCopies
from taojin.evaluation.audits.personal_data import Leaks, LocatePersonalData
from taojin.evaluation.audits.results import AuditResult
from taojin.evaluation.audits.toxicity import audit_toxicity
from taojin.evaluation.audits.verbatim_copies import audit_verbatim_copies
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.judging.config import PlantedConfig
from taojin.features.tokens import TokenShards
from taojin.models.bases import Base

AUDITS = ("verbatim_copies", "near_copies", "personal_data", "toxicity")
"""What :func:`audit_texts` looks for, in order."""

Tokenise = Callable[[str], Sequence[int]]


@dataclass(frozen=True)
class TrainingText:
    """All that was trained on, and what texts are looked up in it with.

    Attributes:
        corpus: Its tokens, and where they come from.
        tables: Reads its documents: ``document_id``, ``text``, ``source``,
            ``licence``.
        tokenise: As the corpus was.
        find: Finds personal data in a text.
    """

    corpus: TrainingCorpus
    tables: Callable[[], Iterable[pa.Table]]
    tokenise: Tokenise
    find: LocatePersonalData

    @classmethod
    def of_shards(
        cls,
        tokens: TokenShards,
        documents: Shards,
        tokenise: Tokenise,
        find: LocatePersonalData,
    ) -> "TrainingText":
        """Join the tokens of the train split with its documents."""
        corpus = training_corpus(tokens, documents)
        known = set(corpus.documents["document_id"])
        return cls(
            corpus,
            lambda: training_texts(documents, known),
            cache(tokenise),  # the same real texts stand beside every set
            find,
        )


def audit_texts(
    texts: Sequence[str],
    real: Sequence[str],
    training: TrainingText,
    config: LegalityConfig,
    confidence: float = 0.95,
) -> list[AuditResult]:
    """Look for copies, near copies, personal data and insults.

    Args:
        texts: Generated texts, prompt left out.
        real: Held-out real texts: how much of each is usual.
        training: What was trained on.
        config: What counts.
        confidence: Coverage of intervals.

    Returns:
        One result an audit, in the order of :data:`AUDITS`, and one of
        ``required_label`` if there is one. An audit for which no text is long enough, or in a language
        that it knows, has no scores and a warning that says so.

    Raises:
        DataError: If there are no texts.
    """
    return audit_sets([texts], real, training, config, confidence)[0]


def audit_sets(
    sets: Sequence[Sequence[str]],
    real: Sequence[str],
    training: TrainingText,
    config: LegalityConfig,
    confidence: float = 0.95,
) -> list[list[AuditResult]]:
    """Audit several sets as :func:`audit_texts` does one.

    The results are the same; the training documents are read for all sets at once.

    Args:
        sets: Generated texts of each.
        real: As in :func:`audit_texts`, and so all that follows.
        training: What was trained on.
        config: What counts.
        confidence: Coverage of intervals.

    Raises:
        DataError: If a set has no texts.
    """
    if not all(sets):
        message = "there are no texts to audit; generate some"
        raise DataError(message)
    near = NearCopies(sets, training.tables(), config.near_copies, real)
    leaks = Leaks(sets, training.tables(), training.find, real)

    def tokens(several: Sequence[str]) -> list[NDArray[np.int64]]:
        return [np.array(training.tokenise(text), dtype=np.int64) for text in several]

    def label_audits(texts: Sequence[str]) -> list[Callable[[], AuditResult]]:
        if config.required_label is None:
            return []
        label = re.compile(config.required_label)
        has_label = lambda text: label.search(text) is not None  # noqa: E731
        score = partial(audit_marks, texts, has_label, confidence, real)
        return [lambda: AuditResult(scores=(score(),))]

    def audits(place: int, texts: Sequence[str]) -> list[Callable[[], AuditResult]]:
        return [
            lambda: audit_verbatim_copies(
                tokens(texts), training.corpus, config, confidence, tokens(real)
            ),
            lambda: near.result(place, confidence),
            lambda: leaks.result(place, confidence),
            lambda: audit_toxicity(texts, config.toxicity, confidence, real),
            *label_audits(texts),
        ]

    return [
        [_result_of(audit) for audit in audits(place, texts)]
        for place, texts in enumerate(sets)
    ]


def audit_planted(
    base: Base,
    tables: Iterable[pa.Table],
    config: PlantedConfig,
    intervals: IntervalConfig,
) -> AuditResult:
    """Measure what a model remembers of planted canaries.

    Args:
        base: The model.
        tables: Training documents, with ``text``; read once.
        config: Where the canaries are.
        intervals: Over canaries.

    Returns:
        See :func:`~taojin.evaluation.audits.canaries.audit_canaries`; without scores
        and with a warning, if too few of them stand in the training text.

    Raises:
        DataError: If the file is damaged.
    """
    canaries = config.canaries
    if config.location is not None:
        canaries = read_canaries(config.location)
    return _result_of(
        lambda: audit_canaries(base, canaries, tables, config.exposure, intervals)
    )


def merged(
    results: Sequence[AuditResult], names: Sequence[str] | None = None
) -> dict[str, Any]:
    """Audits as one part of a report.

    Args:
        results: Of several audits.
        names: Of the audits. Several count what they judged, each in its own way, so
            that their facts need them.

    Returns:
        ``facts``, by name of the audit if there are names; ``tables`` by name;
        ``warnings``.
    """
    facts = [one.facts for one in results]
    named = {name: own for name, own in zip(names or (), facts, strict=False) if own}
    flat = {name: value for own in facts for name, value in own.items()}
    return {
        "facts": flat if names is None else named,
        "tables": {name: rows for one in results for name, rows in one.tables.items()},
        "warnings": [warning for one in results for warning in one.warnings],
    }


def _result_of(audit: Callable[[], AuditResult]) -> AuditResult:
    try:
        return audit()
    except DataError as error:
        return AuditResult(scores=(), warnings=(str(error),))
