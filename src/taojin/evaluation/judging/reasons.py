"""Why models say what they say, for a few of the things they said."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.evaluation.audits.drawing import order_by_hash
from taojin.evaluation.explanations import (
    AttributionConfig,
    LeaningConfig,
    ProxyConfig,
    RemovalConfig,
    Retrain,
    attribute_label,
    check_by_removal,
    documents_leaned_on,
)
from taojin.models.bases import Base
from taojin.models.heads import LoadedHead

MakeRetrain = Callable[[Base, pd.DataFrame, ProxyConfig], Retrain]
"""``(base, documents, config)``: what trains small models on some of the documents."""

_NUM_HASHES = 1 << 18


class ReasonsConfig(StageConfig):
    """How much is explained."""

    num_generations: int = Field(default=4, ge=0, le=1000)
    """Generated texts for which training documents are named; 0 names none."""
    num_likely: int = Field(default=100, ge=1)
    """Training documents looked at for each, those that share the most words."""
    leaning: LeaningConfig = LeaningConfig(
        num_documents=3, num_candidates=16, max_tokens=128
    )
    removal: RemovalConfig | None = None
    """Whether texts truly lean on the documents that are named, checked by training
    without them; takes minutes. Null leaves that out."""
    num_decisions: int = Field(default=4, ge=0, le=1000)
    """Decisions of the topic classifier that are divided among tokens; 0 explains
    none."""
    attribution: AttributionConfig = AttributionConfig(tolerance=1e-2)


def explain_generations(
    base: Base,
    generations: pd.DataFrame,
    documents: pd.DataFrame,
    config: ReasonsConfig,
) -> list[dict[str, Any]]:
    """Name training documents that generated texts lean on.

    Gradients of all training documents would cost an epoch of training. Those that
    share the most words and pairs of words with the text are looked at (TF-IDF).

    Args:
        base: The model that wrote the texts.
        generations: What it wrote: ``text`` and, where there was one, ``prompt``.
        documents: Training documents: ``document_id``, ``text``, ``title``, ``source``,
            ``licence``.
        config: How many.

    Returns:
        One row a text: ``text`` and ``documents``, each with ``rank``, ``gradient``,
        ``representation`` (cosines), ``document_id``, ``title``, ``source``,
        ``licence``, ``text``.

    Raises:
        DataError: If a text is empty, or no document has a token.
    """
    if generations.empty:
        return []
    texts = generations["text"].tolist()
    likely = documents.iloc[_likely(texts, list(documents["text"]), config.num_likely)]
    likely = likely.drop_duplicates("document_id")
    found = documents_leaned_on(
        base, generations.reset_index(drop=True), likely, config.leaning
    )
    joined = found.merge(likely, on="document_id", how="left").replace({np.nan: None})
    rows = joined.drop(columns="generation").to_dict(orient="records")
    by_text: list[dict[str, Any]] = [{"text": text, "documents": []} for text in texts]
    for number, row in zip(joined["generation"], rows, strict=True):
        by_text[int(number)]["documents"].append(row)
    return by_text


def check_explanations(
    base: Base,
    generations: pd.DataFrame,
    documents: pd.DataFrame,
    make_retrain: MakeRetrain,
    config: ReasonsConfig,
    confidence: float = 0.95,
) -> dict[str, Any]:
    """Check by removal that texts lean on the documents that are named.

    The documents are named by the gradients of ``base``, as
    :func:`explain_generations` does it. Trained again is not ``base`` on all that it
    ever read, which costs too much, but what ``make_retrain`` trains, on a few hundred
    documents. So it is shown that the named documents teach to write the texts, more
    than others of their lengths do; not that ``base`` learned it from them and from
    nothing else. Near duplicates of a named document stay, and hide what it does.

    Args:
        base: The model that wrote the texts.
        generations: As in :func:`explain_generations`.
        documents: Training documents: ``document_id``, ``text``.
        make_retrain: Trains them.
        config: ``removal`` is not null.
        confidence: Coverage of the interval.

    Returns:
        The fields of :class:`taojin.evaluation.explanations.removal.Removal`,
        ``num_generations``, ``num_removed``; or ``problem``, why it cannot be checked.
    """
    removal = config.removal or RemovalConfig()
    chosen = generations.reset_index(drop=True)
    known = documents.drop_duplicates("document_id")
    cut = pd.DataFrame(
        {
            "document_id": known["document_id"],
            "text": known["text"].str[: removal.max_characters],
        }
    )
    try:
        pool = _pool(chosen["text"].tolist(), cut, removal)
        leaning = config.leaning.model_copy(
            update={
                "num_documents": removal.num_removed,
                "num_candidates": max(
                    config.leaning.num_candidates, 4 * removal.num_removed
                ),
            }
        )
        named = documents_leaned_on(base, chosen, pool, leaning)
        retrain = make_retrain(base, pool, removal.proxy)
        found = check_by_removal(chosen, named, pool, retrain, removal, confidence)
    except DataError as error:
        return {"problem": str(error)}
    return {
        **found.model_dump(),
        "num_generations": len(chosen),
        "num_removed": removal.num_removed,
    }


def explain_decisions(
    head: LoadedHead, examples: pd.DataFrame, config: ReasonsConfig
) -> list[dict[str, Any]]:
    """Divide decisions of a classifier among the tokens of texts.

    Args:
        head: The classifier.
        examples: ``text`` and ``label``, the true one.
        config: How.

    Returns:
        One row an example: ``truth`` and the fields of
        :class:`taojin.evaluation.explanations.Attribution`; where that fails ``truth``
        and ``problem``.
    """
    rows: list[dict[str, Any]] = []
    for text, truth in zip(examples["text"], examples["label"], strict=True):
        try:
            found = attribute_label(head, text, config=config.attribution)
        except DataError as error:
            rows.append({"truth": truth, "problem": str(error)})
            continue
        rows.append({"truth": truth, **asdict(found)})
    return rows


def _pool(
    texts: Sequence[str], documents: pd.DataFrame, config: RemovalConfig
) -> pd.DataFrame:
    """Documents like the texts, and others; in their order."""
    contents = documents["text"].tolist()
    each = max(config.num_removed, config.num_documents // (2 * max(1, len(texts))))
    chosen = dict.fromkeys(_likely(texts, contents, each))
    others = (
        place
        for place in order_by_hash(contents, config.seed)
        if place not in chosen and contents[place].strip()
    )
    chosen |= dict.fromkeys(islice(others, max(0, config.num_documents - len(chosen))))
    return documents.iloc[sorted(chosen)].reset_index(drop=True)


def _likely(texts: Sequence[str], documents: Sequence[str], number: int) -> list[int]:
    """Places of the documents that share the most with any of the texts."""
    vectoriser = HashingVectorizer(
        ngram_range=(1, 2),
        token_pattern=r"\w+",  # noqa: S106 - no password
        n_features=_NUM_HASHES,
        alternate_sign=False,
    )
    hashed = vectoriser.transform(documents)
    weights = TfidfTransformer(sublinear_tf=True).fit(hashed)
    known = csr_array(weights.transform(hashed))
    asked = csr_array(weights.transform(vectoriser.transform(texts)))
    alike = (asked @ known.T).toarray()
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :number]
    return sorted(set(nearest.ravel().tolist()))
