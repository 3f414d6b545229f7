"""A set of items, and what became of those that could not be used."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, overload

from taojin.core.errors import DataError
from taojin.core.randomness import generator
from taojin.evaluation.intervals import proportion
from taojin.evaluation.items.config import Modality
from taojin.evaluation.scores import Score
from taojin.media.decoded import EMPTY, Decoded

Item_co = TypeVar("Item_co", covariant=True)


class Rejection(NamedTuple):
    """An item that cannot be evaluated.

    Attributes:
        id: Of the item.
        reason: A stable word, such as ``empty``, ``unreadable`` or ``too_large``.
        detail: What was found.
    """

    id: str
    reason: str
    detail: str


class DecodedFiles(Sequence[Item_co]):
    """Items that are decoded anew whenever they are asked for.

    So a folder of any size takes the memory of one item at a time.
    """

    def __init__(
        self, paths: Sequence[Path], decode: Callable[[Path], Decoded[Item_co]]
    ) -> None:
        self._paths = list(paths)
        self._decode = decode

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, index: int) -> Item_co: ...
    @overload
    def __getitem__(self, index: slice) -> "DecodedFiles[Item_co]": ...
    def __getitem__(self, index: int | slice) -> "Item_co | DecodedFiles[Item_co]":
        if isinstance(index, slice):
            return DecodedFiles(self._paths[index], self._decode)
        return self._decode(self._paths[index]).item

    def chosen(self, places: Sequence[int]) -> "DecodedFiles[Item_co]":
        """Only the items at these places, in their order."""
        return DecodedFiles([self._paths[place] for place in places], self._decode)


@dataclass(frozen=True)
class ItemSet:
    """Items of one modality.

    Attributes:
        modality: What they are.
        items: Texts as ``str``; images as ``uint8 [height, width, 1 or 3]``;
            recordings as ``float32 [samples]``, mono, within about -1 to 1. Images
            and recordings may be decoded anew at each access.
        ids: One an item, all different.
        rejected: What could not be used, each with its reason.
        noted: How many items needed a conversion, or have a defect, by a stable word.
        sample_rate: Of recordings, in hertz.
    """

    modality: Modality
    items: Sequence[Any]
    ids: tuple[str, ...]
    rejected: tuple[Rejection, ...] = ()
    noted: Mapping[str, int] = field(default_factory=dict)
    sample_rate: int | None = None

    def __post_init__(self) -> None:
        if len(self.items) != len(self.ids):
            message = f"there are {len(self.items)} items and {len(self.ids)} ids"
            raise DataError(message)
        twice = [name for name, count in Counter(self.ids).items() if count > 1]
        if twice:
            message = (
                f"{len(twice)} ids are given to several items: {twice[:5]}; name "
                "another id_field, or none"
            )
            raise DataError(message)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def num_given(self) -> int:
        """Items and rejected ones together."""
        return len(self.items) + len(self.rejected)

    @property
    def reasons(self) -> dict[str, int]:
        """How many were rejected for each reason."""
        return dict(sorted(Counter(row.reason for row in self.rejected).items()))

    def sampled(self, max_items: int | None, seed: int) -> "ItemSet":
        """A random sample in the items' order, or all; ``not_sampled`` is noted."""
        if max_items is None or len(self) <= max_items:
            return self
        draw = generator(seed, "items").permutation(len(self))[:max_items]
        places = sorted(draw.tolist())
        items = self.items
        return replace(
            self,
            items=items.chosen(places)
            if isinstance(items, DecodedFiles)
            else [items[place] for place in places],
            ids=tuple(self.ids[place] for place in places),
            noted={**self.noted, "not_sampled": len(self) - max_items},
        )


def require_same_kind(generated: ItemSet, real: ItemSet) -> None:
    """Check that two sets can be compared.

    Raises:
        DataError: If their modalities or sample rates differ.
    """
    if generated.modality != real.modality:
        message = (
            f"the generated items are of modality {generated.modality} and the real "
            f"ones of modality {real.modality}; compare items of one modality"
        )
        raise DataError(message)
    if generated.sample_rate != real.sample_rate:
        message = (
            f"the generated recordings have {generated.sample_rate} samples a second "
            f"and the real ones {real.sample_rate}; read both with one sample_rate"
        )
        raise DataError(message)


def empty_share(
    generated: ItemSet, real: ItemSet | None = None, confidence: float = 0.95
) -> Score:
    """Share of the given items in which there is nothing.

    An empty generation has no features and no words, so that no other metric sees
    it; here it counts.

    Args:
        generated: As it was read, with what was rejected.
        real: Its share is the null.
        confidence: Nominal coverage of the intervals (Wilson 1927).
    """
    counts = generated.reasons.get(EMPTY, 0), generated.num_given
    null = None
    if real is not None:
        num_empty = real.reasons.get(EMPTY, 0)
        null = proportion(num_empty, real.num_given, confidence)
    return Score(
        name="empty_share",
        axis="usability",
        better="lower",
        estimate=proportion(*counts, confidence),
        null=null,
        num_generated=generated.num_given,
        num_real=0 if real is None else real.num_given,
    )
