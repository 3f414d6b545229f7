"""What a classifier and a language model lose when texts come from another world."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.core.errors import DataError
from taojin.evaluation.audits.drawing import order_by_hash
from taojin.evaluation.comparison.corrections import Correction
from taojin.evaluation.intervals import IntervalConfig, bootstrap_mean
from taojin.evaluation.judging.likelihoods import text_surprises
from taojin.evaluation.scores import require_items
from taojin.evaluation.shifts import (
    TEXT_SHIFTS,
    Drop,
    Quantity,
    RobustnessConfig,
    Shift,
    group_drops,
    robustness,
)
from taojin.models.bases import Base

OTHER = "other"
"""Groups that are too small to be measured, together."""
ACCURACY = Quantity(name="accuracy", axis="usability", better="higher")
BITS = Quantity(name="bits_per_byte", axis="realism", better="lower")

Predict = Callable[[Sequence[str]], Sequence[str]]


class ShiftsConfig(StageConfig):
    """Which shifts of text are tried, on how much of it."""

    shifts: tuple[str, ...] = tuple(TEXT_SHIFTS)
    """Names of :data:`taojin.evaluation.shifts.TEXT_SHIFTS`. One that changes none of
    the texts is not measured, and named as such."""
    strengths: tuple[float, ...] = (0.25, 1.0)
    """Of each, rising, each above 0 and at most 1."""
    max_examples: int = Field(default=200, ge=2)
    """Held-out examples of the topic classifier that are shifted."""
    max_documents: int = Field(default=100, ge=2)
    """Held-out documents that are shifted for the language model."""
    max_grouped: int = Field(default=1000, ge=2)
    """Of either, as they are, that are compared by groups."""
    max_characters: int = Field(default=600, ge=16)
    """Of each document; bounds the time."""
    group_field: str = "distribution"
    """Column, or key of the metadata, that says what domain a document is of."""
    min_group_items: int = Field(default=8, ge=2)
    """Smaller groups are measured together, as ``other``."""
    correction: Correction = "holm"
    """Over all shifts and strengths of a measure, and over all its groups."""
    seed: int = Field(default=0, ge=0)
    """Seeds what the shifts change and which items are drawn."""

    @model_validator(mode="after")
    def _check_shifts(self) -> Self:
        unknown = sorted(set(self.shifts) - set(TEXT_SHIFTS))
        if unknown or not self.shifts:
            message = f"shifts names {unknown}; known are {sorted(TEXT_SHIFTS)}"
            raise ValueError(message)
        self.settings(IntervalConfig())  # checks the strengths
        return self

    def settings(self, intervals: IntervalConfig) -> RobustnessConfig:
        """Give what :func:`taojin.evaluation.shifts.robustness` takes."""
        return RobustnessConfig(
            strengths=self.strengths,
            intervals=intervals,
            correction=self.correction,
            seed=self.seed,
        )


class Labelled(NamedTuple):
    """A text with what is known of it: its true label, or the group it is of."""

    text: str
    known: str


def classifier_robustness(
    examples: Sequence[Labelled],
    predict: Predict,
    config: ShiftsConfig,
    intervals: IntervalConfig,
) -> dict[str, Any]:
    """Measure how much accuracy shifts cost, and how it differs between labels.

    Args:
        examples: Held-out texts with their labels.
        predict: Gives one label a text.
        config: Shifts and sizes.
        intervals: Coverage, resamples, seed.

    Returns:
        See :func:`measured_under_shifts`; groups are the labels.

    Raises:
        DataError: If there are fewer than two examples.
    """

    def right(items: Sequence[Labelled]) -> NDArray[np.float64]:
        guesses = predict([item.text for item in items])
        pairs = zip(guesses, items, strict=True)
        return np.array([guess == item.known for guess, item in pairs], np.float64)

    return measured_under_shifts(
        examples, right, ACCURACY, config.max_examples, config, intervals
    )


def likelihood_robustness(
    documents: Sequence[Labelled],
    judge: Base,
    config: ShiftsConfig,
    intervals: IntervalConfig,
) -> dict[str, Any]:
    """Measure how much more surprising shifted texts are to a language model.

    Args:
        documents: Held-out texts with their groups, such as domains.
        judge: The model.
        config: Shifts and sizes; texts are cut to its number of characters.
        intervals: Coverage, resamples, seed.

    Returns:
        See :func:`measured_under_shifts`; the value of a text is its bits a byte, of
        the bytes that it has after the shift.

    Raises:
        DataError: If there are fewer than two documents.
    """

    def bits(items: Sequence[Labelled]) -> NDArray[np.float64]:
        found = text_surprises(judge, [item.text for item in items])
        return found.bits / found.num_bytes

    cut = [Labelled(one.text[: config.max_characters], one.known) for one in documents]
    return measured_under_shifts(
        cut, bits, BITS, config.max_documents, config, intervals
    )


def measured_under_shifts(
    items: Sequence[Labelled],
    measure: Callable[[Sequence[Labelled]], NDArray[np.float64]],
    quantity: Quantity,
    max_shifted: int,
    config: ShiftsConfig,
    intervals: IntervalConfig,
) -> dict[str, Any]:
    """Measure items as they are, under every shift, and by groups.

    Args:
        items: Texts with what is known of them.
        measure: Gives one value an item.
        quantity: What the values are.
        max_shifted: Items that are shifted; more are drawn from by their hashes.
        config: Shifts.
        intervals: Coverage, resamples, seed.

    Returns:
        ``quantity``; ``unshifted``, its mean over all with an interval; ``shifts`` of
        ``num_shifted`` items, and
        ``groups``, drops by name (see :class:`taojin.evaluation.shifts.Drop`);
        ``unchanged``, shifts that change none of the texts; ``warnings``.

    Raises:
        DataError: If there are fewer than two items.
    """
    require_items(f"{quantity.name} under shifts", len(items), 2, "held-out")
    settings = config.settings(intervals)
    order = order_by_hash([item.text for item in items], config.seed)
    few = [items[place] for place in order[:max_shifted]]
    shifts, unchanged = _effective(few, config)
    drops = robustness(measure, few, shifts, settings, quantity) if shifts else []
    many = [items[place] for place in order[: config.max_grouped]]
    values = np.asarray(measure(many))
    groups, warnings = _groups(values, many, quantity, config, settings)
    return {
        "quantity": quantity.name,
        "num_shifted": len(few),
        "unshifted": bootstrap_mean(np.sort(values), intervals).model_dump(),
        "shifts": {
            f"{one.shift} at {one.strength:g}": one.model_dump() for one in drops
        },
        "groups": {one.shift: one.model_dump() for one in groups},
        "unchanged": unchanged,
        "warnings": warnings,
    }


def _effective(
    items: Sequence[Labelled], config: ShiftsConfig
) -> tuple[Mapping[str, Shift[Any]], list[str]]:
    """Shifts that change a text at the highest strength, and the names of others."""
    highest = config.strengths[-1]
    texts = [item.text for item in items]
    found: dict[str, Shift[Any]] = {}
    unchanged = []
    for name in config.shifts:
        if TEXT_SHIFTS[name](texts, highest, config.seed) == texts:
            unchanged.append(name)
        else:
            found[name] = _of_labelled(TEXT_SHIFTS[name])
    return found, unchanged


def _of_labelled(shift: Shift[str]) -> Shift[Any]:
    def shifted(items: Sequence[Any], strength: float, seed: int) -> list[Any]:
        texts = shift([item.text for item in items], strength, seed)
        known = [item.known for item in items]
        return list(map(Labelled, texts, known))

    return shifted


def _groups(
    values: NDArray[np.float64],
    items: Sequence[Labelled],
    quantity: Quantity,
    config: ShiftsConfig,
    settings: RobustnessConfig,
) -> tuple[list[Drop], list[str]]:
    """Drops of groups, or a warning that says why there are none."""
    counts = Counter(item.known for item in items)
    names = [
        item.known if counts[item.known] >= config.min_group_items else OTHER
        for item in items
    ]
    try:
        return group_drops(values, names, quantity, settings), []
    except DataError as error:
        return [], [str(error)]
