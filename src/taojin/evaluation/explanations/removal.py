"""Whether a generation truly leans on the documents that are named.

The proof of an explanation: without these documents a model must find the generation
less likely, and by more than without as many others.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.core.progress import track
from taojin.core.randomness import generator
from taojin.evaluation.explanations.passages import generated_sequence, loss_of
from taojin.evaluation.intervals import IntervalConfig, bootstrap_mean
from taojin.models.bases import Base

Retrain = Callable[[Sequence[str]], Base]
"""Trains the model again, with the same seed, on the documents of these ids alone."""


class RemovalConfig(StageConfig):
    """How explanations are checked."""

    num_removed: int = Field(default=5, ge=1)
    """Documents taken out, those of the best ranks."""
    num_random: int = Field(default=3, ge=1)
    """How often as many random documents are taken out."""
    intervals: IntervalConfig = IntervalConfig()
    seed: int = Field(default=0, ge=0)
    """Of the random documents."""


class Removal(StageConfig):
    """What taking documents out did to the loss of generations, in nats a token.

    Attributes:
        named: Mean rise of the loss without the named documents.
        random: Mean rise without as many random ones.
        difference: Of the two, a generation at a time. Above 0: the explanation is
            right.
        num_trainings: Models that were trained for it.
    """

    named: Estimate
    random: Estimate
    difference: Estimate
    num_trainings: int = Field(ge=1)


def check_by_removal(
    generations: pd.DataFrame,
    leanings: pd.DataFrame,
    document_ids: Sequence[str],
    retrain: Retrain,
    config: RemovalConfig | None = None,
) -> Removal:
    """Train again without the named documents, and without random ones.

    One training with all documents, one a generation, and ``num_random`` more.
    Intervals are over generations (BCa bootstrap); the chance of a training is in
    them only as far as trainings differ from one generation to another.

    Args:
        generations: As in
            :func:`~taojin.evaluation.explanations.leaning.documents_leaned_on`; two
            or more.
        leanings: What that function returned.
        document_ids: Of all training documents.
        retrain: Makes a model of some documents.
        config: How many are removed.

    Raises:
        DataError: If there are fewer than two generations, a generation has no
            named documents, or there are too few documents to remove some at random.
    """
    config = config or RemovalConfig()
    named = _named(leanings, len(generations), config.num_removed)
    largest = max(map(len, named))
    if len(document_ids) <= largest:
        message = (
            f"{len(document_ids)} training documents, of which {largest} are removed: "
            "some must be left; lower num_removed"
        )
        raise DataError(message)
    draw = generator(config.seed, "removal")
    random = [
        set(draw.choice(np.array(document_ids), largest, replace=False).tolist())
        for _ in range(config.num_random)
    ]

    def losses(removed: set[str], rows: Sequence[int]) -> list[float]:
        base = retrain([name for name in document_ids if name not in removed])
        return [_loss(base, generations, row) for row in rows]

    every = range(len(generations))
    whole = np.array(losses(set(), every))
    without_random = np.mean(
        [losses(removed, every) for removed in track(random, "random removals")], axis=0
    )
    without_named = np.array(
        [losses(named[row], [row])[0] for row in track(every, "removals")]
    )
    return Removal(
        named=bootstrap_mean(without_named - whole, config.intervals),
        random=bootstrap_mean(without_random - whole, config.intervals),
        difference=bootstrap_mean(without_named - without_random, config.intervals),
        num_trainings=1 + len(random) + len(named),
    )


def _named(leanings: pd.DataFrame, number: int, num_removed: int) -> list[set[str]]:
    best = leanings.loc[leanings["rank"] <= num_removed]
    found = best.groupby("generation")["document_id"].agg(set).to_dict()
    missing = [row for row in range(number) if not found.get(row)]
    if missing:
        message = (
            f"{len(missing)} of {number} generations have no named documents, e.g. "
            f"{missing[:5]}; rank documents for all of them first"
        )
        raise DataError(message)
    return [found[row] for row in range(number)]


@torch.no_grad()
def _loss(base: Base, generations: pd.DataFrame, row: int) -> float:
    item = generations.iloc[row]
    prompt = item.get("prompt") or ""
    sequence = generated_sequence(base, str(prompt), str(item["text"]))
    return float(loss_of(base.model, sequence))
