"""The training documents that a generation leans on.

Two views of a model: passages that it represents alike, and passages that would change
its weights in the same direction, so that learning the one teaches the other (TracIn:
Pruthi et al. 2020, arXiv:2002.08484, at one checkpoint). The first is cheap and selects
candidates for the second. Neither proves a cause;
:func:`taojin.evaluation.explanations.removal.check_by_removal` asks for that.
"""

from collections.abc import Sequence

import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from taojin.core.errors import DataError
from taojin.core.progress import track
from taojin.evaluation.explanations.config import LeaningConfig
from taojin.evaluation.explanations.gradients import GradientSketch
from taojin.evaluation.explanations.passages import (
    Passage,
    generated_sequence,
    passages_of,
    representations,
)
from taojin.models.bases import Base
from taojin.models.encoding import ScoredSequence

COLUMNS = ("generation", "rank", "document_id", "gradient", "representation")


def documents_leaned_on(
    base: Base,
    generations: pd.DataFrame,
    documents: pd.DataFrame,
    config: LeaningConfig | None = None,
) -> pd.DataFrame:
    """Rank training documents by how much each generation leans on them.

    Args:
        base: The model that generated; in evaluation mode, not changed.
        generations: ``text`` and, where there was one, ``prompt``; at least one row.
        documents: ``document_id`` and ``text`` of training documents; a sample will
            do if it holds the likely ones.
        config: How far to look.

    Returns:
        ``generation`` (row number), ``rank`` from 1, ``document_id``, and two cosines
        of the document's best passage: ``gradient``, by which the rank goes, and
        ``representation``, from which the mean of all passages was taken off.

    Raises:
        DataError: If there is no generation, one has no text, or no document has a
            token.
    """
    config = config or LeaningConfig()
    sequences = _sequences(base, generations)
    passages = passages_of(base, list(documents["text"]), config.max_tokens)
    if not passages:
        message = (
            f"{len(documents)} training documents hold no token to lean on; give those "
            "that the model was trained on"
        )
        raise DataError(message)
    cosines = _representation_cosines(base, sequences, passages, config)
    number = min(config.num_candidates, len(passages))
    candidates = [
        torch.argsort(row, descending=True, stable=True)[:number].tolist()
        for row in cosines
    ]
    sketch = GradientSketch(base.model, config)
    needed = sorted({place for row in candidates for place in row})
    gradients = {
        place: sketch.of(passages[place].sequence)
        for place in track(needed, "gradients of passages")
    }
    ids = list(documents["document_id"])
    rows: list[tuple[object, ...]] = []
    for number, sequence in enumerate(sequences):
        own = sketch.of(sequence)
        found = [
            (float(gradients[p] @ own), float(cosines[number, p]), passages[p].document)
            for p in candidates[number]
        ]
        rows += [
            (number, rank, ids[document], gradient, representation)
            for rank, (gradient, representation, document) in enumerate(
                _best_by_document(found)[: config.num_documents], 1
            )
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _sequences(base: Base, generations: pd.DataFrame) -> list[ScoredSequence]:
    texts = list(generations["text"])
    empty = [place for place, text in enumerate(texts) if not text]
    if empty or not texts:
        message = (
            f"{len(empty)} of {len(texts)} generations have no text, e.g. {empty[:5]}; "
            "give at least one, and none that is empty"
        )
        raise DataError(message)
    prompts = (
        generations["prompt"].fillna("")
        if "prompt" in generations
        else [""] * len(texts)
    )
    pairs = zip(prompts, texts, strict=True)
    return [generated_sequence(base, prompt, text) for prompt, text in pairs]


def _representation_cosines(
    base: Base,
    sequences: Sequence[ScoredSequence],
    passages: Sequence[Passage],
    config: LeaningConfig,
) -> Tensor:
    """Cosines ``[generations, passages]``.

    States of all texts share a direction, which is taken off first.
    """
    model = base.model
    theirs = representations(model, [p.sequence for p in passages], config.batch_size)
    own = representations(model, sequences, config.batch_size)
    centre = theirs.mean(0) if len(passages) > 1 else torch.zeros_like(own[0])
    first, second = (functional.normalize(rows - centre) for rows in (own, theirs))
    return first @ second.T


def _best_by_document(
    found: Sequence[tuple[float, float, int]],
) -> list[tuple[float, float, int]]:
    """The best passage of each document, best first; ties as they stand."""
    best: dict[int, tuple[float, float, int]] = {}
    for row in found:
        if row[2] not in best or row > best[row[2]]:
            best[row[2]] = row
    return sorted(best.values(), key=lambda row: (-row[0], -row[1], row[2]))
