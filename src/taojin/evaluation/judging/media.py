"""Images and recordings on the four axes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from taojin.core.errors import DataError
from taojin.evaluation.audits.results import AuditResult, min_detectable_share
from taojin.evaluation.comparison.tables import Measured
from taojin.evaluation.copies.duplicates import (
    score_repetitions,
    score_training_duplicates,
)
from taojin.evaluation.copies.hashes import hash_recordings
from taojin.evaluation.copies.nearness import measure_copies
from taojin.evaluation.distances.measure import measure_distances
from taojin.evaluation.extractors.audio import AudioNetworkExtractor, LogMelStatistics
from taojin.evaluation.extractors.image import (
    ImageNetworkExtractor,
    RandomFilterExtractor,
)
from taojin.evaluation.features import FeatureExtractor, FeatureTable
from taojin.evaluation.intervals import proportion
from taojin.evaluation.items.config import Modality
from taojin.evaluation.items.item_sets import ItemSet, empty_share, require_same_kind
from taojin.evaluation.judging.media_config import MediaJudgingConfig
from taojin.evaluation.recordings import score_recordings
from taojin.evaluation.scores import Score
from taojin.media.hashes import HashTable, hash_images


@dataclass(frozen=True)
class MediaSet:
    """Images or recordings, and all that sets are compared by.

    Attributes:
        items: As they were read, with what was rejected.
        features: A row an item.
        hashes: One an item.
    """

    items: ItemSet
    features: FeatureTable
    hashes: HashTable


def media_extractor(
    modality: Modality, config: MediaJudgingConfig, network: str | Path | None = None
) -> FeatureExtractor:
    """Choose what makes features.

    Args:
        modality: Of the items.
        config: Form of images or sounds, for features of no network.
        network: Folder of a network that was trained here, see
            :func:`taojin.training.extractors.save_extractor`; null takes random
            filters for images and log-mel statistics for recordings.

    Raises:
        DataError: If the items are texts.
        CorruptArtifactError: If the folder holds no network of this modality.
    """
    _require_media(modality)
    if modality == "image":
        if network is not None:
            return ImageNetworkExtractor(network)
        return RandomFilterExtractor(config.images)
    if network is not None:
        return AudioNetworkExtractor(network)
    return LogMelStatistics(config.sounds)


def media_set(
    items: ItemSet, extractor: FeatureExtractor, config: MediaJudgingConfig
) -> MediaSet:
    """Compute features and hashes, with the memory of few items at a time.

    Raises:
        DataError: If the items are texts, or a feature is not finite.
        ConfigurationError: If the extra ``image`` is not installed.
    """
    _require_media(items.modality)
    features = extractor.extract(items.items)
    kind = config.hashes.kind
    hashes = (
        hash_images(items.items, kind)
        if items.modality == "image"
        else hash_recordings(items.items, config.sounds, kind)
    )
    return MediaSet(items, features, hashes)


def judge_media(
    generated: MediaSet,
    real: MediaSet,
    real_other: MediaSet | None,
    config: MediaJudgingConfig,
) -> list[Measured]:
    """Score generated images or recordings beside real ones.

    Args:
        generated: What is judged.
        real: What it should be like; no model was trained on it.
        real_other: More of it, which stands for a perfect generator; without it
            halves of the real items do.
        config: Distances, hashes, measurements of recordings.

    Returns:
        A measurement a metric: the distances between features, items that nearly
        repeat each other, what can be heard wrong in recordings, empty and rejected
        items.

    Raises:
        DataError: If the sets differ in modality, sample rate or extractor, or a
            metric needs more items; the message says how many.
    """
    sides = [real] if real_other is None else [real, real_other]
    for side in sides:
        require_same_kind(generated.items, side.items)
    others = None if real_other is None else real_other.features
    scores = [
        *measure_distances(generated.features, real.features, others, config.distances),
        score_repetitions(generated.hashes, real.hashes, config.hashes),
    ]
    if generated.items.modality == "audio":
        recordings = generated.items.items, real.items.items
        scores += score_recordings(*recordings, config.recordings)
    shares = empty_share, rejected_share
    confidence = config.intervals.confidence
    scores += [share(generated.items, real.items, confidence) for share in shares]
    return [Measured(score) for score in scores]


def audit_media(
    generated: MediaSet, training: MediaSet, real: MediaSet, config: MediaJudgingConfig
) -> AuditResult:
    """Look for copies of training items, by features and by perceptual hashes.

    Args:
        generated: What is judged.
        training: What its model was trained on, best all of it.
        real: Held-out real items: how near is usual.
        config: What counts as a copy.

    Returns:
        The scores, and the table ``suspected_copies``: ids of the generated and of
        the training item, their distance, its ratio to that of the nearest held-out
        item, smallest first, and how many bits of their hashes differ.

    Raises:
        DataError: If the sets differ in modality or extractor, or there are too few
            items; the message says how many are needed.
    """
    for side in (training, real):
        require_same_kind(generated.items, side.items)
    tables = generated.features, training.features, real.features
    found = measure_copies(*tables, config.copies)
    hashes = generated.hashes, training.hashes, real.hashes
    rows: list[dict[str, Any]] = [
        {
            "generated": generated.items.ids[pair.generated],
            "training": training.items.ids[pair.training],
            "distance": pair.distance,
            "ratio": pair.ratio,
            "hash_bits": _differing_bits(
                generated, pair.generated, training, pair.training
            ),
        }
        for pair in found.pairs
    ]
    return AuditResult(
        scores=(*found.scores, score_training_duplicates(*hashes, config.hashes)),
        facts={"num_training_items": len(training.items)},
        tables={"suspected_copies": rows},
    )


def rejected_share(
    generated: ItemSet, real: ItemSet | None = None, confidence: float = 0.95
) -> Score:
    """Share of the given items that could not be used, empty ones among them.

    A file that is damaged, too large or too long has no features; here it counts.

    Args:
        generated: As it was read, with what was rejected.
        real: Its share is the null.
        confidence: Nominal coverage of the intervals (Wilson 1927).
    """
    estimate = proportion(len(generated.rejected), generated.num_given, confidence)
    null = smallest = None
    if real is not None:
        null = proportion(len(real.rejected), real.num_given, confidence)
        numbers = generated.num_given, real.num_given
        smallest = min_detectable_share(null.value, *numbers, confidence)
    return Score(
        name="rejected_share",
        axis="usability",
        better="lower",
        estimate=estimate,
        null=null,
        min_detectable=smallest,
        num_generated=generated.num_given,
        num_real=0 if real is None else real.num_given,
    )


def folder_labels(items: ItemSet) -> list[str]:
    """Class of each item: the subfolder that it lies in.

    Raises:
        DataError: If an item lies in no subfolder.
    """
    loose = [name for name in items.ids if "/" not in name]
    if loose:
        message = (
            f"{len(loose)} labelled items lie in no subfolder, e.g. {loose[:3]}; give "
            "each class a subfolder"
        )
        raise DataError(message)
    return [name.split("/", 1)[0] for name in items.ids]


def examples_of(items: ItemSet, number: int = 5) -> Sequence[str]:
    """Ids of the first items."""
    return list(items.ids[:number])


def _differing_bits(
    generated: MediaSet, place: int, training: MediaSet, other_place: int
) -> int:
    differing = generated.hashes.values[place] ^ training.hashes.values[other_place]
    return int(np.bitwise_count(differing))


def _require_media(modality: Modality) -> None:
    if modality == "text":
        message = (
            "the items are texts, and images or recordings are judged here; judge "
            "texts by the pipeline evaluation"
        )
        raise DataError(message)
