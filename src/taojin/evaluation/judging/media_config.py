"""Which folders of images or recordings are judged, and by what."""

import os
from collections.abc import Iterator
from pathlib import PurePath
from typing import Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.evaluation.comparison.corrections import Correction
from taojin.evaluation.copies.config import CopyConfig, HashConfig
from taojin.evaluation.distances.measure import DistancesConfig
from taojin.evaluation.extractors.image import RandomFilterConfig
from taojin.evaluation.intervals import IntervalConfig
from taojin.evaluation.items.config import ItemsConfig
from taojin.evaluation.recordings import RecordingConfig
from taojin.features.spectrograms import SpectrogramConfig


class MediaCandidateConfig(StageConfig):
    """A set of generated images or recordings."""

    location: str
    """The folder, with its subfolders, or a file."""


class ShownConfig(StageConfig):
    """Which items a page shows, and how much of it they may take."""

    num_images: int = Field(default=64, ge=0, le=1000)
    """Of each set."""
    max_side: int = Field(default=64, ge=8, le=1024)
    """Pixels; larger images are shrunk, smaller ones are left as they are."""
    num_recordings: int = Field(default=12, ge=0, le=100)
    """Of each set."""
    max_seconds: float = Field(default=4.0, gt=0.0, le=60.0)
    """Of a recording; the rest is cut off, which the page says."""
    num_pairs: int = Field(default=12, ge=0, le=100)
    """Suspected copies of each candidate, the nearest, each beside its training
    item."""
    max_megabytes: float = Field(default=12.0, ge=0.0, le=200.0)
    """Of all of these, as they stand in the page. The sets get one item each in turn
    until it is full."""
    seed: int = Field(default=0, ge=0)
    """Of the draw of items."""


class MediaJudgingConfig(StageConfig):
    """How sets of generated images or recordings are judged."""

    candidates: dict[str, MediaCandidateConfig | None] = Field(min_length=1)
    """By name; null leaves one out."""
    reference: str
    """Folder of real items that no candidate's model was trained on."""
    other_reference: str | None = None
    """Folder of more of them, which stand for a perfect generator; null takes halves
    of the reference for that."""
    training: str | None = None
    """Folder of what the candidates' models were trained on, best all of it; copies of
    it are looked for. Null leaves that out."""
    labelled: str | None = None
    """Folder with a subfolder of real items a class: a network that tells the classes
    apart makes the features: it sees what the items show, and hardly noise, to which
    it has learned to be deaf. Null takes filters that nobody trained, or statistics of
    the loudness by pitch: they see noise and blur, and hardly what is shown."""
    items: ItemsConfig = ItemsConfig()
    """``max_items`` is of candidates and references; training and labelled items are
    all read."""
    images: RandomFilterConfig = RandomFilterConfig()
    """What images are brought to, and the filters where no network is trained."""
    sounds: SpectrogramConfig = SpectrogramConfig()
    """What is computed of recordings."""
    recordings: RecordingConfig = RecordingConfig()
    distances: DistancesConfig = DistancesConfig()
    copies: CopyConfig = CopyConfig()
    hashes: HashConfig = HashConfig()
    shown: ShownConfig = ShownConfig()
    """What the page shows; no score depends on it."""
    intervals: IntervalConfig = IntervalConfig()
    correction: Correction = "holm"
    """Over all differences between candidates."""
    baseline: str | None = None
    """Set that all others are compared with; null compares all pairs."""

    @property
    def locations(self) -> dict[str, str]:
        """Folder of each candidate that is not left out."""
        return {
            name: candidate.location
            for name, candidate in self.candidates.items()
            if candidate is not None
        }

    @model_validator(mode="after")
    def _check_sets(self) -> Self:
        if not self.locations:
            message = "candidates names no set to judge; name one"
            raise ValueError(message)
        if self.baseline is not None and self.baseline not in self.locations:
            message = f"baseline {self.baseline} is none of {list(self.locations)}"
            raise ValueError(message)
        for one, other in self._apart():
            if _overlap(one[1], other[1]):
                message = (
                    f"{one[0]} {one[1]} and {other[0]} {other[1]} hold the same items; "
                    "give each a folder of its own"
                )
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_rates(self) -> Self:
        wanted = self.items.sample_rate
        for name in ("sounds", "recordings"):
            found = getattr(self, name).sample_rate
            if found != wanted:
                message = (
                    f"{name}.sample_rate is {found} and items.sample_rate {wanted}; "
                    "set all three alike"
                )
                raise ValueError(message)
        return self

    def _apart(self) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
        """Pairs of named folders that may not share items."""
        sets = [(f"candidate {name}", path) for name, path in self.locations.items()]
        optional = {
            "other_reference": self.other_reference,
            "training": self.training,
            "labelled": self.labelled,
        }
        others = [(name, path) for name, path in optional.items() if path is not None]
        for one in (*sets, *others):
            yield ("reference", self.reference), one
        for name, path in others:
            if name != "training":
                yield from (((name, path), one) for one in sets)


def _overlap(first: str, second: str) -> bool:
    one, other = (PurePath(os.path.normpath(path)) for path in (first, second))
    return one.is_relative_to(other) or other.is_relative_to(one)
