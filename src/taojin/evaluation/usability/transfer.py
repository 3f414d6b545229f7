"""Train on generated items, test on real ones, beside training on real ones.

Esteban et al. 2017 (TSTR); at equal numbers, with the same student.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from taojin.core.config import StageConfig
from taojin.core.errors import CountMismatchError, DataError
from taojin.core.estimates import Estimate
from taojin.core.randomness import derive_seed, generator
from taojin.evaluation.comparison.resampling import (
    detectable,
    percentile_estimate,
    resampled_sums,
)
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.scores import Direction, Score, require_items
from taojin.evaluation.usability.students import LabelledItems, Student

_MIN_LABELS = 2
_ARMS = ("generated", "real", "other_real", "augmented", "more_real")


class TransferConfig(StageConfig):
    """How students are trained and compared."""

    max_train_items: int = Field(default=1000, ge=10)
    """Train on at most so many items; as many of either side."""
    min_train_items: int = Field(default=20, ge=4)
    """Fewest items to train on."""
    min_test_items: int = Field(default=20, ge=2)
    """Fewest real items to test on."""
    num_seeds: int = Field(default=5, ge=2)
    """Draws of train items, each with a student of its own."""
    intervals: IntervalConfig = IntervalConfig()
    seed: int = Field(default=0, ge=0)
    """Seeds draws and students."""


@dataclass(frozen=True)
class _Sides:
    generated: LabelledItems
    real: LabelledItems
    test: LabelledItems
    num_train: int


def train_on_generated(
    generated: LabelledItems,
    real_train: LabelledItems,
    real_test: LabelledItems,
    student: Student,
    config: TransferConfig,
) -> list[Score]:
    """Measure how well generated items teach a task on real ones.

    A seed draws as many items of the generated as of the real ones, and as many other
    real ones, which show what a perfect generator would reach; so at most half of the
    real ones go into one side. Intervals resample both the seeds and the test items
    (Owen 2007, "The pigeonhole bootstrap"). They speak of the items given: with others
    in their place the ratio varies more, and intervals of 95 % then hold about 85 to
    90 % of the time. The order of items makes no difference.

    Args:
        generated: Generated items with the labels they were asked to have.
        real_train: Real items to train on; none of them in the test.
        real_test: Real items to test on.
        student: What is trained.
        config: Numbers, seeds, intervals.

    Returns:
        ``train_generated_accuracy`` and ``train_real_accuracy`` on real test items;
        ``train_generated_ratio``, the first over the second, 1 where generated items
        teach as well; ``augmentation_gain``, the accuracy from real and generated items
        together less that from the real ones alone, whose null adds as many real ones.

    Raises:
        DataError: If there are too few items or labels, the sides have no label or not
            the extractor in common, or no student trained on real items is ever right.
        CountMismatchError: If the student does not give one label a test item.
    """
    sides = _checked_sides(generated, real_train, real_test, config)
    right = _run(sides, student, config)
    score = _Scores(right, sides, config)
    return [
        score.accuracy("train_generated_accuracy", "generated"),
        score.accuracy("train_real_accuracy", "real"),
        score.ratio(),
        score.gain(),
    ]


def _checked_sides(
    generated: LabelledItems,
    real_train: LabelledItems,
    real_test: LabelledItems,
    config: TransferConfig,
) -> _Sides:
    for name, side in (("generated", generated), ("real train", real_train)):
        if len(set(side.labels)) < _MIN_LABELS:
            message = (
                f"usability: the {name} items have the labels {sorted(set(side.labels))}; "
                "a student needs two to tell apart"
            )
            raise DataError(message)
    extractors = {side.extractor for side in (generated, real_train, real_test)}
    if len(extractors) > 1:
        found = sorted(map(str, extractors))
        message = f"usability: features come from {found}; make all with one extractor"
        raise DataError(message)
    if not set(generated.labels) & set(real_test.labels):
        message = (
            f"usability: generated labels {sorted(set(generated.labels))[:5]} are none "
            f"of the real ones {sorted(set(real_test.labels))[:5]}; use the same words"
        )
        raise DataError(message)
    needed = config.min_train_items
    require_items("train_generated_ratio", len(generated), needed)
    require_items("train_generated_ratio", len(real_train), 2 * needed, "real train")
    require_items(
        "train_generated_ratio", len(real_test), config.min_test_items, "real test"
    )
    num_train = min(config.max_train_items, len(generated), len(real_train) // 2)
    return _Sides(
        _ordered(generated), _ordered(real_train), _ordered(real_test), num_train
    )


def _ordered(side: LabelledItems) -> LabelledItems:
    """Put items in an order of their own, so that the one given says nothing."""
    if side.extractor is None:
        pairs = zip(side.items, side.labels, strict=True)
        keys = [(str(item), str(label)) for item, label in pairs]
        return side.take(sorted(range(len(side)), key=keys.__getitem__))
    values = np.asarray(side.items, np.float64)
    return side.take(np.lexsort((np.asarray(side.labels), *values.T[::-1])))


def _run(
    sides: _Sides, student: Student, config: TransferConfig
) -> dict[str, NDArray[np.float64]]:
    """Train all students: 1 where one is right, by arm: [seeds, test items]."""
    right = {arm: np.zeros((config.num_seeds, len(sides.test))) for arm in _ARMS}
    truth = np.asarray([str(label) for label in sides.test.labels])
    for number in range(config.num_seeds):
        for arm, train in _draw(sides, number, config).items():
            seed = derive_seed(config.seed, "student", number)
            guesses = student(train, sides.test.items, seed)
            if len(guesses) != len(truth):
                message = (
                    f"usability: the student gave {len(guesses)} labels for "
                    f"{len(truth)} test items"
                )
                raise CountMismatchError(message)
            right[arm][number] = np.asarray(guesses) == truth
    return right


def _draw(
    sides: _Sides, number: int, config: TransferConfig
) -> dict[str, LabelledItems]:
    size = sides.num_train
    random = generator(config.seed, "train_items", number)
    chosen = sides.generated.take(_rows(sides.generated, size, random))
    rows = _rows(sides.real, 2 * size, random)
    # Every second of rows that keep the shares of the labels: halves that do so too.
    real, other = sides.real.take(rows[::2]), sides.real.take(rows[1::2])
    return {
        "generated": chosen,
        "real": real,
        "other_real": other,
        "augmented": real.joined(chosen),
        "more_real": real.joined(other),
    }


def _rows(side: LabelledItems, size: int, random: np.random.Generator) -> list[int]:
    """Draw rows whose labels keep their shares, as near as whole numbers allow.

    Rows of one label stand together.
    """
    labels = np.asarray([str(label) for label in side.labels])
    names, numbers = np.unique(labels, return_inverse=True)
    shuffled = random.permutation(len(labels))
    counts = np.bincount(numbers)
    quotas = _quotas(counts, size)
    return [
        int(row)
        for number in range(len(names))
        for row in shuffled[numbers[shuffled] == number][: quotas[number]]
    ]


def _quotas(counts: Sequence[int] | NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Share out a number by counts, largest remainders first; the sum is exact."""
    exact = np.asarray(counts) * size / np.sum(counts)
    quotas = np.floor(exact).astype(np.int64)
    order = np.argsort(quotas - exact, kind="stable")
    quotas[order[: size - quotas.sum()]] += 1
    return quotas


class _Scores:
    """Turns who was right into scores, by one set of resamples."""

    def __init__(
        self,
        right: dict[str, NDArray[np.float64]],
        sides: _Sides,
        config: TransferConfig,
    ) -> None:
        self._sides = sides
        self._config = config
        self._means = {arm: float(values.mean()) for arm, values in right.items()}
        self._drawn = _pigeonhole(right, config)
        if not self._means["real"] or not (self._drawn["real"] > 0).all():
            message = (
                "usability: students trained on real items are (almost) never right on "
                "real test items, so that no ratio says anything; give more train items"
            )
            raise DataError(message)

    def accuracy(self, name: str, arm: str) -> Score:
        return self._score(name, "higher", self._estimate(self._means[arm], arm), None)

    def ratio(self) -> Score:
        means, drawn = self._means, self._drawn
        return self._score(
            "train_generated_ratio",
            "higher",
            self._of(
                means["generated"] / means["real"], drawn["generated"] / drawn["real"]
            ),
            self._of(
                means["other_real"] / means["real"], drawn["other_real"] / drawn["real"]
            ),
            drawn["generated"] / drawn["real"] - drawn["other_real"] / drawn["real"],
        )

    def gain(self) -> Score:
        means, drawn = self._means, self._drawn
        return self._score(
            "augmentation_gain",
            "higher",
            self._of(
                means["augmented"] - means["real"], drawn["augmented"] - drawn["real"]
            ),
            self._of(
                means["more_real"] - means["real"], drawn["more_real"] - drawn["real"]
            ),
            drawn["augmented"] - drawn["more_real"],
        )

    def _estimate(self, value: float, arm: str) -> Estimate:
        return self._of(value, self._drawn[arm])

    def _of(self, value: float, drawn: NDArray[np.float64]) -> Estimate:
        confidence = self._config.intervals.confidence
        return percentile_estimate(value, drawn, len(self._sides.test), confidence)

    def _score(
        self,
        name: str,
        better: Direction,
        estimate: Estimate,
        null: Estimate | None,
        from_null: NDArray[np.float64] | None = None,
    ) -> Score:
        smallest = None
        if from_null is not None:
            confidence = self._config.intervals.confidence
            smallest = detectable(float(from_null.std()), confidence)
        return Score(
            name=name,
            axis="usability",
            better=better,
            estimate=estimate,
            null=null,
            min_detectable=smallest,
            extractor=self._sides.test.extractor,
            num_generated=self._sides.num_train,
            num_real=len(self._sides.test),
        )


def _pigeonhole(
    right: dict[str, NDArray[np.float64]], config: TransferConfig
) -> dict[str, NDArray[np.float64]]:
    """Resample seeds and test items, the same for all arms: accuracies by arm."""
    num_seeds, num_items = next(iter(right.values())).shape
    intervals = config.intervals
    columns = np.concatenate([values.T for values in right.values()], axis=1)
    by_items = resampled_sums(columns, intervals, "test_items") / num_items
    random = generator(intervals.seed, "pigeonhole_seeds")
    seeds = random.multinomial(
        num_seeds, np.full(num_seeds, 1 / num_seeds), size=intervals.num_resamples
    )
    by_arms = by_items.reshape(intervals.num_resamples, len(right), num_seeds)
    both = (by_arms * seeds[:, None, :]).sum(axis=2) / num_seeds
    return {arm: both[:, number] for number, arm in enumerate(right)}
