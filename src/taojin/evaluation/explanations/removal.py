"""Whether generations truly lean on the documents that are named.

The proof of an explanation: a model that learns without these documents must find the
generations less likely, and by more than one that learns without as many others of the
same lengths. To train a large model several times costs too much; a short training on a
part of the documents, from where the model is or of a small one from scratch, stands
for that. So what is shown is what the documents teach, not what they once taught.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import Field
from scipy import stats

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.core.estimates import Estimate
from taojin.core.progress import track
from taojin.core.randomness import derive_seed, generator
from taojin.evaluation.explanations.config import RemovalConfig
from taojin.evaluation.explanations.passages import generated_sequence, loss_of
from taojin.models.bases import Base

Retrain = Callable[[Sequence[str], int], Base]
"""Trains a model on the documents of these ids alone; the number is its seed."""

_MIN_GENERATIONS = 2


class Removal(StageConfig):
    """What taking documents out did to the loss of generations, in nats a token.

    Attributes:
        without_named: Mean loss where the named documents were left out.
        without_random: Mean loss where as many others were, of the same lengths.
        difference: The first less the second. Above 0: the explanation is right.
        is_shown: Whether the whole interval of the difference is above 0.
        num_named: Distinct documents that were left out.
        num_documents: Of which they were.
        num_trainings: Models that were trained for it.
    """

    without_named: float
    without_random: float
    difference: Estimate
    is_shown: bool
    num_named: int = Field(ge=1)
    num_documents: int = Field(ge=2)
    num_trainings: int = Field(ge=2)


def check_by_removal(
    generations: pd.DataFrame,
    leanings: pd.DataFrame,
    documents: pd.DataFrame,
    retrain: Retrain,
    config: RemovalConfig | None = None,
    confidence: float = 0.95,
) -> Removal:
    """Train without the named documents, and without random ones; several times.

    The documents named for any of the generations are left out together, so that the
    number of trainings, two a repeat, does not grow with the generations. Both of a
    repeat start from the same seed; each repeat has a seed and random documents of its
    own. The interval is of a mean over generations and repeats, both drawn by chance:
    two-way analysis of variance, degrees of freedom after Satterthwaite 1946.

    Args:
        generations: As in
            :func:`~taojin.evaluation.explanations.leaning.documents_leaned_on`; two
            or more.
        leanings: What that function returned.
        documents: ``document_id`` and ``text`` of all that models are trained on; the
            named ones among them.
        retrain: Makes a model of some documents.
        config: How many are removed, how often.
        confidence: Coverage of the interval.

    Raises:
        DataError: If there are fewer than two generations, a generation has no
            named documents, or there are too few documents to remove some at random.
    """
    config = config or RemovalConfig()
    named = _named(leanings, len(generations), config.num_removed)
    names = documents["document_id"].tolist()
    missing = named - set(names)
    if missing:
        message = (
            f"{len(missing)} of {len(named)} named documents are not among those to "
            f"train on, e.g. {sorted(missing)[:3]}; give all that were looked at"
        )
        raise DataError(message)
    if len(names) <= 2 * len(named):
        message = (
            f"{len(names)} training documents, of which {len(named)} are named: as "
            "many others are removed, and some must be left; give more documents, or "
            "lower num_removed"
        )
        raise DataError(message)
    sizes = documents["text"].str.encode("utf-8", errors="replace").str.len().to_numpy()
    is_named = documents["document_id"].isin(sorted(named)).to_numpy()

    def losses(removed: NDArray[np.bool_], seed: int) -> list[float]:
        kept = [name for name, is_out in zip(names, removed, strict=True) if not is_out]
        base = retrain(kept, seed)
        return [_loss(base, generations, row) for row in range(len(generations))]

    pairs = []
    for repeat in track(range(config.num_repeats), "removals"):
        seed = derive_seed(config.seed, "removal", str(repeat))
        others = _matched(sizes, is_named, config.num_neighbours, seed)
        pairs.append([losses(removed, seed) for removed in (is_named, others)])
    found = np.array(pairs)  # [repeats, both, generations]
    difference = crossed_mean((found[:, 0] - found[:, 1]).T, confidence)
    return Removal(
        without_named=float(found[:, 0].mean()),
        without_random=float(found[:, 1].mean()),
        difference=difference,
        is_shown=difference.low > 0.0,
        num_named=len(named),
        num_documents=len(names),
        num_trainings=2 * config.num_repeats,
    )


def crossed_mean(table: NDArray[np.float64], confidence: float) -> Estimate:
    """Estimate a mean over two things that both were drawn by chance.

    Args:
        table: ``[rows, columns]``, two or more of each.
        confidence: Coverage; on the safe side where rows and columns hardly differ.
    """
    rows, columns = table.shape
    mean = float(table.mean())
    own, theirs = table.mean(axis=1), table.mean(axis=0)
    rest = table - own[:, None] - theirs[None, :] + mean
    squares = np.array(
        [
            columns * own.var(ddof=1),
            rows * theirs.var(ddof=1),
            (rest**2).sum() / ((rows - 1) * (columns - 1)),
        ]
    )
    spread = max(squares[0] + squares[1] - squares[2], squares[0], squares[1])
    freedom = np.array([rows - 1, columns - 1, (rows - 1) * (columns - 1)])
    weight = float((squares**2 / freedom).sum())
    degrees = max(1.0, spread**2 / weight) if weight > 0.0 else 1.0
    error = np.sqrt(spread / table.size)
    half = float(stats.t.ppf((1.0 + confidence) / 2.0, degrees) * error)
    return Estimate(
        value=mean,
        low=mean - half,
        high=mean + half,
        num_samples=rows,
        confidence=confidence,
    )


def _named(leanings: pd.DataFrame, number: int, num_removed: int) -> set[str]:
    if number < _MIN_GENERATIONS:
        message = (
            f"{number} generations to check explanations by, and at least "
            f"{_MIN_GENERATIONS} are needed; generate more"
        )
        raise DataError(message)
    best = leanings.loc[leanings["rank"] <= num_removed]
    missing = sorted(set(range(number)) - set(best["generation"]))
    if missing:
        message = (
            f"{len(missing)} of {number} generations have no named documents, e.g. "
            f"{missing[:5]}; rank documents for all of them first"
        )
        raise DataError(message)
    return set(best["document_id"])


def _matched(
    sizes: NDArray[np.int64], is_named: NDArray[np.bool_], num_near: int, seed: int
) -> NDArray[np.bool_]:
    """Draw for each named document another one of about its length; each once.

    The longest choose first: of them there are the fewest.
    """
    draw = generator(seed, "random documents")
    left = np.flatnonzero(~is_named)
    chosen = np.zeros(len(sizes), dtype=np.bool_)
    for place in sorted(np.flatnonzero(is_named), key=lambda row: (-sizes[row], row)):
        order = np.argsort(np.abs(sizes[left] - sizes[place]), kind="stable")
        taken = order[draw.integers(min(num_near, len(left)))]
        chosen[left[taken]] = True
        left = np.delete(left, taken)
    return chosen


@torch.no_grad()
def _loss(base: Base, generations: pd.DataFrame, row: int) -> float:
    item = generations.iloc[row]
    prompt = item.get("prompt") or ""
    sequence = generated_sequence(base, str(prompt), str(item["text"]))
    return float(loss_of(base.model, sequence))
